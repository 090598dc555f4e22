"""A backup is a whole journal, made while the original is being written."""

import asyncio
from pathlib import Path

import pytest

from monitor.ports import Permanent
from monitor.storage.journal import SqlJournal
from monitor.storage.journal.backup import integrity_fault
from tests.servers.postgres import Postgres
from tests.storage.journal.committer import EVENTS, a_change
from tests.support.journals import postgres_journal


async def test_a_backup_under_load_is_a_whole_journal(journal: SqlJournal, tmp_path: Path) -> None:
    target = tmp_path / "copies" / "journal.db"
    target.parent.mkdir()
    done = asyncio.Event()
    before = 0

    async def load() -> None:
        nonlocal before
        while not done.is_set():
            await journal.commit([a_change(1 + before * EVENTS)])
            before += 1

    writing = asyncio.create_task(load())
    while before < 10:
        await asyncio.sleep(0.001)
    least = before
    await journal.backup(target)
    done.set()
    await writing

    assert [path.name for path in target.parent.iterdir()] == ["journal.db"]
    assert target.stat().st_mode & 0o777 == 0o600
    copy = await SqlJournal.open("sqlite:journal.db", target.parent)
    stored = await copy.load()
    assert least * EVENTS <= stored.last_sequence <= before * EVENTS
    assert stored.marks == {"last": str(stored.last_sequence - EVENTS + 1)}
    assert (await copy.verify_audit()).ok
    await copy.close()


async def test_a_backup_overwrites_nothing(journal: SqlJournal, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    with pytest.raises(Permanent, match="never overwritten"):
        await journal.backup(target)
    assert target.read_text() == "precious"


def test_a_damaged_file_is_found(tmp_path: Path) -> None:
    file = tmp_path / "damaged.db"
    file.write_bytes(b"SQLite format 3\0" + b"\0" * 5000)
    assert integrity_fault(file) is not None


@pytest.mark.real
async def test_a_server_has_its_own_way(postgres: Postgres, tmp_path: Path) -> None:
    journal = await postgres_journal(postgres, tmp_path)
    with pytest.raises(Permanent, match="pg_dump"):
        await journal.backup(tmp_path / "copy")
    await journal.close()
