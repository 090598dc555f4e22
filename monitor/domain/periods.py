"""Hours, days and months as the clock on the wall counts them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from monitor.domain.localtime import to_local, to_utc


class Period(StrEnum):
    """What a stretch of time is cut into."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


def cut(start: float, end: float, period: Period, timezone: str) -> list[tuple[float, float]]:
    """[start, end) in POSIX seconds cut at whole local hours, days or months; the first and last may be shorter.

    A day of summer time has 23 or 25 hours.
    """
    edges = [start]
    while (following := _next(edges[-1], period, timezone)) < end:
        edges.append(following)
    return list(zip(edges, [*edges[1:], end], strict=True)) if start < end else []


def _next(at: float, period: Period, timezone: str) -> float:
    local = to_local(at, timezone)
    if period is Period.HOUR:
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return round(at - past.total_seconds(), 3) + 3600.0
    naive = local.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    return to_utc(_after(naive, period), timezone)


def _after(midnight: datetime, period: Period) -> datetime:
    if period is Period.DAY:
        return midnight + timedelta(days=1)
    return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
