"""Old data goes in small bites, so that no write waits long for one."""

from __future__ import annotations

import sqlite3

from monitor.storage.history_sqlite.schema import HOUR, SPANS, WIDTHS

DAY_MS = 86_400_000
ROLLUP_DAYS = (400, 5 * 366)
"""How long rollups of the first widths are kept at least, in days; those of a day for ever."""
BITE = 500
"""Rows deleted in one transaction at most."""
REST = 3_600_000
"""What was written so lately (ms) stays, however old it is: more of the same hour may be on its way."""


class Retention:
    """Goes round the points; each `bite` is one short transaction."""

    def __init__(self, connection: sqlite3.Connection, retention_ms: int) -> None:
        self._connection = connection
        self._retention_ms = retention_ms
        self._points: list[int] = []
        self._resting: dict[tuple[int, int], int] = {}

    def horizon(self, now_ms: int) -> int:
        """Raw samples before this (ms) may go: a whole hour, so that each hour has all its samples or none."""
        return (now_ms - self._retention_ms) // HOUR * HOUR

    def written(self, point: int, at_ms: int, now_ms: int) -> None:
        """A sample older than the horizon came just now."""
        self._resting[point, at_ms // HOUR * HOUR] = now_ms

    def bite(self, now_ms: int) -> bool:
        """Delete a little of what is too old; False when the round is finished. Raises sqlite3.Error."""
        if not self._points:
            self._points = [
                row[0] for row in self._connection.execute("SELECT id FROM point ORDER BY id DESC")
            ]
            self._resting = {hour: at for hour, at in self._resting.items() if 0 <= now_ms - at < REST}
        left = BITE
        while self._points and left > 0:
            gone = self._delete(self._points[-1], now_ms, left)
            left -= gone
            if left > 0:
                self._points.pop()
        return bool(self._points)

    def _delete(self, point: int, now_ms: int, limit: int) -> int:
        gone = self._delete_blocks(point, now_ms, limit)
        for level, days in enumerate(ROLLUP_DAYS):
            # Never shorter than raw values, and whole days, so that a coarser rollup has all its parts or none.
            keep = max(days * DAY_MS, self._retention_ms)
            before = (now_ms - keep) // DAY_MS * DAY_MS
            gone += self._connection.execute(
                "DELETE FROM rollup WHERE point = ?1 AND width = ?2 AND start IN"
                " (SELECT start FROM rollup WHERE point = ?1 AND width = ?2 AND start < ?3 ORDER BY start LIMIT ?4)",
                (point, WIDTHS[level], before - SPANS[level] + 1, limit),
            ).rowcount
        return gone

    def _delete_blocks(self, point: int, now_ms: int, limit: int) -> int:
        old = self._connection.execute(
            "SELECT first FROM block WHERE point = ? AND first < ? ORDER BY first LIMIT ?",
            (point, self._before(point, now_ms), limit),
        ).fetchall()
        gone = [(point, first) for (first,) in old if (point, first // HOUR * HOUR) not in self._resting]
        self._connection.executemany("DELETE FROM block WHERE point = ? AND first = ?", gone)
        return len(gone)

    def _before(self, point: int, now_ms: int) -> int:
        """A silent point keeps its newest hour: its last value is still asked for."""
        newest = self._connection.execute(
            "SELECT max(first) FROM block WHERE point = ?", (point,)
        ).fetchone()[0]
        return min(self.horizon(now_ms), (newest or 0) // HOUR * HOUR)
