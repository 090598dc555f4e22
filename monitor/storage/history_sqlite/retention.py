"""Old data goes in small bites, so that no write waits long for one."""

from __future__ import annotations

import sqlite3

from monitor.storage.history_sqlite.schema import WIDTHS

DAY_MS = 86_400_000
ROLLUP_DAYS = {60_000: 400, 900_000: 5 * 366}
"""How long rollups are kept at least, in days; those of a day for ever."""
BITE = 2_000
"""Rows deleted in one transaction at most."""


class Retention:
    """Goes round the points; each `bite` is one short transaction."""

    def __init__(self, connection: sqlite3.Connection, retention_ms: int) -> None:
        self._connection = connection
        self._retention_ms = retention_ms
        self._points: list[int] = []

    def horizon(self, now_ms: int) -> int:
        """Raw samples before this (ms) may go. A whole minute, so that each has all its samples or none."""
        return (now_ms - self._retention_ms) // WIDTHS[0] * WIDTHS[0]

    def bite(self, now_ms: int) -> bool:
        """Delete a little of what is too old; False when the round is finished. Raises sqlite3.Error."""
        if not self._points:
            self._points = [
                row[0] for row in self._connection.execute("SELECT id FROM point ORDER BY id DESC")
            ]
        left = BITE
        while self._points and left > 0:
            gone = self._delete(self._points[-1], now_ms, left)
            left -= gone
            if left > 0:
                self._points.pop()
        return bool(self._points)

    def _delete(self, point: int, now_ms: int, limit: int) -> int:
        gone = self._execute(
            "DELETE FROM sample WHERE point = ?1 AND ts IN"
            " (SELECT ts FROM sample WHERE point = ?1 AND ts < ?2 ORDER BY ts LIMIT ?3)",
            (point, self._before(point, now_ms), limit),
        )
        for width, days in ROLLUP_DAYS.items():
            # Never shorter than raw values, and whole days, so that a coarser rollup has all its parts or none.
            keep = max(days * DAY_MS, self._retention_ms)
            before = (now_ms - keep) // DAY_MS * DAY_MS
            gone += self._execute(
                "DELETE FROM rollup WHERE point = ?1 AND width = ?4 AND start IN"
                " (SELECT start FROM rollup WHERE point = ?1 AND width = ?4 AND start < ?2 ORDER BY start LIMIT ?3)",
                (point, before, limit, width),
            )
        return gone

    def _before(self, point: int, now_ms: int) -> int:
        """A silent point keeps its newest minute: its rollups are not finished, and its last value is still asked for."""
        newest = self._connection.execute("SELECT max(ts) FROM sample WHERE point = ?", (point,)).fetchone()[
            0
        ]
        return min(self.horizon(now_ms), (newest or 0) // WIDTHS[0] * WIDTHS[0])

    def _execute(self, sql: str, arguments: tuple[int, ...]) -> int:
        return self._connection.execute(sql, arguments).rowcount
