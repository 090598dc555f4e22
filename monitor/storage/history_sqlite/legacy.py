"""Files of the first version, with a row for each sample and each rollup: nothing of them is lost, and nobody waits.

At opening only the rollups whose samples are gone are carried over. The samples become blocks bit by bit behind the
writes of every day; until then whoever reads looks into the old table as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from monitor.domain.point import Value
from monitor.storage.history_sqlite import blocks, rollups
from monitor.storage.history_sqlite.block import Row
from monitor.storage.history_sqlite.schema import HOUR, SPANS, TABLES, WIDTHS
from monitor.storage.runs import HOLD_MS, Holds, Run

_PLAIN, _TRUTH, _HUGE = 0, 1, 2
"""How version 1 marked a value: as it stands, true or false, a whole number too big for SQLite."""
_BITE = 24 * HOUR
_SAMPLES = (
    "SELECT ts, value, form, quality FROM old_sample WHERE point = ? AND ts >= ? AND ts < ? ORDER BY ts"
)
_BEFORE = (
    "SELECT ts, value, form, quality FROM old_sample WHERE point = ? AND ts < ? ORDER BY ts DESC LIMIT 1"
)


def from_rows(connection: sqlite3.Connection) -> None:
    """Make the tables of this version beside the old samples, inside the caller's transaction."""
    connection.execute("ALTER TABLE sample RENAME TO old_sample")
    connection.execute("ALTER TABLE rollup RENAME TO old_rollup")
    for statement in TABLES[1:]:
        connection.execute(statement)
    for (point,) in connection.execute("SELECT id FROM point").fetchall():
        oldest = connection.execute("SELECT min(ts) FROM old_sample WHERE point = ?", (point,)).fetchone()[0]
        for level in range(len(WIDTHS)):
            _carry(connection, point, level, oldest)
    connection.execute("DROP TABLE old_rollup")


def stands(connection: sqlite3.Connection) -> bool:
    """True while old samples wait to be converted."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'old_sample'").fetchone()
    return found is not None


def read(
    connection: sqlite3.Connection, point: int, start_ms: int, end_ms: int, limit: int = -1
) -> list[Row]:
    """Old samples in [start, end) that wait, at most `limit`, in order of time."""
    rows = connection.execute(f"{_SAMPLES} LIMIT ?", (point, start_ms, end_ms, limit))
    return [_row(*row) for row in rows]


def before(connection: sqlite3.Connection, point: int, at_ms: int) -> Row | None:
    """The last old sample before `at_ms` that waits."""
    row = connection.execute(_BEFORE, (point, at_ms)).fetchone()
    return _row(*row) if row else None


def convert_some(connection: sqlite3.Connection, holds: Holds, names: Mapping[int, str]) -> bool:
    """Turn a day of one point into blocks, inside the caller's transaction; False when nothing is left."""
    first = connection.execute("SELECT point, ts FROM old_sample LIMIT 1").fetchone()
    if first is None:
        connection.execute("DROP TABLE old_sample")
        return False
    point, start = first[0], first[1] // HOUR * HOUR
    end = start + _BITE
    rows = {row[0]: row for row in read(connection, point, start, end)}
    # What was written since is newer than what stands in the old table.
    for block in blocks.read(connection, point, start, end):
        for at_ms in block.times:
            rows.pop(at_ms, None)
    if rows:
        blocks.add(connection, point, rows, holds.get(names.get(point, ""), HOLD_MS))
    connection.execute("DELETE FROM old_sample WHERE point = ? AND ts >= ? AND ts < ?", (point, start, end))
    return True


def _carry(connection: sqlite3.Connection, point: int, level: int, oldest: int | None) -> None:
    """Rollups that begin before the oldest sample: they could not be made again."""
    rows = connection.execute(
        "SELECT first_ms, last_ms, count, minimum, maximum, area, weighed_ms, recorded_ms, good_ms, last, form, quality"
        " FROM old_rollup WHERE point = ? AND width = ? AND (?3 IS NULL OR first_ms < ?3) ORDER BY start",
        (point, WIDTHS[level], oldest),
    ).fetchall()
    runs = [_run(row) for row in rows]
    for _, group in groupby(runs, lambda run: run.first_ms // SPANS[level]):
        rollups.put(connection, point, level, list(group))


def _run(row: tuple[Any, ...]) -> Run:
    first, last, count, least, most, area, weighed, recorded, good, value, form, quality = row
    return Run(first, last, count, least, most, area, weighed, recorded, good, _value(value, form), quality)


def _row(at_ms: int, value: float | int | str | None, form: int, quality: int) -> Row:
    return at_ms, _value(value, form), quality


def _value(value: float | int | str | None, form: int) -> Value | None:
    if form == _TRUTH:
        return bool(value)
    return int(value) if form == _HUGE and value is not None else value
