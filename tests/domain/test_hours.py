"""Hours of the week, on the wall clock."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from monitor.domain.hours import Holidays, Hours
from monitor.domain.localtime import to_utc
from monitor.domain.sun import Place, height, is_day

SHANGHAI = "Asia/Shanghai"
NIGHT = Hours(SHANGHAI, ((22 * 60, 6 * 60),))
HOLIDAYS = Holidays(off=frozenset({date(2026, 10, 1)}), worked=frozenset({date(2026, 10, 10)}))


def at(text: str, timezone: str = SHANGHAI) -> float:
    return to_utc(datetime.fromisoformat(text), timezone)


@pytest.mark.parametrize(
    ("hours", "when", "holds"),
    [
        (NIGHT, "2026-11-26T22:00", True),
        (NIGHT, "2026-11-26T05:59", True),
        (NIGHT, "2026-11-26T06:00", False),
        (NIGHT, "2026-11-26T21:59", False),
        (Hours(SHANGHAI, ((480, 1440),)), "2026-11-26T23:59", True),
        (Hours(SHANGHAI, ((480, 1440),)), "2026-11-26T00:00", False),
        (Hours(SHANGHAI, ((480, 540), (600, 660))), "2026-11-26T10:30", True),
        (Hours(SHANGHAI, ((480, 540), (600, 660))), "2026-11-26T09:30", False),
        (Hours(SHANGHAI), "2026-11-26T09:30", True),
        # Monday night goes on into Tuesday and belongs to Monday
        (Hours(SHANGHAI, ((22 * 60, 6 * 60),), frozenset({0})), "2026-11-24T05:00", True),
        (Hours(SHANGHAI, ((22 * 60, 6 * 60),), frozenset({0})), "2026-11-23T05:00", False),
        (Hours(SHANGHAI, ((22 * 60, 6 * 60),), frozenset({0})), "2026-11-23T23:00", True),
        (Hours(SHANGHAI, days="work", holidays=HOLIDAYS), "2026-10-01T12:00", False),
        (Hours(SHANGHAI, days="rest", holidays=HOLIDAYS), "2026-10-01T12:00", True),
        (Hours(SHANGHAI, days="work", holidays=HOLIDAYS), "2026-10-10T12:00", True),
        (Hours(SHANGHAI, days="rest", holidays=HOLIDAYS), "2026-10-11T12:00", True),
        (Hours(SHANGHAI, days="work", holidays=HOLIDAYS), "2026-10-08T12:00", True),
    ],
)
def test_hours(hours: Hours, when: str, holds: bool) -> None:
    assert hours.hold(at(when)) is holds


def test_an_hour_that_is_repeated_comes_twice_and_one_that_is_skipped_never() -> None:
    berlin = Hours("Europe/Berlin", ((120, 180),))
    autumn = datetime(2026, 10, 25, 0, tzinfo=UTC).timestamp()
    assert sum(berlin.hold(autumn + minute * 60) for minute in range(180)) == 120
    spring = datetime(2026, 3, 29, 0, tzinfo=UTC).timestamp()
    assert not any(berlin.hold(spring + minute * 60) for minute in range(180))


# Sunrise and sunset of the almanac, to the minute.
@pytest.mark.parametrize(
    ("place", "timezone", "rise", "set_"),
    [
        (Place(31.23, 121.47), SHANGHAI, "2026-06-21T04:51", "2026-06-21T19:02"),
        (Place(31.23, 121.47), SHANGHAI, "2026-12-22T06:49", "2026-12-22T16:56"),
        (Place(52.52, 13.405), "Europe/Berlin", "2026-06-21T04:43", "2026-06-21T21:33"),
        (Place(-33.87, 151.21), "Australia/Sydney", "2026-12-22T05:41", "2026-12-22T20:06"),
    ],
)
def test_the_sun_rises_and_sets_to_within_three_minutes(
    place: Place, timezone: str, rise: str, set_: str
) -> None:
    for when, before, after in ((rise, False, True), (set_, True, False)):
        wall = at(when, timezone)
        assert is_day(wall - 180, place) is before
        assert is_day(wall + 180, place) is after


def test_polar_night_and_day() -> None:
    tromso = Place(69.65, 18.96)
    december = [datetime(2026, 12, 22, hour, tzinfo=UTC).timestamp() for hour in range(24)]
    june = [datetime(2026, 6, 21, hour, tzinfo=UTC).timestamp() for hour in range(24)]
    assert not any(is_day(wall, tromso) for wall in december)
    assert all(is_day(wall, tromso) for wall in june)


def test_the_sun_is_overhead_on_the_equator_at_an_equinox() -> None:
    assert height(datetime(2026, 3, 20, 12, 7, tzinfo=UTC).timestamp(), Place(0.0, 0.0)) > 89


def test_daylight_at_a_place() -> None:
    hours = Hours(SHANGHAI, light="night", place=Place(31.23, 121.47))
    assert hours.hold(at("2026-11-26T03:00"))
    assert not hours.hold(at("2026-11-26T12:00"))


@pytest.mark.parametrize(
    ("start", "end", "all_along"),
    [
        ("2026-11-26T22:00", "2026-11-27T05:59", True),
        ("2026-11-26T22:00", "2026-11-26T22:00", True),
        ("2026-11-26T22:00", "2026-11-27T06:00", False),
        ("2026-11-26T21:59", "2026-11-26T23:00", False),
        ("2026-11-26T23:00", "2026-11-27T23:00", False),
        ("2026-11-26T23:00", "2026-11-26T22:30", False),
    ],
)
def test_whether_it_was_that_time_all_along(start: str, end: str, all_along: bool) -> None:
    assert NIGHT.held(at(start), at(end)) is all_along


def test_beyond_a_day_nobody_is_asked() -> None:
    assert Hours(SHANGHAI).held(at("2026-11-26T00:00"), at("2026-11-27T00:00"))
    assert not Hours(SHANGHAI).held(at("2026-11-26T00:00"), at("2026-11-27T00:01"))
