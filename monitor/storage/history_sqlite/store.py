"""Writing: samples and their rollups in one transaction. Belongs to the writing thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from monitor.domain.history import Sample
from monitor.ports import Written
from monitor.storage.history_sqlite.retention import Retention
from monitor.storage.history_sqlite.rollups import Rollups, Row
from monitor.storage.history_sqlite.schema import Unstorable, connect, load, store, trouble
from monitor.storage.runs import HOLD_MS, Holds

_PUT = "INSERT OR REPLACE INTO sample (point, ts, value, form, quality) VALUES (?, ?, ?, ?, ?)"
_FARTHEST_MS = 2**53
"""Times beyond are nonsense that no reader could show."""


class Store:
    """The file as its one writer sees it."""

    def __init__(self, path: Path, retention_ms: int, holds: Holds) -> None:
        self._path = path
        self._holds = holds
        self._connection = connect(path, writes=True)
        self._rollups = Rollups(self._connection)
        self._retention = Retention(self._connection, retention_ms)
        self._numbers: dict[str, int] = dict(self._connection.execute("SELECT name, id FROM point"))

    def write(self, samples: Sequence[Sample], now_ms: int) -> Written:
        """Store a batch whole. Raises Transient or Permanent; then nothing of it is stored."""
        horizon = self._retention.horizon(now_ms)
        rejected: list[tuple[Sample, str]] = []
        known = len(self._numbers)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._put(self._rows(samples, rejected), horizon, rejected)
            self._connection.execute("COMMIT")
        except BaseException as error:
            self._undo(known)
            if isinstance(error, sqlite3.Error):
                raise trouble(error, self._path) from error
            raise
        return Written(tuple(rejected))

    def forget_some(self, now_ms: int) -> bool:
        """Delete a little of what is too old; False when nothing is left to do. Raises Transient or Permanent."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            more = self._retention.bite(now_ms)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo(len(self._numbers))
            raise trouble(error, self._path) from error
        return more

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go."""
        self._connection.close()

    def _rows(
        self, samples: Sequence[Sample], rejected: list[tuple[Sample, str]]
    ) -> dict[str, dict[int, Row]]:
        """Rows by point and time; of two at the same time the later in the batch counts."""
        points: dict[str, dict[int, Row]] = {}
        for sample in samples:
            try:
                value, form = store(sample.value)
                if abs(sample.at_ms) > _FARTHEST_MS:
                    raise Unstorable(f"{sample.at_ms} ms is not a time")
            except Unstorable as error:
                rejected.append((sample, str(error)))
                continue
            points.setdefault(sample.point, {})[sample.at_ms] = (sample.at_ms, value, form, sample.quality)
        return points

    def _put(
        self, points: dict[str, dict[int, Row]], horizon: int, rejected: list[tuple[Sample, str]]
    ) -> None:
        taken: list[tuple[int, list[Row], int]] = []
        for name, by_time in points.items():
            point = self._number(name)
            rows = [by_time[at_ms] for at_ms in sorted(by_time)]
            if rows[0][0] < horizon:
                rows = self._still_open(name, point, rows, horizon, rejected)
            hold = self._holds.get(name, HOLD_MS)
            self._rollups.expect(point, hold)
            taken.append((point, rows, hold))
        self._connection.executemany(_PUT, ((point, *row) for point, rows, _ in taken for row in rows))
        for point, rows, hold in taken:
            self._rollups.take(point, rows, hold)
        self._rollups.flush()

    def _still_open(
        self, name: str, point: int, rows: list[Row], horizon: int, rejected: list[tuple[Sample, str]]
    ) -> list[Row]:
        """Rows without those that come after the retention has closed their minute."""
        kept: list[Row] = []
        for row in rows:
            at_ms, value, form, quality = row
            if at_ms < horizon and self._rollups.summed_up(point, at_ms):
                sample = Sample(name, at_ms, load(value, form), quality)
                rejected.append(
                    (sample, "its time is summed up already and its raw values are no longer kept")
                )
            else:
                kept.append(row)
        return kept

    def _number(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._connection.execute("INSERT INTO point (name) VALUES (?)", (name,)).lastrowid
            if number is None:
                raise sqlite3.InternalError("no row number")
            self._numbers[name] = number
        return number

    def _undo(self, known: int) -> None:
        self._rollups.forget()
        self._numbers = dict(list(self._numbers.items())[:known])
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
