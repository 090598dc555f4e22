"""Reading: raw samples, and buckets from the widest rollups that fit, with finer ones where a run crosses an edge."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain

from monitor.domain.history import Bucket, Sample
from monitor.storage.history_sqlite.rollups import from_row
from monitor.storage.history_sqlite.schema import WIDTHS, load
from monitor.storage.runs import Run, edges, fold

_RAW = -1
_PER_BUCKET = 4
"""A rollup is used when at least so many of its widths fit into a bucket: fewer edges to read finer."""
_SAMPLES = "SELECT ts, value, form, quality FROM sample WHERE point = ? AND ts >= ? AND ts < ? ORDER BY ts"
_LAST = "SELECT ts, value, form, quality FROM sample WHERE point = ? AND ts < ? ORDER BY ts DESC LIMIT 1"
_ROLLUPS = "SELECT * FROM rollup WHERE point = ? AND width = ? AND start >= ? AND start < ? ORDER BY start"
_LAST_ROLLUP = "SELECT * FROM rollup WHERE point = ? AND width = ? AND start < ? ORDER BY start DESC LIMIT 1"


def read_raw(
    connection: sqlite3.Connection, point: str, start_ms: int, end_ms: int, limit: int
) -> list[Sample]:
    """Samples in [start, end), at most `limit`, preceded by the last one before if there is one."""
    number = point_number(connection, point)
    if number is None:
        return []
    before = connection.execute(_LAST, (number, start_ms)).fetchall()
    rows = connection.execute(f"{_SAMPLES} LIMIT ?", (number, start_ms, end_ms, limit))
    return [Sample(point, ts, load(value, form), quality) for ts, value, form, quality in chain(before, rows)]


def read_buckets(
    connection: sqlite3.Connection, point: str, start_ms: int, end_ms: int, count: int, hold: int
) -> list[Bucket]:
    """`count` equal buckets over [start, end)."""
    at = edges(start_ms, end_ms, count)
    number = point_number(connection, point)
    if number is None:
        return fold((), at, hold)
    span = (end_ms - start_ms) / count
    level = sum(width * _PER_BUCKET <= span for width in WIDTHS) - 1
    reading = _Reading(connection, number, at)
    return fold(chain(reading.before(hold), reading.runs(start_ms, end_ms, level)), at, hold)


def point_number(connection: sqlite3.Connection, point: str) -> int | None:
    """The number of a point in the file, None when nothing was ever stored for it."""
    row = connection.execute("SELECT id FROM point WHERE name = ?", (point,)).fetchone()
    return row[0] if row else None


class _Reading:
    """One query of one point, for buckets with the edges `at`."""

    def __init__(self, connection: sqlite3.Connection, point: int, at: Sequence[int]) -> None:
        self._connection = connection
        self._point = point
        self._at = at

    def before(self, hold: int) -> Iterator[Run]:
        """What was in force at the first edge, from the finest source that still has it."""
        start = self._at[0]
        row = self._connection.execute(_LAST, (self._point, start)).fetchone()
        if row is not None:
            yield _sample(row)
            return
        for width in WIDTHS:
            row = self._connection.execute(_LAST_ROLLUP, (self._point, width, start)).fetchone()
            if row is not None and start - hold < from_row(row).last_ms < start:
                yield from_row(row)
                return

    def runs(self, start: int, end: int, level: int) -> Iterator[Run]:
        """Runs that begin in [start, end), none of which crosses an edge as long as finer ones exist."""
        oldest = self._oldest(level)
        if oldest is None or start < oldest:
            yield from self._coarser(start, min(end, oldest) if oldest is not None else end, level)
        if level == _RAW:
            yield from map(_sample, self._connection.execute(_SAMPLES, (self._point, start, end)))
            return
        width = WIDTHS[level]
        first = start // width * width
        for row in self._connection.execute(_ROLLUPS, (self._point, width, first, end)).fetchall():
            run = from_row(row)
            if self._whole(run, start, end):
                yield run
            else:
                edge = run.first_ms // width * width
                yield from self._finer(run, max(start, edge), min(end, edge + width), level)
        open_from = self._open_from(level)
        if open_from is None or open_from < end:
            yield from self.runs(start if open_from is None else max(start, open_from), end, level - 1)

    def _open_from(self, level: int) -> int | None:
        """Where the finished rollups of a width end; None when there are none yet."""
        width = WIDTHS[level]
        row = self._connection.execute(
            "SELECT start FROM rollup WHERE point = ? AND width = ? ORDER BY start DESC LIMIT 1",
            (self._point, width),
        ).fetchone()
        return row[0] + width if row else None

    def _finer(self, run: Run, start: int, end: int, level: int) -> Iterator[Run]:
        oldest = self._oldest(level - 1)
        if oldest is not None and oldest <= run.last_ms:
            yield from self.runs(max(start, oldest), end, level - 1)
        elif start <= run.first_ms < end:
            yield run

    def _coarser(self, start: int, end: int, level: int) -> Iterator[Run]:
        """Older than what is kept so fine: the next rollup, whole runs only."""
        if level + 1 >= len(WIDTHS) or start >= end:
            return
        oldest = self._oldest(level + 1)
        if oldest is None or start < oldest:
            yield from self._coarser(start, min(end, oldest) if oldest is not None else end, level + 1)
        width = WIDTHS[level + 1]
        for row in self._connection.execute(_ROLLUPS, (self._point, width, start // width * width, end)):
            run = from_row(row)
            if start <= run.first_ms and run.last_ms < end:
                yield run

    def _whole(self, run: Run, start: int, end: int) -> bool:
        inside = start <= run.first_ms and run.last_ms < end
        return inside and bisect_right(self._at, run.first_ms) == bisect_right(self._at, run.last_ms)

    def _oldest(self, level: int) -> int | None:
        if level == _RAW:
            row = self._connection.execute(
                "SELECT min(ts) FROM sample WHERE point = ?", (self._point,)
            ).fetchone()
        else:
            row = self._connection.execute(
                "SELECT first_ms FROM rollup WHERE point = ? AND width = ? ORDER BY start LIMIT 1",
                (self._point, WIDTHS[level]),
            ).fetchone()
        return row[0] if row else None


def _sample(row: tuple[int, float | int | str | None, int, int]) -> Run:
    ts, value, form, quality = row
    return Run.of(ts, load(value, form), quality)
