"""Writing: a batch is one row of the tail. Belongs to the writing thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from monitor.domain.history import Sample
from monitor.ports import Written
from monitor.storage.history_sqlite import legacy, rollups
from monitor.storage.history_sqlite.block import Row
from monitor.storage.history_sqlite.opening import connect
from monitor.storage.history_sqlite.retention import Retention
from monitor.storage.history_sqlite.schema import HOUR, trouble, unstorable
from monitor.storage.history_sqlite.sealing import Sealing
from monitor.storage.history_sqlite.tail import pack
from monitor.storage.runs import Holds

T = TypeVar("T")

_LEAST, _MOST = float("-inf"), float("inf")
_EASY_MS = 2**50
MOST_ROWS, MOST_BATCHES = 200_000, 1_000
"""What waits in the tail at most before it becomes blocks, however early in the hour."""


class Store:
    """The file as its one writer sees it."""

    def __init__(self, path: Path, retention_ms: int, holds: Holds) -> None:
        self._path = path
        self._holds = holds
        self._connection = connect(path, writes=True)
        self._retention = Retention(self._connection, retention_ms)
        self._numbers: dict[str, int] = dict(self._connection.execute("SELECT name, id FROM point"))
        self._names = {number: name for name, number in self._numbers.items()}
        self._rows, self._batches = self._connection.execute(
            "SELECT coalesce(sum(count), 0), count(*) FROM tail"
        ).fetchone()
        self._sealed_in: int | None = None
        self._sealing: Sealing | None = None
        self._legacy = legacy.stands(self._connection)

    def write(self, samples: Sequence[Sample], now_ms: int) -> Written:
        """Store a batch whole. Raises Transient or Permanent; then nothing of it is stored."""
        rejected: list[tuple[Sample, str]] = []
        points = _by_point(samples, rejected)
        self._within(lambda: self._put(points, now_ms, rejected))
        return Written(tuple(rejected))

    def seal_due(self, now_ms: int) -> bool:
        """True when batches should become blocks: once an hour, or when many wait."""
        hour = now_ms // HOUR
        if self._sealed_in is None:
            self._sealed_in = hour
        if self._sealing is not None:
            return False
        return self._rows >= MOST_ROWS or self._batches >= MOST_BATCHES or hour != self._sealed_in

    def seal_some(self, now_ms: int) -> bool:
        """Turn a few points' batches into blocks; False when all is done. Raises Transient or Permanent."""
        if self._sealing is None:
            self._sealing = Sealing(self._connection, self._holds, self._names)
            self._rows = self._batches = 0
            self._sealed_in = now_ms // HOUR
        sealing = self._sealing
        try:
            more = self._within(sealing.bite)
        except BaseException:
            self._sealing, self._sealed_in = None, -1  # begun again with the next write
            raise
        if not more:
            self._sealing = None
        return more

    @property
    def sealing(self) -> bool:
        """True while a round of sealing is under way."""
        return self._sealing is not None

    def forget_some(self, now_ms: int) -> bool:
        """Delete a little of what is too old; False when nothing is left to do. Raises Transient or Permanent."""
        return self._within(lambda: self._retention.bite(now_ms))

    @property
    def legacy(self) -> bool:
        """True while samples of an older file wait to be converted."""
        return self._legacy

    def convert_some(self) -> bool:
        """Turn a little of an older file into blocks; False when nothing is left. Raises Transient or Permanent."""
        self._legacy = self._within(
            lambda: (
                legacy.stands(self._connection)
                and legacy.convert_some(self._connection, self._holds, self._names)
            )
        )
        return self._legacy

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go."""
        self._connection.close()

    def _within(self, work: Callable[[], T]) -> T:
        """One transaction. Raises Transient or Permanent; then nothing of it is done."""
        known = len(self._numbers)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            result = work()
            self._connection.execute("COMMIT")
        except BaseException as error:
            self._undo(known)
            if isinstance(error, sqlite3.Error):
                raise trouble(error, self._path) from error
            raise
        return result

    def _put(
        self, points: dict[str, dict[int, Row]], now_ms: int, rejected: list[tuple[Sample, str]]
    ) -> None:
        horizon = self._retention.horizon(now_ms)
        batch: dict[int, Sequence[Row]] = {}
        for name, by_time in points.items():
            point = self._number(name)
            rows = [by_time[at_ms] for at_ms in sorted(by_time)]
            if rows[0][0] < horizon:
                rows = self._still_open(name, point, rows, horizon, now_ms, rejected)
            if rows:
                batch[point] = rows
        if not batch:
            return
        count = sum(map(len, batch.values()))
        oldest, newest = min(rows[0][0] for rows in batch.values()), max(r[-1][0] for r in batch.values())
        self._connection.execute(
            "INSERT INTO tail (oldest, newest, count, batch) VALUES (?, ?, ?, ?)",
            (oldest, newest, count, pack(batch)),
        )
        self._rows += count
        self._batches += 1

    def _still_open(
        self,
        name: str,
        point: int,
        rows: list[Row],
        horizon: int,
        now_ms: int,
        rejected: list[tuple[Sample, str]],
    ) -> list[Row]:
        """Rows without those that come after the retention has closed their hour."""
        kept: list[Row] = []
        kept_hours: dict[int, bool] = {}
        for row in rows:
            at_ms = row[0]
            if at_ms < horizon:
                hour = at_ms // HOUR * HOUR
                if hour not in kept_hours:
                    kept_hours[hour] = self._kept(point, hour)
                if rollups.summed_up(self._connection, point, at_ms, kept_hours[hour]):
                    reason = "its time is summed up already and its raw values are no longer kept"
                    rejected.append((Sample(name, *row), reason))
                    continue
                self._retention.written(point, at_ms, now_ms)
            kept.append(row)
        return kept

    def _kept(self, point: int, hour: int) -> bool:
        """True when samples of this hour stand in blocks, or in what is still to be converted."""
        sql = "SELECT 1 FROM block WHERE point = ? AND first >= ? AND first < ? LIMIT 1"
        if self._connection.execute(sql, (point, hour, hour + HOUR)).fetchone():
            return True
        return self._legacy and bool(legacy.read(self._connection, point, hour, hour + HOUR, 1))

    def _number(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            # Another process may have named it meanwhile.
            self._connection.execute("INSERT OR IGNORE INTO point (name) VALUES (?)", (name,))
            number = int(
                self._connection.execute("SELECT id FROM point WHERE name = ?", (name,)).fetchone()[0]
            )
            self._numbers[name] = number
            self._names[number] = name
        return number

    def _undo(self, known: int) -> None:
        for name in list(self._numbers)[known:]:
            del self._names[self._numbers.pop(name)]
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _by_point(samples: Sequence[Sample], rejected: list[tuple[Sample, str]]) -> dict[str, dict[int, Row]]:
    """Rows by point and time; of two at the same time the later in the batch counts."""
    points: dict[str, dict[int, Row]] = {}
    for sample in samples:
        name, at_ms, value, quality = sample
        if type(value) is not float or not _LEAST < value < _MOST or quality or abs(at_ms) > _EASY_MS:
            reason = unstorable(at_ms, value, quality)
        else:
            reason = None  # nearly all
        if reason is not None:
            rejected.append((sample, reason))
            continue
        by_time = points.get(name)
        if by_time is None:
            by_time = points[name] = {}
        by_time[at_ms] = (at_ms, value, quality)
    return points
