"""A commit whose answer is lost with the connection: given again, it is stored once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.ports import Transient
from monitor.storage.journal import SqlJournal
from tests.servers.postgres import Postgres
from tests.storage.journal.committer import EVENTS, a_change
from tests.support.journals import postgres_database, postgres_journal


def lose_the_next_answer(journal: SqlJournal, monkeypatch: pytest.MonkeyPatch, *, stored: bool) -> None:
    """The next transaction ends with Transient, after its commit or instead of it."""
    write = journal.database.write

    @asynccontextmanager
    async def losing() -> AsyncIterator[AsyncConnection]:
        monkeypatch.setattr(journal.database, "write", write)
        async with write() as connection:
            yield connection
            if not stored:
                raise Transient("the connection was lost")
        raise Transient("the connection was lost")

    monkeypatch.setattr(journal.database, "write", losing)


@pytest.mark.parametrize("stored", [True, False])
async def test_a_change_given_again_is_stored_once(
    journal: SqlJournal, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    first, second = a_change(1), a_change(1 + EVENTS)
    lose_the_next_answer(journal, monkeypatch, stored=stored)
    with pytest.raises(Transient):
        await journal.commit([first])
    await journal.commit([first, second])
    await journal.commit([a_change(1 + 2 * EVENTS)])
    assert len((await journal.events()).items) == 3 * EVENTS
    assert (await journal.verify_audit()).rows == 3


@pytest.mark.parametrize("then_stored", [True, False])
async def test_answers_lost_twice_are_no_different(
    journal: SqlJournal, monkeypatch: pytest.MonkeyPatch, then_stored: bool
) -> None:
    first, second = a_change(1), a_change(1 + EVENTS)
    lose_the_next_answer(journal, monkeypatch, stored=True)
    with pytest.raises(Transient):
        await journal.commit([first])
    lose_the_next_answer(journal, monkeypatch, stored=then_stored)
    with pytest.raises(Transient):
        await journal.commit([first, second])
    await journal.commit([first, second])
    assert len((await journal.events()).items) == 2 * EVENTS
    assert (await journal.verify_audit()).rows == 2


@pytest.mark.real
async def test_a_server_that_goes_and_comes_back_loses_nothing(tmp_path: Path) -> None:
    with await asyncio.to_thread(Postgres) as server:
        journal = await postgres_journal(server, tmp_path)
        await journal.commit([a_change(1)])
        for again, end in enumerate((server.stop, server.kill), start=1):
            await asyncio.to_thread(end)
            change = a_change(1 + again * EVENTS)
            with pytest.raises(Transient):
                await journal.commit([change])
            with pytest.raises(Transient):
                await journal.events()
            await asyncio.to_thread(server.start)
            await journal.commit([change])
        assert len((await journal.events()).items) == 3 * EVENTS
        assert (await journal.verify_audit()).rows == 3
        await journal.close()


@pytest.mark.real
async def test_connections_cut_at_any_moment_leave_each_event_once(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = await postgres_database(postgres)
    name = url.rsplit("/", 1)[1]
    journal = await SqlJournal.open(url, tmp_path)
    cuts = 0
    done = asyncio.Event()

    async def cut() -> None:
        nonlocal cuts
        cutting = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'"
        while not done.is_set():
            cuts += int(await asyncio.to_thread(postgres.sql, cutting))

    task = asyncio.create_task(cut())
    changes = 30
    for number in range(changes):
        change = a_change(1 + number * EVENTS)
        while True:
            with suppress(Transient):
                await journal.commit([change])
                break
    done.set()
    await task
    assert cuts > 3
    assert len((await journal.events(limit=1000)).items) == changes * EVENTS
    report = await journal.verify_audit()
    assert (report.ok, report.rows) == (True, changes)
    await journal.close()


async def test_a_commit_that_was_cancelled_anywhere_can_be_given_again(journal: SqlJournal) -> None:
    steps = 60
    for step in range(steps):
        change = a_change(1 + step * EVENTS)
        task = asyncio.create_task(journal.commit([change]))
        for _ in range(step):
            await asyncio.sleep(0.0001)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        if task.cancelled():
            await journal.commit([change])
    assert len((await journal.events(limit=1000)).items) == steps * EVENTS
    report = await journal.verify_audit()
    assert (report.ok, report.rows) == (True, steps)


async def test_reading_that_was_cancelled_anywhere_uses_up_no_connection(journal: SqlJournal) -> None:
    await journal.commit([a_change(1)])
    for step in range(40):
        task = asyncio.create_task(journal.events())
        for _ in range(step):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert len((await journal.events()).items) == EVENTS
