"""Opening the file: new, ours, of an older program, or none of ours."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from monitor.ports import Permanent
from monitor.storage.history_sqlite.legacy import from_rows
from monitor.storage.history_sqlite.schema import APPLICATION, PAGE, TABLES, VERSION, trouble

CHECKPOINT = 2_000
"""Pages (16 MB) in the write-ahead log before they go into the file: a page that changed often goes there once."""


def connect(path: Path, *, writes: bool) -> sqlite3.Connection:
    """Open the file, making its tables if it is new. Raises Permanent for a file that is not ours or too new."""
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute("PRAGMA journal_mode = WAL")
        # The spool forgets what was written here, so it must have reached the disk: one sync a batch.
        connection.execute("PRAGMA synchronous = FULL")
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
    if tables and application != APPLICATION:
        raise Permanent(f"{path} is not a Watchroom history")
    if version > VERSION:
        raise Permanent(
            f"{path} was written by a newer Watchroom (version {version}, this one knows {VERSION})"
        )
    if not tables:
        for statement in TABLES:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
    elif version == 1:
        from_rows(connection)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
