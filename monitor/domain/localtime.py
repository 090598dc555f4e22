"""Local wall time and UTC, with the hours that summer time skips and repeats.

Meaning of a local time that does not exist or exists twice: RFC 5545 section 3.3.5. A skipped time is read with the
offset before the gap (02:30 becomes 03:30); a repeated one means its first occurrence, unless the later is asked for.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 1440


@lru_cache(maxsize=64)
def zone(timezone: str) -> ZoneInfo:
    """The zone of an IANA name. Raises ZoneInfoNotFoundError (a KeyError) or ValueError for a wrong name."""
    return ZoneInfo(timezone)


def at_minute(day: date, minute: int) -> datetime:
    """The naive local time `minute` minutes after midnight of `day`; 1440 and beyond are on later days."""
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def to_utc(local: datetime, timezone: str, *, later: bool = False) -> float:
    """POSIX seconds of a naive local time; `later` takes the second occurrence of a repeated one."""
    aware = local.replace(tzinfo=zone(timezone), fold=0)
    if later and not _skipped(aware):
        aware = aware.replace(fold=1)
    return aware.timestamp()


def to_local(wall: float, timezone: str) -> datetime:
    """The aware local time of POSIX seconds."""
    return datetime.fromtimestamp(wall, zone(timezone))


def local_date(wall: float, timezone: str) -> date:
    """The calendar day at POSIX seconds."""
    return to_local(wall, timezone).date()


def clock_text(wall: float, timezone: str) -> str:
    """`HH:MM` on the wall clock of the site."""
    return to_local(wall, timezone).strftime("%H:%M")


def span(day: date, start: int, end: int, timezone: str) -> tuple[float, float]:
    """POSIX seconds of [start, end) in minutes after midnight of `day`; an end at or before its start is the next day.

    Lenient to the person on a round: an end that the clocks repeat means its second occurrence, so that a window is
    open as long as the clock on the wall says so. Never empty: where a gap swallows the span, it keeps its length.
    """
    if end <= start:
        end += MINUTES_A_DAY
    begins = to_utc(at_minute(day, start), timezone)
    ends = to_utc(at_minute(day, end), timezone, later=True)
    return begins, ends if ends > begins else begins + (end - start) * 60.0


def _skipped(aware: datetime) -> bool:
    """True in the gap of spring: going to UTC and back lands elsewhere."""
    back = aware.astimezone(UTC).astimezone(aware.tzinfo)
    return back.replace(tzinfo=None) != aware.replace(tzinfo=None)
