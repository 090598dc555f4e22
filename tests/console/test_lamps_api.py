"""The nights of a zone on the scorecard: by window, telemetry and counts by eye together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from monitor.domain.hours import Hours
from monitor.domain.inspection import AnswerKind, Checkpoint, CheckpointScan, Item
from monitor.domain.lit import OTHER, Lit, name_of, night_of
from monitor.domain.reading import Quality
from monitor.domain.rules import AvailabilityBelow
from monitor.domain.ruleset import EquipmentRules, Ruleset
from monitor.ports import Change
from tests.console.conftest import Client
from tests.console.house import LAMPS
from tests.console.world import World

CARD = "/api/v1/reports/scorecard"
ZONE = "Asia/Shanghai"
EVENING = Hours(ZONE, ((18 * 60, 23 * 60),))
REST = Hours(ZONE, (), days="rest")


async def light(world: World, failed: int, hours: float) -> None:
    good = Quality.GOOD
    lamps = {f"lamps-a.lamp_{n}": (n > failed, good) for n in range(1, LAMPS + 1)}
    await world.measure_all({"lamps-a.commanded": (True, good), **lamps})
    for _ in range(round(hours * 12) + 1):
        world.lightbook.look(world.now())
        await world.clock.advance(300)


async def windows(client: Callable[..., Client], **params: str) -> list[dict[str, Any]]:
    [zone] = (await client("viewer").get(CARD, params=params)).json()["lamps"]
    found: list[dict[str, Any]] = zone["windows"]
    return found


async def test_a_zone_with_one_limit_has_one_window(world: World, client: Callable[..., Client]) -> None:
    await light(world, 3, 2)
    [window] = await windows(client, lang="en")
    assert (window["hours"], window["limit"], window["nights"]) == ("all hours", 0.95, 1)
    assert window["share"] == pytest.approx(1 - 3 / LAMPS)
    assert (window["lit_hours"], window["below_minutes"]) == (2.0, 120.0 if 3 / LAMPS > 0.05 else 0.0)


async def test_nothing_lit_is_nothing_said(client: Callable[..., Client]) -> None:
    [window] = await windows(client)
    assert (window["share"], window["worst"], window["nights"]) == (None, None, 0)


async def test_each_window_by_its_name_with_its_limit_and_the_limit_of_now(
    world: World, client: Callable[..., Client]
) -> None:
    item = world.site.equipment["lamps-a"]
    [old] = [rule for rule in item.rules.ruleset.rules if isinstance(rule.condition, AvailabilityBelow)]
    condition = replace(cast(AvailabilityBelow, old.condition), limit_at=((EVENING, 0.98), (REST, 0.8)))
    rules = EquipmentRules("lamps-a", Ruleset((replace(old, condition=condition),)))
    site = replace(world.site, equipment={**world.site.equipment, "lamps-a": replace(item, rules=rules)})
    begun = night_of(world.now().wall, ZONE)

    def lit(rule: str, start: float, end: float) -> Mapping[Any, Mapping[str, Lit]]:
        return {begun: {name_of(EVENING): Lit(90, 10, 0, 3600, 600, 0.85), OTHER: Lit(100, 0, 0, 60, 0, 1.0)}}

    world.app.state.services = replace(world.services, site=site, lit=lit)
    evening, rest, other = await windows(client, lang="zh-Hant")
    assert (evening["hours"], evening["limit"], evening["share"]) == ("18:00–23:00", 0.98, 0.9)
    assert (evening["worst"], evening["below_minutes"], evening["lit_hours"]) == (0.85, 10.0, 1.0)
    assert (rest["hours"], rest["share"], rest["nights"]) == ("休息日", None, 0)
    assert (other["hours"], other["share"]) == ("其他時段", 1.0)
    await world.clock.advance(7 * 3600)  # 19:00
    [zone] = (await client("viewer").get(CARD)).json()["lamps"]
    assert zone["limit"] == 0.98


async def test_what_was_counted_by_eye_in_a_night_is_taken_into_that_night(
    world: World, client: Callable[..., Client]
) -> None:
    place = next(iter(world.site.checkpoints.values()))
    asked = Item("dark", {"": "Dark lamps"}, AnswerKind.NUMBER, counts_failed="lamps-a")
    cast(dict[str, Checkpoint], world.site.checkpoints)[place.id] = replace(place, items=(asked,))
    await light(world, 1, 2)
    at = world.now().wall
    scan = CheckpointScan("night", place.id, at, at, "wang", answers={"dark": 6})
    await world.journal.commit([Change(scans=(scan,))])
    await world.clock.advance(86_400)
    await light(world, 2, 2)
    [window] = await windows(client)
    assert (window["nights"], window["counted_nights"]) == (2, 1)
    assert window["share"] == pytest.approx(1 - (6 + 2) / 2 / LAMPS)
