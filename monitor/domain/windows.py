"""Which windows a round has: made from local times, named so that planning twice makes nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from monitor.domain.inspection import Round, Window
from monitor.domain.localtime import MINUTES_A_DAY, local_date, span, to_local


def day_windows(round_: Round, day: date, timezone: str) -> list[tuple[float, float]]:
    """[start, end) in POSIX seconds of the windows that begin on the local date `day`."""
    return [span(day, start, end, timezone) for start, end in _minutes(round_)]


def planned(round_: Round, start: float, end: float, timezone: str) -> Iterator[Window]:
    """Windows that begin in [start, end), POSIX seconds, oldest first."""
    day = local_date(start, timezone) - timedelta(days=1)
    last = local_date(end, timezone) + timedelta(days=1)
    while day <= last:
        for begins, ends in sorted(day_windows(round_, day, timezone)):
            if start <= begins < end:
                yield window(round_, begins, ends, timezone)
        day += timedelta(days=1)


def window(round_: Round, start: float, end: float, timezone: str) -> Window:
    """The row of one window."""
    return Window(window_id(round_.id, start, timezone), round_.id, start, end, end + round_.grace)


def window_id(round_: str, start: float, timezone: str) -> str:
    """`round@2026-11-23T07:30+08:00`: readable, and unique even in the hour that autumn repeats."""
    return f"{round_}@{to_local(start, timezone).isoformat(timespec='minutes')}"


def _minutes(round_: Round) -> Iterator[tuple[int, int]]:
    """Fixed windows, or the day cut into `times_a_day` equal ones."""
    if round_.windows:
        yield from round_.windows
        return
    count = round_.times_a_day
    for i in range(count):
        yield i * MINUTES_A_DAY // count, (i + 1) * MINUTES_A_DAY // count
