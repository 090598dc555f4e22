"""The way to the database: its address, its connections, and transactions that end whole or not at all."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from monitor.ports import Permanent
from monitor.storage.journal.errors import translate

BUSY_S = 5.0
READERS = 4

# synchronous=FULL: a commit has reached the disk before it returns, power loss included (sqlite.org/pragma.html).
_SQLITE = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "busy_timeout": str(int(BUSY_S * 1000)),
    "journal_size_limit": str(64 * 1024 * 1024),
}
_POSTGRESQL = {"application_name": "watchroom", "synchronous_commit": "on"}


class Database:
    """One writing connection and a few reading ones, so that no reader ever keeps the record from being written."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine, file: Path | None) -> None:
        self.writer = writer
        self.reader = reader
        self.file = file
        """The SQLite file; None for a server."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.writer.dialect.name

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits at the end of the block, or leaves nothing. Raises Transient or Permanent."""
        try:
            async with self.writer.begin() as connection:
                yield connection
        except Exception as error:
            raise translate(error) from error

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A view of one moment (SQLite), never blocking the writer. Raises Transient or Permanent."""
        try:
            async with self.reader.connect() as connection:
                yield connection
        except Exception as error:
            raise translate(error) from error

    async def close(self) -> None:
        """Let go of every connection; idempotent."""
        await self.reader.dispose()
        await self.writer.dispose()


def connect(url: str, state: Path, *, username: str | None = None, password: str | None = None) -> Database:
    """Engines for `sqlite:FILE` (relative to `state`) or `postgresql://...`; nothing is opened yet.

    `username` and `password` are for a server and go before those of the URL.
    Raises Permanent for an address that can never work.
    """
    if url.startswith("sqlite:"):
        return _sqlite(sqlite_file(url, state))
    if url.startswith(("postgresql:", "postgres:")):
        return _postgresql(url, username, password)
    raise Permanent(
        f"journal: write sqlite:FILE or postgresql://USER@HOST/DATABASE, not {url.split(':')[0]}:..."
    )


def sqlite_file(url: str, state: Path) -> Path:
    """The file of `sqlite:FILE`. Raises Permanent when it names none."""
    name = url.removeprefix("sqlite:")
    if not name or name == ":memory:" or name.startswith("//"):
        raise Permanent(f"journal: {url!r} names no file; write sqlite:FILE, relative to the state directory")
    return state / name


def _sqlite(file: Path) -> Database:
    _make_private(file)
    url = URL.create("sqlite+aiosqlite", database=str(file))
    writer = create_async_engine(url, pool_size=1, max_overflow=0, connect_args={"timeout": BUSY_S})
    reader = create_async_engine(url, pool_size=READERS, max_overflow=0, connect_args={"timeout": BUSY_S})
    _prepare(writer, _SQLITE, "BEGIN IMMEDIATE")
    _prepare(reader, {**_SQLITE, "query_only": "ON"}, "BEGIN")
    return Database(writer, reader, file)


def _make_private(file: Path) -> None:
    """The file holds password hashes: nobody but our user reads it (the -wal and -shm files follow its mode)."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise Permanent(f"journal: cannot write {file}: {error.strerror}") from error


def _prepare(engine: AsyncEngine, pragmas: Mapping[str, str], begin: str) -> None:
    def connected(connection: Any, _: object) -> None:
        # Python's sqlite3 begins transactions at moments of its own; we say when (and schema changes roll back too).
        connection.isolation_level = None
        cursor = connection.cursor()
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name}={value}")
        cursor.close()

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "begin", begun)


def _postgresql(text: str, username: str | None, password: str | None) -> Database:
    try:
        url = make_url(text).set(drivername="postgresql+asyncpg")
    except (ArgumentError, ValueError) as error:
        raise Permanent("journal: this is no address of the form postgresql://USER@HOST/DATABASE") from error
    if not url.database:
        raise Permanent("journal: the address names no database; write postgresql://USER@HOST/DATABASE")
    if username is not None:
        url = url.set(username=username)
    if password is not None:
        url = url.set(password=password)
    if "sslmode" in url.query:  # libpq's word for what asyncpg calls ssl
        url = url.update_query_dict({"ssl": url.query["sslmode"]}).difference_update_query(["sslmode"])
    options: dict[str, Any] = {
        "pool_pre_ping": True,
        "pool_timeout": 10,
        "max_overflow": 0,
        "connect_args": {"timeout": 10, "command_timeout": 30, "server_settings": _POSTGRESQL},
    }
    writer = create_async_engine(url, pool_size=1, **options)
    reader = create_async_engine(url, pool_size=READERS, **options)
    return Database(writer, reader, None)
