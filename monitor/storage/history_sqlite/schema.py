"""The file: its tables, and what may stand in them."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path

from monitor.domain.point import Value
from monitor.ports import Permanent, Transient

APPLICATION = 0x57524831  # "WRH1"
VERSION = 2
"""1 had a row for each sample and each rollup: see `legacy`."""
HOUR = 3_600_000
"""A block of samples holds at most an hour (ms), beginning at a whole one."""
WIDTHS = (60_000, 900_000, 86_400_000)
"""Widths (ms) of the rollups, each a multiple of the one before."""
SPANS = (HOUR, 86_400_000, 64 * 86_400_000)
"""What one row of `rollup` spans (ms), for each of the widths."""

TABLES = (
    "CREATE TABLE point (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    # What came last, a row for each batch; `oldest` and `newest` are times (ms) in it.
    """CREATE TABLE tail (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, oldest INTEGER NOT NULL, newest INTEGER NOT NULL,
        count INTEGER NOT NULL, batch BLOB NOT NULL)""",
    # Blocks of one point never overlap.
    """CREATE TABLE block (
        point INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (point, first)) WITHOUT ROWID""",
    """CREATE TABLE rollup (
        point INTEGER NOT NULL, width INTEGER NOT NULL, start INTEGER NOT NULL, runs BLOB NOT NULL,
        PRIMARY KEY (point, width, start)) WITHOUT ROWID""",
)
PAGE = 8_192
"""Bytes: of a block up to a quarter of a page stands in the tree itself, and an hour at 10 s fits in that."""
_FARTHEST_MS = 2**53
"""Times beyond are nonsense that no reader could show."""


def trouble(error: sqlite3.Error, path: Path) -> Transient | Permanent:
    """A full disk or a lock passes; a damaged file does not."""
    text = f"history {path.name}: {error}"
    damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
    return Permanent(text) if damaged else Transient(text)


def unstorable(at_ms: int, value: Value | None, quality: int) -> str | None:
    """Why a sample can never be stored; None when it can."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is not a finite number"
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return "text that is not valid Unicode"
    if abs(at_ms) > _FARTHEST_MS:
        return f"{at_ms} ms is not a time"
    return None if 0 <= quality <= 255 else f"{quality} is not a quality code"
