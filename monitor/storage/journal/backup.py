"""A copy of the journal while it is being written."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from monitor.ports import Permanent
from monitor.storage.journal.database import Database
from monitor.storage.journal.errors import translate


async def backup(database: Database, target: Path) -> None:
    """Copy to the new file `target`, which appears only whole and checked. Raises Transient or Permanent."""
    if database.file is None:
        raise Permanent("journal: a PostgreSQL journal is backed up by pg_dump, not by Watchroom")
    try:
        await asyncio.to_thread(_copy, database.file, target)
    except (OSError, sqlite3.Error) as error:
        raise translate(error) from error


def _copy(source: Path, target: Path) -> None:
    if target.exists():
        raise Permanent(f"journal: {target} exists already; a backup is never overwritten")
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(source)) as journal, closing(sqlite3.connect(part)) as copy:
            # All pages in one step: a view of one moment, and the writer does not wait for it.
            journal.backup(copy)
            # A single file that needs no -wal beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        fault = integrity_fault(part)
        if fault:
            raise Permanent(f"journal: the copy is damaged: {fault}")
        _sync(part)
        os.link(part, target)  # unlike a rename, never over a file that came meanwhile
    finally:
        part.unlink(missing_ok=True)
    _sync(target.parent)


def integrity_fault(file: Path) -> str | None:
    """What SQLite's own full check finds wrong with this file, None when it is sound."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        try:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            return str(error)
    return None if found == "ok" else str(found)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
