"""Times at the edge: RFC 3339 in UTC with milliseconds outside, POSIX seconds inside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import overload
from zoneinfo import ZoneInfo

from monitor.console.problems import Problem


@overload
def stamp(seconds: float) -> str: ...
@overload
def stamp(seconds: None) -> None: ...
@overload
def stamp(seconds: float | None) -> str | None: ...
def stamp(seconds: float | None) -> str | None:
    """POSIX seconds as `2026-11-23T06:46:41.000Z`."""
    if seconds is None:
        return None
    # Round before splitting: 0.9996 s is the next second, not "999.6 ms".
    whole, milli = divmod(round(seconds * 1000), 1000)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{milli:03d}Z"


def parse(text: str, field: str) -> float:
    """RFC 3339 with an offset to POSIX seconds; a Problem (422) names the field otherwise."""
    try:
        # A plus sign that was not percent-encoded arrives as a space; there is none in RFC 3339 after the date.
        moment = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise _wrong(field, text) from None
    if moment.tzinfo is None:
        raise _wrong(field, text)
    try:
        return moment.timestamp()
    except (OverflowError, ValueError):
        raise _wrong(field, text) from None


def _wrong(field: str, text: str) -> Problem:
    wanted = "a time with its offset such as 2026-11-23T06:46:41Z"
    return Problem(
        422, "invalid", "The request is not as documented.", errors=[{"field": field, "message": wanted}]
    )


def local(seconds: float, timezone: str) -> str:
    """`2026-11-23 14:46:41.000` as people of the site read it."""
    moment = datetime.fromtimestamp(seconds, ZoneInfo(timezone))
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"


def local_day(seconds: float, timezone: str, days: int = 1) -> tuple[float, float]:
    """Start and end of the site's day that holds this instant, `days` long (23 or 25 hours at a clock change)."""
    zone = ZoneInfo(timezone)
    today = datetime.fromtimestamp(seconds, zone).date()
    start = datetime(today.year, today.month, today.day, tzinfo=zone)
    later = today + timedelta(days=days)
    return start.timestamp(), datetime(later.year, later.month, later.day, tzinfo=zone).timestamp()
