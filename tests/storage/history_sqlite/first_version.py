"""A file as the first version wrote it: a row for each sample, a row for each rollup. Nothing else makes it any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from monitor.domain.history import Sample
from monitor.domain.point import Value
from monitor.storage.runs import HOLD_MS, Run

WIDTHS = (60_000, 900_000, 86_400_000)
TABLES = """
CREATE TABLE point (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE sample (
    point INTEGER NOT NULL, ts INTEGER NOT NULL, value, form INTEGER NOT NULL, quality INTEGER NOT NULL,
    PRIMARY KEY (point, ts)
) WITHOUT ROWID;
CREATE TABLE rollup (
    point INTEGER NOT NULL, width INTEGER NOT NULL, start INTEGER NOT NULL,
    first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, count INTEGER NOT NULL, minimum REAL, maximum REAL,
    area REAL NOT NULL, weighed_ms INTEGER NOT NULL, recorded_ms INTEGER NOT NULL, good_ms INTEGER NOT NULL,
    last, form INTEGER NOT NULL, quality INTEGER NOT NULL,
    PRIMARY KEY (point, width, start)
) WITHOUT ROWID;
PRAGMA application_id = 1465010225;
PRAGMA user_version = 1;
"""


def write_first_version(path: Path, samples: Sequence[Sample], raw_from_ms: int) -> None:
    """All rollups but the open ones, and the raw samples from `raw_from_ms` (a whole minute) on."""
    file = sqlite3.connect(path)
    file.execute("PRAGMA journal_mode = WAL")
    file.executescript(TABLES)
    ordered = sorted(samples, key=lambda s: (s.point, s.at_ms))
    for number, (name, group) in enumerate(groupby(ordered, lambda s: s.point), 1):
        mine = list(group)
        file.execute("INSERT INTO point VALUES (?, ?)", (number, name))
        for width in WIDTHS:
            runs = [_run(part) for _, part in groupby(mine, lambda s, w=width: s.at_ms // w)]
            file.executemany(
                f"INSERT INTO rollup VALUES ({', '.join('?' * 15)})",
                [_rollup(number, width, run) for run in runs[:-1]],
            )
        file.executemany(
            "INSERT INTO sample VALUES (?, ?, ?, ?, ?)",
            [(number, s.at_ms, *_stored(s.value), s.quality) for s in mine if s.at_ms >= raw_from_ms],
        )
    file.commit()
    file.close()


def _run(samples: Iterable[Sample]) -> Run:
    first, *rest = samples
    run = Run.of(first.at_ms, first.value, first.quality)
    for s in rest:
        run.add(s.at_ms, s.value, s.quality, HOLD_MS)
    return run


def _rollup(number: int, width: int, run: Run) -> tuple[object, ...]:
    return (
        number, width, run.first_ms // width * width, run.first_ms, run.last_ms, run.count, run.minimum, run.maximum,
        run.area, run.weighed_ms, run.recorded_ms, run.good_ms, *_stored(run.last), run.quality,
    )  # fmt: skip


def _stored(value: Value | None) -> tuple[float | int | str | None, int]:
    if isinstance(value, bool):
        return int(value), 1
    if isinstance(value, int) and abs(value) >= 2**63:
        return str(value), 2
    return value, 0
