"""History as a workbook: times that a spreadsheet calculates with, numbers as numbers, at constant memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from monitor.domain.aligned import Aligned
from monitor.domain.history import Sample
from monitor.domain.point import Value
from monitor.ports import Samples
from monitor.storage.export import Tell, described, pages, quiet

HEADER = ("time", "UTC offset", "point", "value", "quality", "reason")
ROWS = 1_000_000
"""Rows of one sheet: a spreadsheet takes 1,048,576."""
_TIME_FORMAT = "yyyy-mm-dd hh:mm:ss.000"
_LONGEST = 32_767
"""Letters that a cell takes."""


async def export_xlsx(
    historian: Samples,
    points: Sequence[str],
    start_ms: int,
    end_ms: int,
    out: Path,
    *,
    timezone: str,
    tell: Tell = quiet,
) -> int:
    """Write every sample in [start, end), point by point in order of time, to the file `out`; returns how many rows.

    A spreadsheet knows no offset, so that it stands beside the local time. Text is text, also where it looks like a
    formula. Raises what the historian raises, and OSError.
    """
    book = _Book(ZoneInfo(timezone))
    try:
        for point in points:
            async for page in pages(historian, point, start_ms, end_ms):
                # In a thread: it is slow work, and the daemon has better things to do meanwhile.
                await asyncio.to_thread(book.add, page)
                tell(point, book.rows, page[-1].at_ms)
        await asyncio.to_thread(book.save, out)
    except BaseException:
        # A cancelled export may still be at work in its thread, which nobody waits for.
        asyncio.get_running_loop().run_in_executor(None, book.drop)
        raise
    return book.rows


def aligned_xlsx(table: Aligned, out: Path, timezone: str) -> None:
    """Several points in the same buckets, a column for each. Raises OSError."""
    from openpyxl import Workbook

    zone = ZoneInfo(timezone)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("history")
    sheet.freeze_panes = "C2"
    for column, width in zip(
        "ABCDEFGHIJKLMNOPQRSTUV"[: len(table.titles) + 2], (24, 11, *[18] * 20), strict=False
    ):
        sheet.column_dimensions[column].width = width
    sheet.append(["start", "UTC offset", *(_text(sheet, title) for title in table.titles)])
    for bucket, *values in zip(table.buckets, *table.columns, strict=True):
        sheet.append([*_when(sheet, bucket.start_ms, zone), *(_figure(sheet, value) for value in values)])
    book.save(out)


class _Book:
    """A workbook that is written and never read: what it has taken is on the disk."""

    def __init__(self, zone: ZoneInfo) -> None:
        # Imported here: most runs never need it.
        from openpyxl import Workbook

        self._zone = zone
        self._book = Workbook(write_only=True)
        self._sheet = self._begin(1)
        self._busy = Lock()
        self.rows = 0

    def add(self, page: Sequence[Sample]) -> None:
        """Some more rows."""
        with self._busy:
            for sample in page:
                if self.rows and self.rows % ROWS == 0:
                    self._sheet = self._begin(self.rows // ROWS + 1)
                self._sheet.append(list(_cells(self._sheet, sample, self._zone)))
                self.rows += 1

    def save(self, out: Path) -> None:
        """All of it into one file. Raises OSError."""
        with self._busy:
            self._book.save(out)

    def drop(self) -> None:
        """Give it up: its sheets, hundreds of MB of a temporary folder, would otherwise stay until this process ends."""
        with self._busy:
            for sheet in self._book.worksheets:
                if not sheet.closed:
                    sheet.close()
                if Path(sheet._writer.out).exists():  # one that was saved has gone
                    sheet._writer.cleanup()

    def _begin(self, number: int) -> Any:
        sheet = self._book.create_sheet(f"history {number}")
        sheet.freeze_panes = "A2"
        for column, width in zip("ABCDEF", (24, 11, 28, 14, 10, 14), strict=True):
            sheet.column_dimensions[column].width = width
        sheet.append(list(HEADER))
        return sheet


def _cells(sheet: Any, sample: Sample, zone: ZoneInfo) -> Iterator[Any]:
    yield from _when(sheet, sample.at_ms, zone)
    yield _text(sheet, sample.point)
    yield _figure(sheet, sample.value)
    yield from described(sample.quality)


def _when(sheet: Any, at_ms: int, zone: ZoneInfo) -> tuple[Any, str]:
    """The local time as a spreadsheet's own, and its offset."""
    from openpyxl.cell import WriteOnlyCell

    seconds, milliseconds = divmod(at_ms, 1000)
    local = datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000).astimezone(zone)
    time = WriteOnlyCell(sheet, local.replace(tzinfo=None))
    time.number_format = _TIME_FORMAT
    return time, local.isoformat()[-6:]


def _figure(sheet: Any, value: Value | None) -> Any:
    if isinstance(value, str):
        return _text(sheet, value)
    return int(value) if isinstance(value, bool) else value


def _text(sheet: Any, text: str) -> Any:
    """A cell that is text whatever it begins with; letters that no workbook may hold are left out."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text)[:_LONGEST])
    cell.data_type = "s"
    return cell
