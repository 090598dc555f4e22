"""Reading: raw samples, and buckets from samples or, where these are gone or too many, from rollups.

What is in blocks and rollups is completed by the *loose* rows: those still in the tail, and those of an older file that
wait to be converted. Hours with loose rows among or before stored ones are always read sample by sample.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain, groupby

from monitor.domain.history import Bucket, Sample
from monitor.storage.history_sqlite import blocks, legacy
from monitor.storage.history_sqlite.block import Block, Row
from monitor.storage.history_sqlite.recent import Recent
from monitor.storage.history_sqlite.schema import HOUR, SPANS, WIDTHS
from monitor.storage.history_sqlite.summaries import unpack_runs
from monitor.storage.runs import Run, edges, fold

_RAW = -1
_PER_BUCKET = 2
"""A rollup is used when at least so many of its widths fit into a bucket: fewer edges to read finer."""
_FEW = 400_000
"""So many samples are as quickly summed up as their rollups are read, and need nothing at the edges."""
_NEVER = 2**62


class Query:
    """Questions about one point, to one state of the file: the caller holds a transaction open."""

    def __init__(self, connection: sqlite3.Connection, recent: Recent, point: int, hold: int) -> None:
        self._connection = connection
        self._recent = recent
        self._point = point
        self._hold = hold
        self._legacy = legacy.stands(connection)
        self._at: Sequence[int] = ()
        self._begin: dict[int, int | None] = {}

    def raw(self, start_ms: int, end_ms: int, limit: int) -> list[Row]:
        """Rows in [start, end), at most `limit`, preceded by the last one before if there is one."""
        before = self.before(start_ms)
        if start_ms >= end_ms:
            return [before] if before else []
        rows = self._stored(start_ms, end_ms, limit)
        # Beyond the last of a full page nothing can be in it.
        loose = self._loose(start_ms, rows[-1][0] + 1 if len(rows) >= limit else end_ms, limit)
        if loose:
            merged = {row[0]: row for row in chain(loose[0], rows, loose[1])}
            rows = [merged[at_ms] for at_ms in sorted(merged)][:limit]
        return [before, *rows] if before else rows

    def buckets(self, start_ms: int, end_ms: int, count: int) -> list[Bucket]:
        """`count` equal buckets over [start, end)."""
        self._at = edges(start_ms, end_ms, count)
        level = self._level(start_ms, end_ms, count)
        return fold(
            chain(self._in_force(start_ms), self._runs(start_ms, end_ms, level)), self._at, self._hold
        )

    def before(self, at_ms: int) -> Row | None:
        """The last row before `at_ms`, of samples that are kept."""
        found = [
            legacy.before(self._connection, self._point, at_ms) if self._legacy else None,
            blocks.before(self._connection, self._point, at_ms),
            self._recent.before(self._point, at_ms),
        ]
        # Of two at the same time the later written counts: max() gives the first of equals.
        return max(filter(None, reversed(found)), key=lambda row: row[0], default=None)

    # Samples

    def _stored(self, start_ms: int, end_ms: int, limit: int = _NEVER) -> list[Row]:
        """Rows of blocks."""
        rows: list[Row] = []
        for block in blocks.read(self._connection, self._point, start_ms, end_ms):
            first, last = bisect_left(block.times, start_ms), bisect_left(block.times, end_ms)
            rows += block.rows(first, min(last, first + limit - len(rows)))
            if len(rows) >= limit:
                break
        return rows

    def _loose(self, start_ms: int, end_ms: int, limit: int = -1) -> tuple[list[Row], list[Row]] | None:
        """Rows that count less than stored ones of the same time, and rows that count more; None when there are none."""
        old = legacy.read(self._connection, self._point, start_ms, end_ms, limit) if self._legacy else []
        new = self._recent.rows(self._point, start_ms, end_ms)
        return (old, new) if old or new else None

    def _level(self, start_ms: int, end_ms: int, count: int) -> int:
        samples = self._connection.execute(
            "SELECT coalesce(sum(count), 0) FROM block WHERE point = ? AND first >= ? AND first < ?",
            (self._point, start_ms // HOUR * HOUR, end_ms),
        ).fetchone()[0]
        if samples <= _FEW:
            return _RAW
        span = (end_ms - start_ms) / count
        return sum(width * _PER_BUCKET <= span for width in WIDTHS) - 1

    # Runs

    def _in_force(self, start_ms: int) -> Iterator[Run]:
        """What was in force at the first edge, from the finest source that still has it."""
        row = self.before(start_ms)
        if row is not None:
            yield Run.of(*row)
            return
        for level in range(len(WIDTHS)):
            found = self._last_before(level, start_ms)
            if found is not None and start_ms - self._hold < found.last_ms:
                yield found
                return

    def _last_before(self, level: int, at_ms: int) -> Run | None:
        row = self._connection.execute(
            "SELECT runs FROM rollup WHERE point = ? AND width = ? AND start < ? ORDER BY start DESC LIMIT 1",
            (self._point, WIDTHS[level], at_ms),
        ).fetchone()
        runs = unpack_runs(row[0]) if row else []
        return next((run for run in reversed(runs) if run.last_ms < at_ms), None)

    def _runs(self, start_ms: int, end_ms: int, level: int) -> Iterator[Run]:
        """Runs that begin in [start, end), in order of time."""
        loose = self._loose(start_ms, end_ms)
        if loose is None:
            yield from self._summed(start_ms, end_ms, level)
            return
        old, new = ({hour: list(rows) for hour, rows in groupby(part, _hour)} for part in loose)
        at = start_ms
        for hour in sorted(old.keys() | new.keys()):
            begin, stop = max(hour * HOUR, start_ms), min((hour + 1) * HOUR, end_ms)
            rows = {
                row[0]: row for row in chain(old.get(hour, ()), self._stored(begin, stop), new.get(hour, ()))
            }
            ordered = [rows[at_ms] for at_ms in sorted(rows)]
            # Of an older file's oldest hour the first minutes may be rollups without samples.
            begin = max(begin, ordered[0][0] // WIDTHS[0] * WIDTHS[0])
            if begin > at:
                yield from self._summed(at, begin, level)
            yield from self._cut(Block.of(ordered), begin, stop)
            at = stop
        if at < end_ms:
            yield from self._summed(at, end_ms, level)

    def _summed(self, start_ms: int, end_ms: int, level: int) -> Iterator[Run]:
        """As `_runs`, where nothing is loose; none crosses an edge as long as something finer exists."""
        oldest = self._oldest(level)
        if oldest is None or start_ms < oldest:
            yield from self._coarser(start_ms, end_ms if oldest is None else min(end_ms, oldest), level)
            if oldest is None:
                return
            start_ms = max(start_ms, oldest)
        if start_ms >= end_ms:
            return
        if level == _RAW:
            for block in blocks.read(self._connection, self._point, start_ms, end_ms):
                yield from self._cut(block, start_ms, end_ms)
            return
        width = WIDTHS[level]
        for run in self._stand(level, start_ms, end_ms):
            if self._whole(run, start_ms, end_ms):
                yield run
            else:
                edge = run.first_ms // width * width
                yield from self._finer(run, max(start_ms, edge), min(end_ms, edge + width), level)

    def _cut(self, block: Block, start_ms: int, end_ms: int) -> Iterator[Run]:
        """The samples of a block in [start, end), cut at the edges of the buckets."""
        times, at = block.times, self._at
        first, end = bisect_left(times, start_ms), bisect_left(times, end_ms)
        while first < end:
            i = bisect_right(at, times[first])
            last = bisect_left(times, at[i], first, end) if i < len(at) else end
            yield block.run(first, last, self._hold)
            first = last

    def _finer(self, run: Run, start_ms: int, end_ms: int, level: int) -> Iterator[Run]:
        raw = self._oldest(_RAW)
        # Samples, where they are kept, need nothing finer in their turn.
        finer = _RAW if raw is not None and raw <= start_ms else level - 1
        oldest = self._oldest(finer)
        if oldest is not None and oldest <= run.last_ms:
            yield from self._summed(max(start_ms, oldest), end_ms, finer)
        elif start_ms <= run.first_ms < end_ms:
            yield run

    def _coarser(self, start_ms: int, end_ms: int, level: int) -> Iterator[Run]:
        """Older than what is kept so fine: the next rollup, whole runs only."""
        level += 1
        if level >= len(WIDTHS) or start_ms >= end_ms:
            return
        oldest = self._oldest(level)
        if oldest is None or start_ms < oldest:
            yield from self._coarser(start_ms, end_ms if oldest is None else min(end_ms, oldest), level)
        if oldest is not None:
            for run in self._stand(level, start_ms, end_ms):
                if start_ms <= run.first_ms and run.last_ms < end_ms:
                    yield run

    def _stand(self, level: int, start_ms: int, end_ms: int) -> Iterator[Run]:
        """Runs of one width that touch [start, end)."""
        span, width = SPANS[level], WIDTHS[level]
        found = self._connection.execute(
            "SELECT runs FROM rollup WHERE point = ? AND width = ? AND start >= ? AND start < ? ORDER BY start",
            (self._point, width, start_ms // span * span, end_ms),
        ).fetchall()
        first = start_ms // width
        for (data,) in found:
            for run in unpack_runs(data):
                if first <= run.first_ms // width and run.first_ms < end_ms:
                    yield run

    def _whole(self, run: Run, start_ms: int, end_ms: int) -> bool:
        inside = start_ms <= run.first_ms and run.last_ms < end_ms
        return inside and bisect_right(self._at, run.first_ms) == bisect_right(self._at, run.last_ms)

    def _oldest(self, level: int) -> int | None:
        """Where what is kept so fine begins."""
        if level not in self._begin:
            self._begin[level] = self._find_oldest(level)
        return self._begin[level]

    def _find_oldest(self, level: int) -> int | None:
        if level == _RAW:
            sql, arguments = "SELECT min(first) FROM block WHERE point = ?", (self._point,)
            found: int | None = self._connection.execute(sql, arguments).fetchone()[0]
            return found
        row = self._connection.execute(
            "SELECT runs FROM rollup WHERE point = ? AND width = ? ORDER BY start LIMIT 1",
            (self._point, WIDTHS[level]),
        ).fetchone()
        return unpack_runs(row[0])[0].first_ms if row else None


def samples_of(point: str, rows: Sequence[Row]) -> list[Sample]:
    """Rows as the engine's samples."""
    return [Sample(point, at_ms, value, quality) for at_ms, value, quality in rows]


def _hour(row: Row) -> int:
    return row[0] // HOUR
