"""A time of the week, such as Monday at ten, and when it comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from monitor.domain.localtime import at_minute, local_date, to_utc

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


@dataclass(frozen=True, slots=True)
class Weekly:
    """`weekday` 0 is Monday, `minute` counts from local midnight."""

    weekday: int
    minute: int

    def __str__(self) -> str:
        return f"{DAYS[self.weekday]} {self.minute // 60:02}:{self.minute % 60:02}"


def parse_weekly(text: str) -> Weekly:
    """`MON 10:00`. Raises ValueError with what is wrong."""
    day, _, clock = text.strip().upper().partition(" ")
    hour, colon, minute = clock.strip().partition(":")
    if day not in DAYS:
        raise ValueError(f"`{day}` is no day of the week; there is {', '.join(DAYS)}")
    if not colon or not (hour.isdecimal() and minute.isdecimal() and len(minute) == 2):
        raise ValueError('expected a day and a time, such as "MON 10:00"')
    if int(hour) > 23 or int(minute) > 59:
        raise ValueError(f"there is no {clock.strip()} o'clock")
    return Weekly(DAYS.index(day), int(hour) * 60 + int(minute))


def next_weekly(weekly: Weekly, after: float, timezone: str) -> float:
    """POSIX seconds of the first such time later than `after`. A time that summer time skips comes an hour later."""
    today = local_date(after, timezone)
    day = today + timedelta(days=(weekly.weekday - today.weekday()) % 7)
    at = to_utc(at_minute(day, weekly.minute), timezone)
    return at if at > after else to_utc(at_minute(day + timedelta(days=7), weekly.minute), timezone)
