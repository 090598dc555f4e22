"""History as Parquet: typed columns for those who calculate, at constant memory. Needs the extra `parquet` (pyarrow)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from monitor.domain.aligned import Aligned
from monitor.domain.history import Sample
from monitor.ports import Permanent, Samples
from monitor.storage.export import Tell, described, offset_ms, offset_text, pages, quiet

if TYPE_CHECKING:
    import pyarrow

REMEDY = "Parquet needs a part that is not installed: pip install 'watchroom[parquet]'"
GROUP = 100_000
"""Rows of one row group: what is in memory at once, and what a reader can skip."""
_COMPRESSION = "zstd"


def available() -> bool:
    """Whether the extra is installed, without loading it."""
    return find_spec("pyarrow") is not None


async def export_parquet(
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

    `time` is the instant (UTC), `local_time` what clocks at the site showed, with their `utc_offset`. A number stands in
    `value` (truth values as 1.0 and 0.0), text in `text`; both are null where there was none. Raises what the historian
    raises, OSError, and Permanent without the extra.
    """
    book = _Book(await asyncio.to_thread(_arrow), out, ZoneInfo(timezone))
    try:
        for point in points:
            async for page in pages(historian, point, start_ms, end_ms):
                await asyncio.to_thread(book.add, page)
                tell(point, book.rows, page[-1].at_ms)
    finally:
        await asyncio.to_thread(book.close)
    return book.rows


def aligned_parquet(table: Aligned, out: Path, timezone: str) -> None:
    """Several points in the same buckets, a column for each. Raises OSError, and Permanent without the extra."""
    arrow = _arrow()
    starts = [bucket.start_ms for bucket in table.buckets]
    ends = arrow.array([bucket.end_ms for bucket in table.buckets], arrow.timestamp("ms", "UTC"))
    times = _times(arrow, starts, ZoneInfo(timezone))
    values = [_column(arrow, column) for column in table.columns]
    names = ("start", "local_start", "utc_offset")
    whole = arrow.table(
        [*times[:1], ends, *times[1:], *values], names=[names[0], "end", *names[1:], *table.titles]
    )
    with arrow.parquet.ParquetWriter(out, whole.schema, compression=_COMPRESSION) as writer:
        writer.write_table(whole)


class _Book:
    """A file under way: what waits for its row group is in memory, the rest is on the disk."""

    def __init__(self, arrow: Any, out: Path, zone: ZoneInfo) -> None:
        self._arrow = arrow
        self._zone = zone
        # Whoever is stopped closes the file, perhaps while a last page is still being written.
        self._turn = threading.Lock()
        names = arrow.dictionary(arrow.int32(), arrow.string())
        self._schema = arrow.schema(
            [
                arrow.field("time", arrow.timestamp("ms", "UTC"), nullable=False),
                arrow.field("local_time", arrow.timestamp("ms"), nullable=False),
                arrow.field("utc_offset", names, nullable=False),
                arrow.field("point", names, nullable=False),
                arrow.field("value", arrow.float64()),
                arrow.field("text", arrow.string()),
                arrow.field("quality", names, nullable=False),
                arrow.field("reason", names, nullable=False),
                arrow.field("quality_code", arrow.int16(), nullable=False),
            ],
            metadata={"timezone": zone.key},
        )
        self._writer = arrow.parquet.ParquetWriter(out, self._schema, compression=_COMPRESSION)
        self._waiting: list[Sample] = []
        self.rows = 0

    def add(self, page: Sequence[Sample]) -> None:
        """Some more rows."""
        with self._turn:
            self._waiting += page
            self.rows += len(page)
            if len(self._waiting) >= GROUP:
                self._write()

    def close(self) -> None:
        """What waits, and the end of the file, without which nobody can read it."""
        with self._turn:
            try:
                self._write()
            finally:
                self._writer.close()

    def _write(self) -> None:
        if not self._waiting:
            return
        points, times, values, codes = zip(*self._waiting, strict=True)
        said = {code: described(code) for code in set(codes)}
        texts = [value if isinstance(value, str) else None for value in values]
        columns = [
            *_times(self._arrow, times, self._zone),
            points,
            [None if value is None or isinstance(value, str) else float(value) for value in values],
            texts,
            [said[code][0] for code in codes],
            [said[code][1] for code in codes],
            codes,
        ]
        arrays = [
            _cast(self._arrow, column, field.type)
            for column, field in zip(columns, self._schema, strict=True)
        ]
        self._writer.write_batch(self._arrow.record_batch(arrays, schema=self._schema))
        self._waiting.clear()


def _arrow() -> Any:
    # Imported here: it is large, and most runs never need it.
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise Permanent(REMEDY) from error
    return pyarrow


def _times(arrow: Any, times: Sequence[int], zone: ZoneInfo) -> list[pyarrow.Array]:
    """The instants, the site's clock, and its offset."""
    offsets = [offset_ms(at_ms, zone) for at_ms in times]
    local = [at_ms + offset for at_ms, offset in zip(times, offsets, strict=True)]
    texts = {offset: offset_text(offset) for offset in set(offsets)}
    return [
        arrow.array(times, arrow.timestamp("ms", "UTC")),
        arrow.array(local, arrow.timestamp("ms")),
        arrow.array([texts[offset] for offset in offsets], arrow.string()).dictionary_encode(),
    ]


def _cast(arrow: Any, column: Any, type_: Any) -> Any:
    if isinstance(column, arrow.Array):
        return column
    if arrow.types.is_dictionary(type_):
        return arrow.array(column, arrow.string()).dictionary_encode()
    return arrow.array(column, type_)


def _column(arrow: Any, values: Iterable[Any]) -> Any:
    """Numbers as numbers; a column that holds text is text."""
    kept = list(values)
    if any(isinstance(value, str) for value in kept):
        return arrow.array([None if value is None else str(value) for value in kept], arrow.string())
    return arrow.array([None if value is None else float(value) for value in kept], arrow.float64())
