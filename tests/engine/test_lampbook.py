"""The repair clock of each lamp."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.domain.instant import Instant
from monitor.domain.lamps import failed
from monitor.domain.reading import Quality
from monitor.domain.rules import AlarmKind, AlarmRule, AvailabilityBelow, Priority, Verdict
from monitor.engine.lampbook import LampBook, lamp_rules
from monitor.ports import Change
from tests.domain.test_rules import Seen

ZONE = AvailabilityBelow(("lamp_1", "lamp_2"), "on", 0.95)
RULES = [
    AlarmRule("z-1.lamps", "z-1", AlarmKind.AVAILABILITY, ZONE, Priority.MEDIUM),
    AlarmRule("z-1.more", "z-1", AlarmKind.AVAILABILITY, ZONE, Priority.MEDIUM),
]
DAY = 86400.0
START = Instant(1_790_000_000.0, 0.0)
G, BAD = Quality.GOOD, Quality.COMM_FAILURE


def zone(lamp_1: Any, lamp_2: Any, on: Any = True, quality: Quality = G) -> Seen:
    return Seen({"lamp_1": (lamp_1, quality), "lamp_2": (lamp_2, quality), "on": (on, G)})


@pytest.mark.parametrize(
    ("view", "after"),
    [
        (zone(False, True), {"lamp_1": 5.0}),
        (zone(True, True), {}),
        (zone(True, False), {"lamp_2": 9.0}),
        (zone(False, False), {"lamp_1": 5.0, "lamp_2": 9.0}),
        (zone(True, True, quality=BAD), {"lamp_1": 5.0}),
        (zone(True, True, quality=Quality.SUBSTITUTED), {"lamp_1": 5.0}),
        (zone(True, True, on=False), {"lamp_1": 5.0}),
        (zone(True, False, on=None), {"lamp_1": 5.0}),
        (zone("x", None), {"lamp_1": 5.0}),
    ],
)
def test_only_what_is_seen_while_the_zone_is_on_counts(view: Seen, after: dict[str, float]) -> None:
    assert failed(ZONE, {"lamp_1": 5.0}, view, 9.0) == after


class House:
    def __init__(self) -> None:
        self.views = {"z-1": zone(True, True)}
        self.said: list[tuple[str, Verdict, Any]] = []
        self.marks: dict[str, str] = {}
        self.book = LampBook(
            RULES,
            self.views,
            2 * DAY,
            lambda rule, verdict, now, value: self.said.append((rule, verdict, value)),
            self._submit,
        )

    def _submit(self, change: Change) -> None:
        self.marks |= change.marks

    def look(self, view: Seen, days: float) -> None:
        self.views["z-1"] = view
        self.book.look(START.after(days * DAY))


def test_an_overdue_lamp_is_an_alarm_until_it_is_mended() -> None:
    house = House()
    house.look(zone(True, False), 0)
    house.look(zone(True, False), 1.9)
    assert house.said == [("z-1.lamp_repair", Verdict.FALSE, 0)]
    house.look(zone(False, False), 2)
    house.look(zone(False, False, quality=BAD), 3)
    assert house.said[1:] == [("z-1.lamp_repair", Verdict.TRUE, 1)], "said once"
    house.look(zone(False, False, on=False), 4.1)
    assert house.said[2:] == [("z-1.lamp_repair", Verdict.TRUE, 2)], "by day the clock goes on"
    house.look(zone(True, True), 5)
    assert house.said[3:] == [("z-1.lamp_repair", Verdict.FALSE, 0)]


def test_the_clocks_outlive_a_restart() -> None:
    house = House()
    house.look(zone(True, False), 0)
    again = House()
    again.book.restore(house.marks)
    again.look(zone(None, None, quality=BAD), 1)
    lamps = again.book.failed("z-1")
    assert [(lamp.point, lamp.since, lamp.due) for lamp in lamps] == [
        ("lamp_2", START.wall, START.wall + 2 * DAY)
    ]
    assert again.book.failed("x") == ()


@pytest.mark.parametrize("text", ["", "[]", '{"lamp_1": null}', '{"lamp_9": 1}', "x"])
def test_a_mark_that_cannot_be_read_begins_anew(text: str) -> None:
    house = House()
    house.book.restore({"lamps.z-1": text})
    assert house.book.failed("z-1") == ()


def test_each_zone_has_one_rule_in_three_languages() -> None:
    (rule,) = lamp_rules(RULES)
    assert (rule.id, rule.kind, rule.equipment) == ("z-1.lamp_repair", AlarmKind.ORDER, "z-1")
    assert set(rule.title) == set(rule.card.action) == {"en", "zh-Hant", "zh-Hans"}
