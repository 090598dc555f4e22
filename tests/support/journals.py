"""New journals with their tables in place. Migrating an empty one takes most of a test's time, so that one is migrated
and the others are copies of it; that an empty one is migrated is tested in tests/storage/journal/test_opening.py.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from monitor.storage.journal import SqlJournal
from tests.servers.postgres import Postgres

URL = "sqlite:journal.db"

_pattern: list[bytes] = []


async def sqlite_journal(directory: Path) -> SqlJournal:
    """A new journal at `URL`, in `directory`; one that is there already is opened."""
    file = directory / "journal.db"
    if not file.exists():
        if not _pattern:
            _pattern.append(await _migrated())
        directory.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_pattern[0])
    return await SqlJournal.open(URL, directory)


async def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        journal = await SqlJournal.open(URL, Path(name))
        await journal.close()
        return (Path(name) / "journal.db").read_bytes()


async def postgres_journal(server: Postgres, directory: Path) -> SqlJournal:
    """A new journal in a database of its own on `server`."""
    return await SqlJournal.open(await postgres_database(server), directory)


async def postgres_database(server: Postgres) -> str:
    """The URL of a new database with a journal's tables."""
    if server.pattern is None:
        url = server.database()
        journal = await SqlJournal.open(url, Path())
        await journal.close()
        server.pattern = url.rpartition("/")[2]
    return server.database(server.pattern)
