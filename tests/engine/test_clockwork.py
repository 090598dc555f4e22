"""The clock's loop, what a reload takes over, and the book of all rules."""

from __future__ import annotations

import asyncio
from pathlib import Path

from monitor.domain.instant import Instant
from monitor.domain.point import Point
from monitor.domain.reading import Quality
from monitor.domain.scan import Plan, Scan
from monitor.engine.beliefs import Beliefs
from monitor.engine.clockwork import Clockwork
from monitor.engine.rulebook import rulebook
from tests.support.clock import VirtualClock

NOW = Instant(1_800_000_000.0, 500.0)
PIT = Plan("pit-1", (Point("pit-1", "level"),))
PIT_CHANGED = Plan("pit-1", (Point("pit-1", "level"), Point("pit-1", "water")))
ROOM = Plan("room-1", (Point("room-1", "temp"),))


async def test_some_looks_come_often_and_some_seldom_in_order() -> None:
    clock = VirtualClock()
    seen: list[str] = []
    late: list[float] = []
    clockwork = Clockwork(
        clock, [lambda _: seen.append("often")], [lambda _: seen.append("seldom")], late.append
    )
    task = asyncio.create_task(clockwork.run())
    await clock.advance(9.9)
    task.cancel()
    assert seen.count("often") == 40
    assert seen.count("seldom") == 2
    assert seen[:2] == ["often", "seldom"]
    assert clockwork.turned_at == clock.now().steady - 0.15
    assert max(late) < 1e-6


def test_a_reload_keeps_what_is_believed_where_the_points_are_the_same() -> None:
    before = Beliefs.of([PIT, ROOM], NOW, {})
    for plan in (PIT, ROOM):
        before[plan.equipment].take(Scan(plan, (21.0,), NOW))
    after = Beliefs.of([PIT_CHANGED, ROOM], NOW.after(1), before)
    room, pit = after.reading("room-1.temp"), after.reading("pit-1.level")
    assert room is not None
    assert room.value == 21.0
    assert pit is not None
    assert (pit.value, pit.quality) == (None, Quality.NO_DATA)


def test_a_point_that_nobody_configured_is_nothing() -> None:
    beliefs = Beliefs.of([PIT], NOW, {})
    assert beliefs.reading("pit-1.nothing") is None
    assert beliefs.reading("pit-9.level") is None
    assert beliefs.readings("pit-9") == ()


def test_every_alarm_of_the_ready_site_has_an_id_of_its_own_and_a_card() -> None:
    from monitor.cli.common import load_site

    site = load_site(Path(__file__).parents[2] / "config")
    rules = rulebook(site)
    assert {
        "pit-1.comm",
        "pits-twice.missed",
        "orders.overdue",
        "watchroom.link_hub",
        "watchroom.journal",
    } <= set(rules)
    assert [id_ for id_, rule in rules.items() if not rule.card.action] == []
