"""Times of the week, through midnight, week ends and summer time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from monitor.domain.weekly import Weekly, next_weekly, parse_weekly


def wall(local: str, zone: str = "Asia/Shanghai") -> float:
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("text", "weekday", "minute"),
    [("MON 10:00", 0, 600), ("sun 0:05", 6, 5), ("  Fri  23:59 ", 4, 1439)],
)
def test_a_day_and_a_time(text: str, weekday: int, minute: int) -> None:
    assert parse_weekly(text) == Weekly(weekday, minute)


@pytest.mark.parametrize(
    "text", ["", "MON", "10:00", "MON 24:00", "MON 10:60", "MO 10:00", "MON 10", "MON 1a:00"]
)
def test_what_is_no_time_of_the_week(text: str) -> None:
    with pytest.raises(ValueError):
        parse_weekly(text)


def test_it_is_written_as_it_is_read() -> None:
    assert str(parse_weekly("tue 9:05")) == "TUE 09:05"


# 2026-11-23 is a Monday.
@pytest.mark.parametrize(
    ("after", "then"),
    [
        ("2026-11-23T09:59", "2026-11-23T10:00"),
        ("2026-11-23T10:00", "2026-11-30T10:00"),
        ("2026-11-24T00:00", "2026-11-30T10:00"),
        ("2026-11-29T23:59", "2026-11-30T10:00"),
    ],
)
def test_the_next_one(after: str, then: str) -> None:
    assert next_weekly(parse_weekly("MON 10:00"), wall(after), "Asia/Shanghai") == wall(then)


def test_an_hour_that_summer_time_skips_still_comes_that_day() -> None:
    zone = "Europe/Berlin"
    due = next_weekly(parse_weekly("SUN 2:30"), wall("2027-03-28T00:00", zone), zone)
    assert due == wall("2027-03-28T03:30", zone)
