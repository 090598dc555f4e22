"""Rollups: made anew, in the same transaction, wherever blocks of samples changed, the narrow ones first.

They speak of what stands in blocks; what is still in the tail is added by whoever reads.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace

from monitor.storage.history_sqlite.block import Block
from monitor.storage.history_sqlite.schema import SPANS, WIDTHS
from monitor.storage.history_sqlite.summaries import pack_runs, unpack_runs
from monitor.storage.runs import Run

_PUT = "INSERT OR REPLACE INTO rollup (point, width, start, runs) VALUES (?, ?, ?, ?)"
_ONE = "SELECT runs FROM rollup WHERE point = ? AND width = ? AND start = ?"


def load(connection: sqlite3.Connection, point: int, level: int, at_ms: int) -> list[Run]:
    """The runs of one width that stand in the same row as `at_ms`."""
    span = SPANS[level]
    row = connection.execute(_ONE, (point, WIDTHS[level], at_ms // span * span)).fetchone()
    return unpack_runs(row[0]) if row else []


def rebuild(
    connection: sqlite3.Connection, point: int, block: Block, start: int, end: int, hold: int
) -> None:
    """Make anew what holds the samples [start, end) of a block: whole minutes of one hour, everything of them in it."""
    first_ms, last_ms = block.times[start], block.times[end - 1]
    parts: Sequence[Run] = _minutes(block, start, end, hold)
    for level in range(len(WIDTHS)):
        if level:
            width = WIDTHS[level]
            parts = _joined(
                [run for run in parts if first_ms // width <= run.first_ms // width <= last_ms // width],
                width,
                hold,
            )
        parts = _replace(connection, point, level, parts)


def summed_up(connection: sqlite3.Connection, point: int, at_ms: int, raw: bool) -> bool:
    """True when a rollup stands over this time whose parts are gone: it could not be made anew with one more sample.

    `raw` tells whether samples are kept of that hour.
    """
    parts: list[Run] | None = None
    for level, width in enumerate(WIDTHS):
        runs = load(connection, point, level, at_ms)
        stands = _touches(runs, at_ms, width)
        if stands and not (raw if parts is None else _touches(parts, at_ms, width)):
            return True
        parts = runs
    return False


def _touches(runs: Iterable[Run], at_ms: int, width: int) -> bool:
    return any(run.first_ms // width == at_ms // width for run in runs)


def put(connection: sqlite3.Connection, point: int, level: int, runs: Sequence[Run]) -> None:
    """Store runs that stand in one row."""
    span = SPANS[level]
    connection.execute(_PUT, (point, WIDTHS[level], runs[0].first_ms // span * span, pack_runs(runs)))


def _minutes(block: Block, start: int, end: int, hold: int) -> list[Run]:
    """A run for each minute that has samples."""
    width, times = WIDTHS[0], block.times
    runs = []
    while start < end:
        following = bisect_left(times, (times[start] // width + 1) * width, start, end)
        runs.append(block.run(start, following, hold))
        start = following
    return runs


def _joined(parts: Iterable[Run], width: int, hold: int) -> list[Run]:
    """Runs of this width from those of the next narrower one."""
    runs: list[Run] = []
    for part in parts:
        if runs and runs[-1].first_ms // width == part.first_ms // width:
            runs[-1].join(part, hold)
        else:
            runs.append(replace(part))
    return runs


def _replace(connection: sqlite3.Connection, point: int, level: int, fresh: Sequence[Run]) -> Sequence[Run]:
    """Put runs in the place of those of the same time; returns all that stand in that row now."""
    width = WIDTHS[level]
    first, last = fresh[0].first_ms // width, fresh[-1].first_ms // width
    stored = load(connection, point, level, fresh[0].first_ms)
    runs = [
        *(run for run in stored if run.first_ms // width < first),
        *fresh,
        *(run for run in stored if run.first_ms // width > last),
    ]
    put(connection, point, level, runs)
    return runs
