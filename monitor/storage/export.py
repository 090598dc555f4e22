"""History as CSV: for a spreadsheet, in local time, at constant memory."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import TextIO
from zoneinfo import ZoneInfo

from monitor.domain.history import Sample
from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.ports import Historian

HEADER = ("time", "point", "value", "quality", "reason")
PAGE = 10_000
"""Samples in memory at once."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell of text that begins so is taken for a formula by one spreadsheet or another (full-width signs included)."""

Tell = Callable[[str, int], None]
"""Hears the point that is being written and how many rows there are by now."""


def quiet(point: str, rows: int) -> None:
    """Tells nobody."""


async def export_csv(
    historian: Historian,
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
            writer.writerows(_row(name, sample, zone) for sample in page)
            rows += len(page)
            tell(point, rows)
    return rows


async def pages(
    historian: Historian, point: str, start_ms: int, end_ms: int, size: int = PAGE
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


def described(code: int) -> tuple[str, str]:
    """Grade and reason of a stored quality."""
    try:
        quality = Quality.from_code(code)
    except ValueError:  # stored by a newer program
        return "bad", f"code {code}"
    return quality.grade.value, quality.reason


def _row(name: str, sample: Sample, zone: ZoneInfo) -> tuple[str, ...]:
    return local_time(sample.at_ms, zone), name, _cell(sample.value), *described(sample.quality)


def _cell(value: Value | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    return repr(value)
