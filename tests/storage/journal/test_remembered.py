"""A database that is away keeps nobody out who was in, and lets nobody in who was not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from monitor.domain.people import Role
from monitor.ports import Transient
from monitor.storage.journal import Accounts
from monitor.storage.journal.account import Account
from monitor.storage.journal.remembered import AWAY, MOST, Entry, Remembered
from tests.servers.postgres import Postgres
from tests.support.journals import postgres_journal

LEE = Account("lee", Role.OPERATOR)


class Database:
    """Answers as it is told, and counts how often it was asked."""

    def __init__(self) -> None:
        self.answer: Entry | None = Entry(LEE, 2000.0)
        self.away = False
        self.asked = 0
        self.wall = 1000.0
        self.steady = 0.0
        self.remembered = Remembered(lambda: self.wall, lambda: self.steady)

    async def look(self) -> Entry | None:
        self.asked += 1
        if self.away:
            raise Transient("connection refused")
        return self.answer

    async def account(self, look: Callable[[], Awaitable[Entry | None]] | None = None) -> Account | None:
        return await self.remembered.account("hash", look or self.look)


async def test_somebody_known_stays_known_while_it_is_away_until_the_end_of_the_session() -> None:
    database = Database()
    assert await database.account() == LEE
    database.away = True
    assert await database.account() == LEE
    database.wall = 2000.0
    with pytest.raises(Transient):
        await database.account()


async def test_a_stranger_stays_out() -> None:
    database = Database()
    database.away = True
    with pytest.raises(Transient):
        await database.account()


async def test_who_was_put_out_is_forgotten() -> None:
    database = Database()
    await database.account()
    database.answer = None
    assert await database.account() is None
    database.away = True
    with pytest.raises(Transient):
        await database.account()


async def test_it_is_not_asked_for_every_request_while_it_is_away() -> None:
    database = Database()
    await database.account()
    database.away = True
    for _ in range(10):
        await database.account()
    assert database.asked == 2
    database.steady += AWAY
    database.away, database.answer = False, None
    assert await database.account() is None, "back, it has the last word"


async def test_one_that_gives_no_answer_is_waited_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.storage.journal.remembered.PATIENCE", 0.01)
    database, answers = Database(), asyncio.Event()
    await database.account()

    async def silent() -> Entry | None:
        await answers.wait()
        raise Transient("timed out")

    assert await database.account(silent) == LEE
    answers.set()
    await asyncio.sleep(0)


async def test_what_is_remembered_is_bounded() -> None:
    database = Database()
    for i in range(MOST + 5):
        await database.remembered.account(f"h{i}", database.look)
    database.away = True
    assert await database.remembered.account("h10", database.look) == LEE
    with pytest.raises(Transient):
        await database.remembered.account("h4", database.look)


@pytest.fixture
async def accounts(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Accounts]:
    journal = await postgres_journal(postgres, tmp_path)
    accounts = Accounts(journal.database)
    yield accounts
    accounts.close()
    await journal.close()


@pytest.mark.real
async def test_sessions_and_tokens_outlast_a_real_server(accounts: Accounts, postgres: Postgres) -> None:
    await accounts.create("lee", Role.OPERATOR, "correct horse 電池", "test")
    signed_in = await accounts.sign_in("lee", "correct horse 電池")
    assert signed_in is not None
    secret = signed_in[0]
    token, _ = await accounts.create_token("plc", Role.VIEWER, "test")
    assert (await accounts.session(secret), (await accounts.token(token) or LEE).name) == (
        signed_in[1],
        "token:plc",
    )
    await asyncio.to_thread(postgres.stop)
    try:
        assert await accounts.session(secret) == signed_in[1]
        assert (await accounts.token(token) or LEE).name == "token:plc"
        with pytest.raises(Transient):
            await accounts.session("guess")
    finally:
        await asyncio.to_thread(postgres.start)
    await accounts.sign_out(secret)
    await asyncio.sleep(AWAY)
    assert await accounts.session(secret) is None
