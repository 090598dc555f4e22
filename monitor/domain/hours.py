"""Hours of the week, on the wall clock of the site: when a rule counts, and when it is more urgent.

By the wall clock and not by counted seconds, so that an hour that summer time skips never comes and one that it repeats
comes twice: what people see on the clock is what is meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from monitor.domain.localtime import to_local
from monitor.domain.sun import Place, is_day

EVERY_DAY = frozenset(range(7))
WEEKEND = frozenset({5, 6})


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days off by decree, and days of a weekend that are worked for them."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def rest(self, day: date) -> bool:
        """Whether people are at home."""
        return day in self.off or (day.weekday() in WEEKEND and day not in self.worked)


@dataclass(frozen=True, slots=True)
class Hours:
    """When it is one of `weekdays` (0 is Monday) and within one of `windows`, in minutes after local midnight.

    A window that ends at or before its start goes on into the next day and belongs to the day on which it began. No
    window means the whole day. `days` asks for working days or for days of rest.
    With a `place` the sun must be up there (`light` day) or down (night).
    """

    timezone: str
    windows: tuple[tuple[int, int], ...] = ()
    weekdays: frozenset[int] = EVERY_DAY
    days: Literal["all", "work", "rest"] = "all"
    holidays: Holidays = Holidays()  # frozen, and the same for all
    light: Literal["day", "night"] = "day"
    place: Place | None = None

    def hold(self, wall: float) -> bool:
        """Whether it is that time at POSIX seconds."""
        if self.place is not None and is_day(wall, self.place) is not (self.light == "day"):
            return False
        local = to_local(wall, self.timezone)
        if not self.windows:
            return self._day(local.date())
        return any(self._within(local, start, end) for start, end in self.windows)

    def held(self, start: float, end: float) -> bool:
        """Whether it was that time all along from `start` to `end` (POSIX s), by the minute; False for more than a day."""
        if not 0.0 <= end - start <= 86_400.0:
            return False
        minutes = range(int(start), int(end), 60)
        return all(self.hold(float(at)) for at in minutes) and self.hold(end)

    def _within(self, local: datetime, start: int, end: int) -> bool:
        minute = local.hour * 60 + local.minute
        today, yesterday = local.date(), local.date() - timedelta(days=1)
        if start < end:
            return start <= minute < end and self._day(today)
        return (minute >= start and self._day(today)) or (minute < end and self._day(yesterday))

    def _day(self, day: date) -> bool:
        if day.weekday() not in self.weekdays:
            return False
        return self.days == "all" or self.holidays.rest(day) is (self.days == "rest")
