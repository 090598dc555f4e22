"""Batches become blocks: every hour, or when many samples wait, a few points at a time between the writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from monitor.storage.history_sqlite import blocks
from monitor.storage.history_sqlite.block import Row
from monitor.storage.history_sqlite.tail import Batch
from monitor.storage.runs import HOLD_MS, Holds

_SHARE = 20
"""A round takes about so many bites, so that it ends however fast the writes come."""
_SMALLEST = 32
"""Points in one bite at least."""


class Sealing:
    """One round over the batches that stood when it was made. What was done of a round that broke off is harmless:
    the same rows go to the same place again."""

    def __init__(self, connection: sqlite3.Connection, holds: Holds, names: Mapping[int, str]) -> None:
        found = connection.execute("SELECT seq, batch FROM tail ORDER BY seq").fetchall()
        self._connection = connection
        self._holds = holds
        self._names = names
        self._seqs = [seq for seq, _ in found]
        self._batches = [Batch(data) for _, data in found]
        self._points = sorted({point for batch in self._batches for point in batch.points}, reverse=True)
        self._bite = max(_SMALLEST, len(self._points) // _SHARE)

    def bite(self) -> bool:
        """Some points, inside the caller's transaction; False when all are done and the batches are gone."""
        if not self._seqs or not self._still_there():
            return False
        for _ in range(min(self._bite, len(self._points))):
            self._seal(self._points.pop())
        if self._points:
            return True
        self._connection.execute(
            "DELETE FROM tail WHERE seq BETWEEN ? AND ?", (self._seqs[0], self._seqs[-1])
        )
        return False

    def _still_there(self) -> bool:
        """False when another process sealed them meanwhile, and perhaps newer ones of the same time after them."""
        count = self._connection.execute(
            "SELECT count(*) FROM tail WHERE seq BETWEEN ? AND ?", (self._seqs[0], self._seqs[-1])
        ).fetchone()[0]
        return bool(count == len(self._seqs))

    def _seal(self, point: int) -> None:
        rows: dict[int, Row] = {}
        for batch in self._batches:
            rows.update((row[0], row) for row in batch.rows(point))
        blocks.add(self._connection, point, rows, self._holds.get(self._names.get(point, ""), HOLD_MS))
