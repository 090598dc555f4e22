"""The contract of tests/contracts/journal.py, kept by every journal."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from monitor.storage.journal import SqlJournal
from tests.contracts.journal import Bench, JournalAndRecord, JournalContract
from tests.servers.postgres import Postgres
from tests.support.fake_journal import FakeJournal
from tests.support.journals import URL, postgres_database, sqlite_journal


class TestSqlite(JournalContract):
    """The default: a file."""

    @pytest.fixture
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async for bench in sql_bench(URL, await sqlite_journal(tmp_path), tmp_path):
            yield bench


@pytest.mark.real
class TestPostgres(JournalContract):
    """A server."""

    @pytest.fixture
    async def bench(self, postgres: Postgres, tmp_path: Path) -> AsyncIterator[Bench]:
        url = await postgres_database(postgres)
        async for bench in sql_bench(url, await SqlJournal.open(url, tmp_path), tmp_path):
            yield bench


class TestFake(JournalContract):
    """What other tests use instead."""

    @pytest.fixture
    async def bench(self) -> Bench:
        journal = FakeJournal()

        async def reopen() -> JournalAndRecord:
            return journal

        return Bench(journal, reopen)


async def sql_bench(url: str, journal: SqlJournal, state: Path) -> AsyncIterator[Bench]:
    """A bench over one database, closed afterwards."""
    opened = [journal]

    async def reopen() -> JournalAndRecord:
        await opened[-1].close()
        opened.append(await SqlJournal.open(url, state))
        return opened[-1]

    again: Callable[[], Awaitable[JournalAndRecord]] = reopen
    yield Bench(opened[0], again)
    await opened[-1].close()
