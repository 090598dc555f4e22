"""The file: its tables, how it is opened, and how values stand in it."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path

from monitor.domain.point import Value
from monitor.ports import Permanent, Transient

APPLICATION = 0x57524831  # "WRH1"
VERSION = 1
WIDTHS = (60_000, 900_000, 86_400_000)
"""Widths (ms) of the rollups, each a multiple of the one before."""

_TABLES = """
CREATE TABLE point (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
-- No type on `value`: SQLite then stores whole numbers, fractions and text each as they came.
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
"""

CHECKPOINT = 4_000
"""Pages (16 MB) in the write-ahead log before they go into the file: a page that changed often goes there once."""
PLAIN, TRUTH, HUGE = 0, 1, 2
"""How to read a stored value: as it stands, as true or false, as a whole number too big for SQLite."""


def connect(path: Path, *, writes: bool) -> sqlite3.Connection:
    """Open the file, making its tables if it is new. Raises Permanent for a file that is not ours or too new."""
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -32000")
        if writes:
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")
            _prepare(connection, path)
        else:
            connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise trouble(error, path) from error
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    application, version = (
        connection.execute(f"PRAGMA {p}").fetchone()[0] for p in ("application_id", "user_version")
    )
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not tables:
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    elif application != APPLICATION:
        raise Permanent(f"{path} is not a Watchroom history")
    elif version > VERSION:
        raise Permanent(
            f"{path} was written by a newer Watchroom (version {version}, this one knows {VERSION})"
        )
    connection.execute("COMMIT")


def trouble(error: sqlite3.Error, path: Path) -> Transient | Permanent:
    """A full disk or a lock passes; a damaged file does not."""
    text = f"history {path.name}: {error}"
    damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
    return Permanent(text) if damaged else Transient(text)


class Unstorable(ValueError):
    """This value can never be stored."""


def store(value: Value | None) -> tuple[float | int | str | None, int]:
    """Column value and form. Raises Unstorable."""
    if value is None:
        return None, PLAIN
    if isinstance(value, bool):
        return int(value), TRUTH
    if isinstance(value, int):
        return (value, PLAIN) if -(2**63) <= value < 2**63 else (str(value), HUGE)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unstorable(f"{value} is not a finite number")
        return value, PLAIN
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unstorable("text that is not valid Unicode") from None
    return value, PLAIN


def load(value: float | int | str | None, form: int) -> Value | None:
    """The value as it was given to `store`."""
    if form == TRUTH:
        return bool(value)
    if form == HUGE and value is not None:
        return int(value)
    return value
