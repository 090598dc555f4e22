"""The tail as a reader sees it. Batches never change, so those already seen are kept in memory while they stand."""

from __future__ import annotations

import sqlite3

from monitor.storage.history_sqlite.block import Row
from monitor.storage.history_sqlite.tail import Batch


class Recent:
    """Belongs to one reading connection; `look` is called once in each of its transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._batches: dict[int, tuple[int, int, Batch]] = {}

    def look(self) -> None:
        """See which batches stand now."""
        stand = [seq for (seq,) in self._connection.execute("SELECT seq FROM tail ORDER BY seq")]
        known = self._batches
        last = max(known, default=-1)
        self._batches = {seq: known[seq] for seq in stand if seq in known}
        fresh = self._connection.execute(
            "SELECT seq, oldest, newest, batch FROM tail WHERE seq > ? ORDER BY seq", (last,)
        )
        for seq, oldest, newest, data in fresh:
            self._batches[seq] = (oldest, newest, Batch(data))

    def rows(self, point: int, start_ms: int, end_ms: int) -> list[Row]:
        """Rows in [start, end) in order of time; of two at the same time the later written."""
        found: dict[int, Row] = {}
        for oldest, newest, batch in self._batches.values():
            if newest >= start_ms and oldest < end_ms:
                found.update((row[0], row) for row in batch.rows(point) if start_ms <= row[0] < end_ms)
        return [found[at_ms] for at_ms in sorted(found)]

    def before(self, point: int, at_ms: int) -> Row | None:
        """The last row before `at_ms`."""
        last: Row | None = None
        # From the newest batch on: most of the others can then be passed over by their times alone.
        for oldest, newest, batch in reversed(self._batches.values()):
            if oldest < at_ms and (last is None or newest > last[0]):
                for row in batch.rows(point):
                    if row[0] < at_ms and (last is None or row[0] > last[0]):
                        last = row
        return last
