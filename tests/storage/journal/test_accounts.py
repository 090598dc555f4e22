"""Who gets in, who does not any more, and what of it is on record."""

import asyncio
import re
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from monitor.domain.people import Role
from monitor.ports import Transient
from monitor.storage.journal import Accounts, SqlJournal, UnknownToken, UnknownUser, UserExists
from monitor.storage.journal.database import Database
from tests.support.journals import URL, postgres_journal, sqlite_journal

PASSWORD = "correct horse 電池"
HOUR = 3600.0


class Wall:
    """A wall clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm with less work: tests hash often."""
    quick = Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(PasswordHash, "recommended", lambda: PasswordHash((quick,)))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlJournal]:
    """A journal of each kind."""
    if request.param == "postgresql":
        journal = await postgres_journal(request.getfixturevalue("postgres"), tmp_path)
    else:
        journal = await sqlite_journal(tmp_path)
    yield journal
    await journal.close()


@pytest.fixture
async def accounts(ledger: SqlJournal, wall: Wall) -> AsyncIterator[Accounts]:
    """Accounts with one operator, `wang`."""
    accounts = Accounts(ledger.database, wall, session_s=12 * HOUR)
    await accounts.create("wang", Role.OPERATOR, PASSWORD, actor="installer")
    yield accounts
    accounts.close()


async def actions(journal: SqlJournal) -> list[tuple[str, str, str, str]]:
    """The audit, oldest first."""
    rows = (await journal.audit()).items[::-1]
    return [(row.actor, row.action, row.subject, row.detail) for row in rows]


# People


async def test_a_new_journal_lets_nobody_in(journal: SqlJournal) -> None:
    accounts = Accounts(journal.database)
    assert await accounts.users() == ()
    assert await accounts.tokens() == ()
    for name in ("admin", "root", "watchroom", ""):
        assert await accounts.authenticate(name, name) is None
    accounts.close()


async def test_the_right_password_gets_in(accounts: Accounts) -> None:
    account = await accounts.authenticate("wang", PASSWORD)
    assert account is not None
    assert (account.name, account.role, account.disabled) == ("wang", Role.OPERATOR, False)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("wang", PASSWORD + " "),
        ("wang", ""),
        ("li", PASSWORD),
        ("", ""),
        ("wang\x00", PASSWORD),
        ("wang", "x" * 10_000),
    ],
)
async def test_anything_else_does_not(accounts: Accounts, name: str, password: str) -> None:
    assert await accounts.authenticate(name, password) is None


