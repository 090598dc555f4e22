"""The device's own time, where it can be believed. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from drivers.mqtt.payload import Odd
from drivers.mqtt.point import TimeSettings
from drivers.mqtt.values import Undecodable, number
from monitor.domain.instant import Instant
from monitor.domain.reading import Quality
from monitor.domain.sourceclock import IN_STEP, SourceClock

EARLIEST = 946_684_800.0
"""2000-01-01: a clock that shows less was never set."""
_PER_SECOND = {"epoch_s": 1.0, "epoch_ms": 1e3, "epoch_us": 1e6}

Dated = tuple[float | None, Quality | None]
"""POSIX seconds if they are believed, and what it means for the values if they are not."""


def dated(raw: Any, settings: TimeSettings, now: Instant, clock: SourceClock) -> Dated:
    """The time that stands in a message. Missing it is suspect only where it was promised."""
    if raw is None or raw is Odd.MISSING:
        return None, None if settings.optional else Quality.CLOCK_SUSPECT
    at = _seconds(raw, settings)
    if at is None or at < EARLIEST or clock.age(at, now) < -IN_STEP:
        return None, Quality.CLOCK_SUSPECT
    return at, None


def _seconds(raw: Any, settings: TimeSettings) -> float | None:
    if settings.as_ == "iso":
        return _iso(raw, ZoneInfo(settings.zone) if settings.zone else None)
    if settings.as_ == "epoch_ns":
        return _nanoseconds(raw)
    try:
        return number(raw) / _PER_SECOND[settings.as_]
    except Undecodable:
        return None


def _nanoseconds(raw: Any) -> float | None:
    """More digits than a double holds: to the microsecond in whole numbers."""
    if isinstance(raw, str) and raw.isascii() and raw.isdecimal() and len(raw) < 20:
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or abs(raw) >= 10**19:
        return None
    return raw // 1000 / 1e6


def _iso(raw: Any, zone: ZoneInfo | None) -> float | None:
    """ISO 8601. Without an offset nobody knows which clock it shows, unless `zone` says so."""
    if not isinstance(raw, str) or len(raw) > 64:
        return None
    try:
        moment = datetime.fromisoformat(raw.strip())
        if moment.tzinfo is None:
            return _local(moment, zone) if zone is not None else None
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None


def _local(moment: datetime, zone: ZoneInfo) -> float | None:
    """None in the hour that a clock shows twice (or never) when summer time changes."""
    first, second = (moment.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    return moment.replace(tzinfo=zone).timestamp() if first == second else None
