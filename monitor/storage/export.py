"""History as CSV: for a spreadsheet, in local time, at constant memory."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from monitor.domain.history import Sample
from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.ports import Samples

HEADER = ("time", "point", "value", "quality", "reason")
PAGE = 10_000
"""Samples in memory at once."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell of text that begins so is taken for a formula by one spreadsheet or another (full-width signs included)."""

Tell = Callable[[str, int, int], None]
"""Hears the point that is being written, how many rows there are by now, and the time (ms) of the last."""


def quiet(point: str, rows: int, at_ms: int) -> None:
    """Tells nobody."""


async def export_csv(
    historian: Samples,
    points: Sequence[str],
    start_ms: int,
    end_ms: int,
    out: TextIO,
    *,
    timezone: str,
    bom: bool,
    tell: Tell = quiet,
) -> int:
    """Write every sample in [start, end), point by point in order of time; returns how many rows.

    Times are local to `timezone` (IANA name) with their offset, so that the hour that happens twice in autumn is told
    apart. `bom` begins with the mark by which spreadsheets know UTF-8. `out` must be opened with `newline=""`.
    Raises what the historian raises.
    """
    zone = ZoneInfo(timezone)
    if bom:
        out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(HEADER)
    rows = 0
    for point in points:
        name = harmless(point)
        async for page in pages(historian, point, start_ms, end_ms):
            # In a thread: the daemon has better things to do meanwhile.
            await asyncio.to_thread(_write, writer, name, page, zone)
            rows += len(page)
            tell(point, rows, page[-1].at_ms)
    return rows


async def pages(
    historian: Samples, point: str, start_ms: int, end_ms: int, size: int = PAGE
) -> AsyncIterator[Sequence[Sample]]:
    """Samples of one point in [start, end), `size` at a time."""
    while start_ms < end_ms:
        found = await historian.raw(point, start_ms, end_ms, size)
        page = [sample for sample in found if sample.at_ms >= start_ms]
        if page:
            yield page
        if len(page) < size:
            return
        start_ms = page[-1].at_ms + 1


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe in front makes it text."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def local_time(at_ms: int, zone: ZoneInfo) -> str:
    """Local time with milliseconds and offset, such as `2026-11-23 14:05:06.789+08:00`."""
    seconds, milliseconds = divmod(at_ms, 1000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)
    return moment.astimezone(zone).isoformat(" ", "milliseconds")


_QUARTER_MS = 900_000


@lru_cache(maxsize=4096)
def _offset_of_quarter(quarter: int, zone: ZoneInfo) -> int:
    there = datetime.fromtimestamp(quarter * _QUARTER_MS // 1000, UTC).astimezone(zone)
    return round((there.utcoffset() or timedelta()).total_seconds() * 1000)


def offset_ms(at_ms: int, zone: ZoneInfo) -> int:
    """How far (ms) the clocks of `zone` are ahead of UTC at an instant: they are put forward and back at quarters of an hour."""
    return _offset_of_quarter(at_ms // _QUARTER_MS, zone)


def offset_text(offset: int) -> str:
    """An offset in ms as it is written: `+08:00`."""
    hours, minutes = divmod(abs(offset) // 60_000, 60)
    return f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}"


def described(code: int) -> tuple[str, str]:
    """Grade and reason of a stored quality."""
    try:
        quality = Quality.from_code(code)
    except ValueError:  # stored by a newer program
        return "bad", f"code {code}"
    return quality.grade.value, quality.reason


def _write(writer: Any, name: str, page: Sequence[Sample], zone: ZoneInfo) -> None:
    writer.writerows(_row(name, sample, zone) for sample in page)


def _row(name: str, sample: Sample, zone: ZoneInfo) -> tuple[str, ...]:
    return local_time(sample.at_ms, zone), name, shown(sample.value), *described(sample.quality)


def shown(value: Value | None) -> str:
    """A value as its cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    return repr(value)
