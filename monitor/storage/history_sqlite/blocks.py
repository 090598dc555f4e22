"""Blocks of samples: at most an hour of one point in each, at most so many samples, never two over the same time."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import groupby

from monitor.storage.history_sqlite import rollups
from monitor.storage.history_sqlite.block import Block, Row, decode, encode, expand, squeeze
from monitor.storage.history_sqlite.schema import HOUR, WIDTHS

MOST = 2_000
"""Samples in one block at most: what is added to an hour makes at most so many be written again."""
_PUT = "INSERT OR REPLACE INTO block (point, first, last, count, data) VALUES (?, ?, ?, ?, ?)"
_FROM = "SELECT data FROM block WHERE point = ? AND last >= ? AND first < ? AND first >= ? ORDER BY first"
_LAST_BEFORE = "SELECT data FROM block WHERE point = ? AND first < ? ORDER BY first DESC LIMIT 1"


def read(connection: sqlite3.Connection, point: int, start_ms: int, end_ms: int) -> Iterator[Block]:
    """Blocks that touch [start, end), in order of time. Raises ValueError for a damaged one."""
    for (data,) in connection.execute(_FROM, (point, start_ms, end_ms, start_ms // HOUR * HOUR)):
        yield decode(expand(data))


def before(connection: sqlite3.Connection, point: int, at_ms: int) -> Row | None:
    """The last stored row before `at_ms`."""
    found = connection.execute(_LAST_BEFORE, (point, at_ms)).fetchone()
    if found is None:
        return None
    block = decode(expand(found[0]))
    end = bisect_left(block.times, at_ms)
    return block.rows(end - 1, end)[0]


def add(connection: sqlite3.Connection, point: int, rows: Mapping[int, Row], hold: int) -> None:
    """Put rows (by time) among those that are stored, in the place of those of the same time, and sum up anew."""
    ordered = [rows[at_ms] for at_ms in sorted(rows)]
    for _, group in groupby(ordered, lambda row: row[0] // HOUR):
        _add_to_hour(connection, point, list(group), hold)


def _add_to_hour(connection: sqlite3.Connection, point: int, rows: list[Row], hold: int) -> None:
    hour = rows[0][0] // HOUR * HOUR
    # Whole minutes of what is there already are needed for the rollups.
    minute = rows[0][0] // WIDTHS[0] * WIDTHS[0]
    there = list(read(connection, point, minute, hour + HOUR))
    if not there:  # perhaps a small block to go on with
        last = connection.execute(
            "SELECT data FROM block WHERE point = ? AND first >= ? AND first < ? ORDER BY first DESC LIMIT 1",
            (point, hour, hour + HOUR),
        ).fetchone()
        there = [decode(expand(last[0]))] if last else []
    for block in there:
        connection.execute("DELETE FROM block WHERE point = ? AND first = ?", (point, block.times[0]))
    whole = Block.of(_merged([row for block in there for row in block.rows()], rows))
    for start in range(0, len(whole), MOST):
        _put(connection, point, whole if len(whole) <= MOST else Block.of(whole.rows(start, start + MOST)))
    touched = bisect_left(whole.times, minute)
    after = bisect_left(whole.times, (rows[-1][0] // WIDTHS[0] + 1) * WIDTHS[0])
    rollups.rebuild(connection, point, whole, touched, after, hold)


def _merged(there: list[Row], rows: list[Row]) -> list[Row]:
    """Both in order of time; of two at the same time the one of `rows`."""
    if not there or there[-1][0] < rows[0][0]:
        return there + rows
    merged = {row[0]: row for row in there}
    merged.update((row[0], row) for row in rows)
    return [merged[at_ms] for at_ms in sorted(merged)]


def _put(connection: sqlite3.Connection, point: int, block: Block) -> None:
    data = squeeze(encode(block))
    connection.execute(_PUT, (point, block.times[0], block.times[-1], len(block), data))
