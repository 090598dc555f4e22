"""The sums of nights: kept, saved seldom, gone on with after a start."""

from __future__ import annotations

from datetime import date
from typing import Any

from monitor.domain.hours import Hours
from monitor.domain.instant import Instant
from monitor.domain.lit import OTHER, name_of
from monitor.domain.reading import Quality
from monitor.domain.rules import AlarmKind, AlarmRule, AvailabilityBelow, Priority
from monitor.engine.lightbook import SAVED_EVERY, LightBook
from monitor.ports import Change
from tests.domain.test_rules import Seen

ZONE = "Asia/Shanghai"
NOON = 1_795_406_400.0  # 2026-11-23 12:00 in Shanghai
EVENING = Hours(ZONE, ((18 * 60, 23 * 60),))
OF = AvailabilityBelow(("lamp_1", "lamp_2"), "on", 0.4, ((EVENING, 0.9),))
RULE = AlarmRule("z-1.lamps", "z-1", AlarmKind.AVAILABILITY, OF, Priority.MEDIUM)
NIGHT = date(2026, 11, 23)


def zone(one: Any, two: Any, on: bool = True) -> Seen:
    good = Quality.GOOD
    return Seen({"lamp_1": (one, good), "lamp_2": (two, good), "on": (on, good)})


class House:
    def __init__(self, marks: dict[str, str] | None = None) -> None:
        self.views = {"z-1": zone(True, True)}
        self.changes: list[Change] = []
        self.book = LightBook([RULE], self.views, ZONE, self.changes.append)
        self.book.restore(marks or {})

    @property
    def marks(self) -> dict[str, str]:
        return {name: text for change in self.changes for name, text in change.marks.items()}

    def pass_by(self, start: float, end: float, view: Seen, step: float = 5.0) -> None:
        """From `start` to `end`, hours after noon."""
        self.views["z-1"] = view
        for n in range(round((end - start) * 3600 / step) + 1):
            at = start * 3600 + n * step
            self.book.look(Instant(NOON + at, at))

    def night(self, begun: date = NIGHT) -> dict[str, Any]:
        return dict(self.book.nights("z-1.lamps", NOON - 86_400, NOON + 86_400).get(begun, {}))


def test_each_window_has_its_own_sums_and_its_own_limit() -> None:
    house = House()
    house.pass_by(5, 7, zone(True, False))
    other, evening = house.night()[OTHER], house.night()[name_of(EVENING)]
    assert (other.lower, other.below) == (0.5, 0.0)
    assert (evening.lower, evening.below) == (0.5, 3600.0)
    assert abs(other.seconds - 3600) < 6


def test_after_midnight_it_is_the_same_night_and_after_noon_the_next() -> None:
    house = House()
    house.pass_by(11.5, 12.5, zone(True, True))
    house.pass_by(23.5, 24.5, zone(True, True))
    nights = house.book.nights("z-1.lamps", NOON, NOON + 86_400 + 3600)
    assert sorted(nights) == [NIGHT, date(2026, 11, 24)]
    assert nights[NIGHT][OTHER].seconds == 3600 + 1800


def test_a_gap_is_no_light() -> None:
    house = House()
    house.pass_by(1, 1.1, zone(True, True))
    house.pass_by(3, 3.1, zone(True, True))
    assert house.night()[OTHER].seconds == 720


def test_it_is_saved_once_a_minute_and_gone_on_with() -> None:
    house = House()
    house.pass_by(1, 1.5, zone(True, False))
    assert len(house.changes) <= 1800 / SAVED_EVERY + 1
    house.book.save()
    again = House(house.marks)
    assert again.night() == house.night()
    again.pass_by(2, 2.5, zone(True, True))
    assert again.night()[OTHER].seconds == 3600


def test_what_is_not_to_be_understood_begins_anew() -> None:
    marks = {
        "lit.z-1.lamps/2026-11-23": "[1, 2",
        "lit.z-1.lamps/today": "{}",
        "lit.gone.lamps/2026-11-23": "{}",
    }
    assert House(marks).night() == {}
