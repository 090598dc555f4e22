"""In use over a calendar month so far: lifts promise a share of each month.

What was not seen is neither up nor down. The share of the whole month can end at most at (month - down) / month; when even that
is below the promise, it is broken, whatever the rest of the month brings. Down time does not shrink: only the next month
clears it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from monitor.domain.conditions import MonthlyUptimeBelow
from monitor.domain.instant import Instant
from monitor.domain.localtime import local_date, span
from monitor.domain.verdict import Verdict

LONGEST = 900.0
"""Seconds between two looks beyond which nobody can say what was between them."""


class Month(NamedTuple):
    """Seconds seen up and down of the month that began at `begins` (POSIX s); `at` is steady time (s) of the last look."""

    begins: float
    ends: float
    up: float = 0.0
    down: float = 0.0
    at: float | None = None
    was: str = Verdict.UNKNOWN.value

    def shares(self, wall: float) -> tuple[float, float]:
        """Least and greatest share up (0 to 1) of the month so far."""
        passed = max(wall - self.begins, self.up + self.down, 1.0)
        return self.up / passed, (passed - self.down) / passed


def step(
    before: Month | None, condition: MonthlyUptimeBelow, down: Verdict, now: Instant
) -> tuple[Month, Verdict]:
    """Fold one look; `down` is the verdict of the condition's own."""
    month = before
    if month is None or not month.begins <= now.wall < month.ends:
        month = Month(*_bounds(now.wall, condition.timezone))
    elif month.at is not None and 0 <= now.steady - month.at <= LONGEST:
        passed = now.steady - month.at
        if month.was == Verdict.TRUE.value:
            month = month._replace(down=month.down + passed)
        elif month.was == Verdict.FALSE.value:
            month = month._replace(up=month.up + passed)
    month = month._replace(at=now.steady, was=down.value)
    whole = month.ends - month.begins
    if (whole - month.down) / whole < condition.limit:
        return month, Verdict.TRUE
    return month, Verdict.FALSE if month.up + month.down > 0 else Verdict.UNKNOWN


def _bounds(wall: float, timezone: str) -> tuple[float, float]:
    first = local_date(wall, timezone).replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return _midnight(first, timezone), _midnight(after, timezone)


def _midnight(day: date, timezone: str) -> float:
    return span(day, 0, 1440, timezone)[0]