async def test_an_unknown_name_costs_the_same_work(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    verify = Argon2Hasher.verify

    def counting(self: Argon2Hasher, password: Any, hash: Any) -> bool:
        checked.append(str(hash).rsplit("$", 2)[0])
        return verify(self, password, hash)

    monkeypatch.setattr(Argon2Hasher, "verify", counting)
    await accounts.authenticate("wang", "wrong")
    await accounts.authenticate("nobody", "wrong")
    await accounts.disable("wang", "admin")
    await accounts.authenticate("wang", PASSWORD)
    assert len(checked) == 3
    assert len(set(checked)) == 1  # one algorithm, one set of parameters


async def test_a_name_is_one_name_however_it_is_written(accounts: Accounts) -> None:
    assert await accounts.authenticate("WANG", PASSWORD) is not None
    with pytest.raises(UserExists, match="wang"):
        await accounts.create("Ｗang", Role.ADMIN, PASSWORD, actor="li")
    assert (await accounts.create("王小明", Role.VIEWER, PASSWORD, actor="li")).name == "王小明"


@pytest.mark.parametrize("name", ["", " ", "a b", "a\n", "token:x", "-x", "x" * 65, "<b>", "a/b"])
async def test_an_unusable_name_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(ValueError, match="user name"):
        await accounts.create(name, Role.VIEWER, PASSWORD, actor="li")


@pytest.mark.parametrize("password", ["", "short", "123456789", "x" * 257])
async def test_an_unusable_password_is_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(ValueError, match="10 to 256"):
        await accounts.create("li", Role.VIEWER, password, actor="wang")
    with pytest.raises(ValueError, match="10 to 256"):
        await accounts.set_password("wang", password, actor="wang")
    assert await accounts.authenticate("wang", PASSWORD) is not None


async def test_another_password_replaces_the_old_one_and_ends_sessions(accounts: Accounts) -> None:
    opened = await accounts.sign_in("wang", PASSWORD)
    assert opened is not None
    await accounts.set_password("wang", "another password", actor="wang")
    assert await accounts.session(opened[0]) is None
    assert await accounts.authenticate("wang", PASSWORD) is None
    assert await accounts.authenticate("wang", "another password") is not None


async def test_a_disabled_user_is_out_at_once_and_may_come_back(accounts: Accounts) -> None:
    opened = await accounts.sign_in("wang", PASSWORD)
    assert opened is not None
    await accounts.disable("wang", actor="admin")
    assert await accounts.session(opened[0]) is None
    assert await accounts.sign_in("wang", PASSWORD) is None
    assert [account.disabled for account in await accounts.users()] == [True]
    await accounts.enable("wang", actor="admin")
    assert await accounts.session(opened[0]) is None
    assert await accounts.sign_in("wang", PASSWORD) is not None


async def test_role_and_language_count_from_the_next_request(accounts: Accounts) -> None:
    opened = await accounts.sign_in("wang", PASSWORD)
    assert opened is not None
    await accounts.set_role("wang", Role.ENGINEER, actor="admin")
    await accounts.set_language("wang", "zh-Hant")
    account = await accounts.session(opened[0])
    assert account is not None
    assert (account.role, account.language) == (Role.ENGINEER, "zh-Hant")


async def test_changes_of_somebody_unknown_are_refused(accounts: Accounts) -> None:
    with pytest.raises(UnknownUser, match="nobody"):
        await accounts.set_password("nobody", PASSWORD, actor="li")
    with pytest.raises(UnknownUser):
        await accounts.disable("nobody", actor="li")
    await accounts.set_language("nobody", "en")


async def test_a_hash_made_with_weaker_settings_is_renewed(
    journal: SqlJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = Accounts(journal.database)
    await weak.create("li", Role.VIEWER, PASSWORD, actor="x")
    strong = Argon2Hasher(time_cost=2, memory_cost=128, parallelism=1)
    monkeypatch.setattr(PasswordHash, "recommended", lambda: PasswordHash((strong,)))
    accounts = Accounts(journal.database)
    assert await accounts.sign_in("li", PASSWORD) is not None
    assert await accounts.authenticate("li", PASSWORD) is not None
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        [(stored,)] = connection.execute("SELECT password FROM users")
    assert stored.startswith("$argon2id$v=19$m=128,t=2,p=1$")
    weak.close()
    accounts.close()


async def test_at_most_two_passwords_are_checked_at_once(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, running, most = threading.Lock(), 0, 0
    loop_thread = threading.get_ident()
    pause = threading.Event()

    def slow(self: Argon2Hasher, password: Any, hash: Any) -> bool:
        nonlocal running, most
        assert threading.get_ident() != loop_thread
        with lock:
            running += 1
            most = max(most, running)
        pause.wait(0.01)
        with lock:
            running -= 1
        return True

    monkeypatch.setattr(Argon2Hasher, "verify", slow)
    await asyncio.gather(*(accounts.authenticate("wang", PASSWORD) for _ in range(8)))
    assert most == 2


# Sessions


async def test_a_session_lasts_its_time(accounts: Accounts, wall: Wall) -> None:
    opened = await accounts.sign_in("wang", PASSWORD)
    assert opened is not None
    secret, account = opened
    assert account.name == "wang"
    wall.now += 12 * HOUR - 1
    assert await accounts.session(secret) == account
    wall.now += 1
    assert await accounts.session(secret) is None


async def test_sessions_end_one_by_one_or_all_at_once(accounts: Accounts) -> None:
    opened = [await accounts.sign_in("wang", PASSWORD) for _ in range(3)]
    first, second, third = (session[0] for session in opened if session)
    await accounts.sign_out(first)
    await accounts.sign_out(first)
    await accounts.sign_out("strange")
    assert await accounts.session(first) is None
    assert await accounts.session(second) is not None
    await accounts.sign_out_everywhere("wang", actor="admin")
    assert await accounts.session(second) is None
    assert await accounts.session(third) is None


async def test_sessions_stand_after_a_restart_and_old_ones_are_swept(
    journal: SqlJournal, tmp_path: Path, wall: Wall
) -> None:
    accounts = Accounts(journal.database, wall)
    await accounts.create("wang", Role.OPERATOR, PASSWORD, actor="x")
    opened = await accounts.sign_in("wang", PASSWORD)
    assert opened is not None
    accounts.close()
    await journal.close()
    again = await SqlJournal.open(URL, tmp_path)
    accounts = Accounts(again.database, wall)
    assert await accounts.session(opened[0]) is not None
    wall.now += 13 * HOUR
    await accounts.sign_in("wang", PASSWORD)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
    accounts.close()
    await again.close()


# Tokens


async def test_a_token_gets_in_until_it_is_revoked(accounts: Accounts, wall: Wall) -> None:
    secret, token = await accounts.create_token("grafana", Role.VIEWER, actor="wang")
    assert re.fullmatch(r"wr_[\w-]{43}", secret)
    account = await accounts.token(secret)
    assert account is not None
    assert (account.name, account.role) == ("token:grafana", Role.VIEWER)
    await accounts.revoke_token(token.id, actor="wang")
    assert await accounts.token(secret) is None
    with pytest.raises(UnknownToken, match=token.id):
        await accounts.revoke_token(token.id, actor="wang")
    [kept] = await accounts.tokens()
    assert (kept.name, kept.revoked_at, kept.created_by) == ("grafana", wall.now, "wang")


async def test_a_token_ends_at_its_time(accounts: Accounts, wall: Wall) -> None:
    secret, _ = await accounts.create_token("visitor", Role.VIEWER, actor="wang", expires_at=wall.now + 60)
    assert await accounts.token(secret) is not None
    wall.now += 60
    assert await accounts.token(secret) is None


@pytest.mark.parametrize("secret", ["", "wr_", "wr_" + "A" * 43, "\ud800", "x" * 100_000])
async def test_a_strange_token_does_not_get_in(accounts: Accounts, secret: str) -> None:
    await accounts.create_token("grafana", Role.VIEWER, actor="wang")
    assert await accounts.token(secret) is None


async def test_the_last_use_is_kept_to_the_minute(accounts: Accounts, wall: Wall) -> None:
    secret, _ = await accounts.create_token("grafana", Role.VIEWER, actor="wang")
    used = []
    for _ in range(4):
        await accounts.token(secret)
        used.append((await accounts.tokens())[0].last_used_at)
        wall.now += 25
    start = wall.now - 100
    assert used == [start, start, start, start + 75]


async def test_a_journal_that_cannot_be_written_still_lets_programs_read(
    accounts: Accounts, ledger: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = await accounts.create_token("grafana", Role.VIEWER, actor="wang")

    def full(self: Database) -> Any:
        raise Transient("disk full")

    monkeypatch.setattr(Database, "write", full)
    assert await accounts.token(secret) is not None


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 65])
async def test_a_token_must_say_whose_it_is(accounts: Accounts, name: str) -> None:
    with pytest.raises(ValueError, match="token name"):
        await accounts.create_token(name, Role.VIEWER, actor="wang")


# The record


async def test_no_secret_is_stored(journal: SqlJournal, tmp_path: Path) -> None:
    accounts = Accounts(journal.database)
    await accounts.create("wang", Role.OPERATOR, PASSWORD, actor="x")
    opened = await accounts.sign_in("wang", PASSWORD)
    assert opened is not None
    token, _ = await accounts.create_token("grafana", Role.VIEWER, actor="wang")
    accounts.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"grafana" in stored
    for secret in (PASSWORD, opened[0], token, token.removeprefix("wr_")):
        assert secret.encode() not in stored


async def test_every_change_has_a_name_in_the_audit(accounts: Accounts, ledger: SqlJournal) -> None:
    await accounts.set_role("wang", Role.ENGINEER, actor="admin")
    await accounts.set_password("wang", "another password", actor="wang")
    opened = await accounts.sign_in("wang", "another password")
    assert opened is not None
    await accounts.sign_out(opened[0])
    await accounts.sign_out_everywhere("wang", actor="admin")
    await accounts.disable("wang", actor="admin")
    await accounts.enable("wang", actor="admin")
    _, token = await accounts.create_token("grafana", Role.VIEWER, actor="admin")
    await accounts.revoke_token(token.id, actor="admin")
    assert await actions(ledger) == [
        ("installer", "user.created", "wang", "role operator"),
        ("admin", "user.role", "wang", "role engineer"),
        ("wang", "user.password", "wang", ""),
        ("wang", "session.opened", "wang", ""),
        ("wang", "session.closed", "wang", ""),
        ("admin", "user.signed_out", "wang", ""),
        ("admin", "user.disabled", "wang", ""),
        ("admin", "user.enabled", "wang", ""),
        ("admin", "token.created", token.id, "grafana, role viewer"),
        ("admin", "token.revoked", token.id, ""),
    ]
    assert (await ledger.verify_audit()).ok


async def test_a_refused_change_leaves_no_entry(accounts: Accounts, ledger: SqlJournal) -> None:
    with pytest.raises(UserExists):
        await accounts.create("wang", Role.ADMIN, PASSWORD, actor="li")
    with pytest.raises(UnknownUser):
        await accounts.disable("nobody", actor="li")
    assert len(await actions(ledger)) == 1
