"""How well a zone was lit, by night and window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.domain.availability import Lamps
from monitor.domain.hours import Holidays, Hours
from monitor.domain.lit import OTHER, Lit, name_of, night_of, whole, window_of
from monitor.domain.rules import AvailabilityBelow
from monitor.domain.sun import Place

ZONE = "Asia/Shanghai"
NOON = 1_795_406_400.0  # 2026-11-23 12:00 in Shanghai
EVENING = Hours(ZONE, ((18 * 60, 23 * 60),))
SMALL = Hours(ZONE, ((60, 300),))
OF = AvailabilityBelow(("a", "b"), None, 0.95, ((EVENING, 0.98), (SMALL, 0.85)))


def test_shares_are_weighted_by_time_and_by_lamps() -> None:
    lit = Lit().after(Lamps(90, 10, 0), 0.95, 60).after(Lamps(100, 0, 0), 0.95, 180)
    assert (lit.lower, lit.upper) == (0.975, 0.975)
    assert (lit.seconds, lit.below, lit.worst) == (240, 60, 0.9)


def test_what_is_not_seen_is_neither_and_below_only_when_even_the_best_case_is() -> None:
    lit = Lit().after(Lamps(90, 4, 6), 0.95, 100)
    assert (lit.lower, lit.upper, lit.below, lit.worst) == (0.9, 0.96, 0.0, 0.9)


def test_what_is_dark_on_purpose_says_nothing() -> None:
    assert Lit().after(Lamps(0, 0, 0), 0.95, 3600) == Lit()
    assert (Lit().lower, Lit().upper) == (None, None)


@pytest.mark.parametrize(
    ("counted", "lower"),
    [
        (0, 0.96),  # telemetry saw four that the walker did not
        (4, 0.96),
        (12, 0.88),
        (500, 0.0),
    ],
)
def test_eyes_and_telemetry_together(counted: float, lower: float) -> None:
    lit = Lit().after(Lamps(90, 4, 6), 0.95, 100).counted(counted, 100)
    assert lit.lower == pytest.approx(lower)
    assert lit.upper == lit.lower, "nothing stays unknown"
    assert lit.worst == pytest.approx(min(0.9, lower))


def test_a_count_says_nothing_of_a_night_in_which_nothing_was_lit() -> None:
    assert Lit().counted(3, 100) == Lit()


def test_nights_together() -> None:
    one, other = Lit().after(Lamps(10, 0, 0), 0.95, 100), Lit().after(Lamps(5, 5, 0), 0.95, 100)
    assert whole([one, other]).lower == 0.75
    assert whole([one, other]).worst == 0.5
    assert whole([]) == Lit()


@pytest.mark.parametrize(
    ("hours", "begun"), [(-0.1, "2026-11-22"), (0, "2026-11-23"), (14, "2026-11-23"), (23.9, "2026-11-23")]
)
def test_a_night_goes_from_noon_to_noon(hours: float, begun: str) -> None:
    assert str(night_of(NOON + hours * 3600, ZONE)) == begun


@pytest.mark.parametrize(
    ("hours", "window"), [(7, name_of(EVENING)), (11, OTHER), (14, name_of(SMALL)), (20, OTHER)]
)
def test_which_window_it_is(hours: float, window: str) -> None:
    assert window_of(OF, NOON + hours * 3600) == window


def test_other_hours_have_another_name_and_the_same_have_the_same() -> None:
    others = [
        EVENING,
        SMALL,
        replace(EVENING, weekdays=frozenset({5})),
        replace(EVENING, days="rest"),
        replace(EVENING, place=Place(31.2, 121.5), light="night"),
    ]
    assert len({name_of(one) for one in others} | {OTHER}) == len(others) + 1
    assert name_of(Hours(ZONE, ((18 * 60, 23 * 60),), holidays=Holidays())) == name_of(EVENING)
