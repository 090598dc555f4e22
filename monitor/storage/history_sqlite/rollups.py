"""Rollups kept up to date with every write, in the same transaction: extended at the end, made anew where data came late."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from monitor.storage.history_sqlite.schema import WIDTHS, load, store
from monitor.storage.runs import Run

Row = tuple[int, float | int | str | None, int, int]
"""Time (ms), value, form and quality, as in the table `sample`."""

_PUT = "INSERT OR REPLACE INTO rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ROLLUPS = "SELECT * FROM rollup WHERE point = ? AND width = ? AND start >= ? AND start < ? ORDER BY start"
_NEWEST = "SELECT * FROM rollup WHERE point = ? AND width = ? ORDER BY start DESC LIMIT 1"
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

    def take(self, point: int, rows: Sequence[Row], hold: int) -> None:
        """Rows just stored for one point, in order of time; each point once before a `flush`."""
        newest = self._newest.get(point) or self._load(point)
        last = newest[0].last_ms if newest[0] is not None else None
        if last is not None and rows and rows[0][0] <= last:
            # All of them: what is made anew from the table has the batch's newer rows in it already.
            self._again(point, [row[0] for row in rows], hold)
            self._load(point)
        else:
            self._extend(point, newest, rows, hold)

    def _extend(self, point: int, newest: list[Run | None], rows: Iterable[Row], hold: int) -> None:
        full = self._changed
        touched = [False] * len(WIDTHS)
        for at_ms, value, form, quality in rows:
            plain = load(value, form)
            for level, width in enumerate(WIDTHS):
                run = newest[level]
                if run is not None and run.first_ms // width == at_ms // width:
                    run.add(at_ms, plain, quality, hold)
                else:
                    if run is not None and touched[level]:
                        full.append(_row(point, width, run))
                    newest[level] = Run.of(at_ms, plain, quality)
                touched[level] = True
        full += [
            _row(point, width, run)
            for width, run, changed in zip(WIDTHS, newest, touched, strict=True)
            if changed and run is not None
        ]

    def _load(self, point: int) -> list[Run | None]:
        newest: list[Run | None] = []
        for width in WIDTHS:
            row = self._connection.execute(_NEWEST, (point, width)).fetchone()
            newest.append(from_row(row) if row else None)
        self._newest[point] = newest
        return newest

    def _again(self, point: int, times: Sequence[int], hold: int) -> None:
        """Make anew the runs that these times fall into, the narrow ones first."""
        for level, width in enumerate(WIDTHS):
            full = []
            for start in sorted({at_ms // width * width for at_ms in times}):
                runs = iter(self._parts(point, level, start, start + width))
                whole = next(runs)
                for run in runs:
                    whole.join(run, hold)
                full.append(_row(point, width, whole))
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


def _row(point: int, width: int, run: Run) -> tuple[object, ...]:
    last, form = store(run.last)
    return (
        point, width, run.first_ms // width * width, run.first_ms, run.last_ms, run.count, run.minimum, run.maximum,
        run.area, run.weighed_ms, run.recorded_ms, run.good_ms, last, form, run.quality,
    )  # fmt: skip
