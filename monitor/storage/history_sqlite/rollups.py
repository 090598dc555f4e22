"""Rollups kept up to date with every write, in the same transaction: extended at the end, made anew where data came late.

They are written when they are finished, that is when a sample falls behind them: written at each batch they would
multiply what goes to the disk, and flash wears out. The one of each width that is still open is in memory, is made again
of what is finer after a restart, and whoever reads takes what is finer there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from monitor.domain.point import Value
from monitor.storage.history_sqlite.schema import WIDTHS, load, store
from monitor.storage.runs import Run

Row = tuple[int, float | int | str | None, int, int]
"""Time (ms), value, form and quality, as in the table `sample`."""

_PUT = "INSERT OR REPLACE INTO rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ROLLUPS = "SELECT * FROM rollup WHERE point = ? AND width = ? AND start >= ? AND start < ? ORDER BY start"
_SAMPLES = "SELECT ts, value, form, quality FROM sample WHERE point = ? AND ts >= ? AND ts < ? ORDER BY ts"


def from_row(row: Sequence[Any]) -> Run:
    """A run from a whole row of `rollup`, which begins with point, width and start."""
    stored: tuple[Any, ...] = (*row[3:12], load(row[12], row[13]), row[14])
    return Run(*stored)


class Rollups:
    """The newest run of each width and point is kept in memory, so that new data is only added to it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._newest: dict[int, list[Run | None]] = {}
        self._changed: list[tuple[object, ...]] = []

    def forget(self) -> None:
        """A transaction was rolled back: what is in memory may not be true."""
        self._newest.clear()
        self._changed.clear()

    def flush(self) -> None:
        """Bring to the table what `take` has extended; one statement for all points of a batch."""
        self._connection.executemany(_PUT, self._changed)
        self._changed.clear()

    def expect(self, point: int, hold: int) -> None:
        """To be called before rows are stored for a point: what is open now must be known, to be finished later."""
        if point not in self._newest:
            self._load(point, hold)

    def take(self, point: int, rows: Sequence[Row], hold: int) -> None:
        """Rows just stored for one point, in order of time; each point once between `expect` and `flush`."""
        newest = self._newest[point]
        last = newest[0].last_ms if newest[0] is not None else None
        if last is not None and rows and rows[0][0] <= last:
            # All of them: what is made anew from the table has the batch's newer rows in it already.
            self._again(point, [row[0] for row in rows], last, hold)
            self._load(point, hold)
        else:
            self._extend(point, newest, rows, hold)

    def _extend(self, point: int, newest: list[Run | None], rows: Sequence[Row], hold: int) -> None:
        for at_ms, value, form, quality in rows:
            plain = load(value, form)
            for level, width in enumerate(WIDTHS):
                run = newest[level]
                if run is not None and run.first_ms // width == at_ms // width:
                    run.add(at_ms, plain, quality, hold)
                    continue
                if run is not None:
                    self._changed.append(_row(point, width, run))
                newest[level] = Run.of(at_ms, plain, quality)

    def _load(self, point: int, hold: int) -> None:
        """The newest run of each width, the wider ones made of the narrower and those of the samples."""
        newest: list[Run | None] = []
        at_ms = self._connection.execute("SELECT max(ts) FROM sample WHERE point = ?", (point,)).fetchone()[0]
        if at_ms is None:
            newest = [None] * len(WIDTHS)
        else:
            narrow = Run.of(at_ms, *self._value(point, at_ms))
            finer = 1
            for level, width in enumerate(WIDTHS):
                # What is finer and finished stands in the table, up to where the open one of it begins.
                before = narrow.first_ms // finer * finer
                parts = self._parts(point, level, narrow.first_ms // width * width, before)
                narrow = _joined([*parts, replace(narrow)], hold)
                newest.append(narrow)
                finer = width
        self._newest[point] = newest

    def _value(self, point: int, at_ms: int) -> tuple[Value | None, int]:
        row = self._connection.execute(_SAMPLES, (point, at_ms, at_ms + 1)).fetchone()
        return load(row[1], row[2]), row[3]

    def _again(self, point: int, times: Sequence[int], last: int, hold: int) -> None:
        """Make anew the runs that these times fall into, the narrow ones first. `last` was the newest before them."""
        newest = max(last, times[-1])
        for level, width in enumerate(WIDTHS):
            # What was open before may be finished now; what is open now stays in memory.
            touched = {at_ms // width * width for at_ms in (*times, last)}
            touched.discard(newest // width * width)
            full = []
            for start in sorted(touched):
                parts = list(self._parts(point, level, start, start + width))
                if parts:
                    full.append(_row(point, width, _joined(parts, hold)))
            self._connection.executemany(_PUT, full)

    def summed_up(self, point: int, at_ms: int) -> bool:
        """True when a rollup stands over this time whose parts are gone: it could not be made anew with one more sample."""
        for level, width in enumerate(WIDTHS):
            start = at_ms // width * width
            stands = self._connection.execute(_ROLLUPS, (point, width, start, start + width)).fetchone()
            if stands and next(iter(self._parts(point, level, start, start + width)), None) is None:
                return True
        return False

    def _parts(self, point: int, level: int, start: int, end: int) -> Iterable[Run]:
        if level:
            rows = self._connection.execute(_ROLLUPS, (point, WIDTHS[level - 1], start, end))
            return (from_row(row) for row in rows)
        samples = self._connection.execute(_SAMPLES, (point, start, end))
        return (Run.of(ts, load(value, form), quality) for ts, value, form, quality in samples)


def _joined(runs: Sequence[Run], hold: int) -> Run:
    """One run of several; the first of them becomes it."""
    whole = runs[0]
    for run in runs[1:]:
        whole.join(run, hold)
    return whole


def _row(point: int, width: int, run: Run) -> tuple[object, ...]:
    last, form = store(run.last)
    return (
        point, width, run.first_ms // width * width, run.first_ms, run.last_ms, run.count, run.minimum, run.maximum,
        run.area, run.weighed_ms, run.recorded_ms, run.good_ms, last, form, run.quality,
    )  # fmt: skip
