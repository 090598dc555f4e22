"""What was accepted is there after `kill -9`, and a full disk leaves nothing half done."""

import asyncio
import resource
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from monitor.ports import Change, Permanent, Transient
from monitor.storage.journal import SqlJournal
from monitor.storage.journal.backup import integrity_fault
from tests.contracts.journal import an_event
from tests.storage.journal.committer import EVENTS, a_change
from tests.support.journals import URL

KILLS = 10


async def pragma(journal: SqlJournal, name: str) -> Any:
    async with journal.database.write() as connection:
        return await connection.scalar(text(f"PRAGMA {name}"))


async def test_every_commit_is_synced_to_the_disk(journal: SqlJournal) -> None:
    assert await pragma(journal, "journal_mode") == "wal"
    assert await pragma(journal, "synchronous") == 2  # FULL
    assert await pragma(journal, "foreign_keys") == 1
    assert await pragma(journal, "busy_timeout") == 5000


async def test_readers_cannot_write(journal: SqlJournal) -> None:
    with pytest.raises(Permanent, match="readonly"):
        async with journal.database.read() as connection:
            await connection.execute(text("DELETE FROM events"))


async def test_the_file_is_nobody_elses(tmp_path: Path) -> None:
    journal = await SqlJournal.open(URL, tmp_path)
    await journal.commit([a_change(1)])
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    await journal.close()
    assert modes == {"journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}


def killed_after(state: Path, first: int, commits: int) -> list[int]:
    """Let a child commit, kill it in the middle of whatever it does, and give back what it said was durable."""
    command = [sys.executable, "-m", "tests.storage.journal.committer", str(state), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as child:
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(commits)]
        child.send_signal(signal.SIGKILL)
        told += [int(line) for line in child.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    return told


@pytest.mark.slow
async def test_what_was_accepted_survives_kill_9(tmp_path: Path) -> None:
    first = 1
    for kill in range(KILLS):
        told = await asyncio.to_thread(killed_after, tmp_path, first, commits=1 + kill)
        journal = await SqlJournal.open(URL, tmp_path)
        try:
            stored = await journal.load()
            assert stored.last_sequence >= told[-1] + EVENTS - 1
            # Whole changes only: the last one is there with everything that was committed beside it.
            last = stored.last_sequence - EVENTS + 1
            assert stored.marks == {"last": str(last)}
            assert [alarm.occurrence for alarm in stored.alarms] == [last]
            assert (await journal.notifications(limit=1000)).items[0].event <= last
            assert (await journal.verify_audit()).ok
        finally:
            await journal.close()
        assert integrity_fault(tmp_path / "journal.db") is None
        first = stored.last_sequence + 1
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        least, most, count = connection.execute(
            "SELECT min(sequence), max(sequence), count(*) FROM events"
        ).fetchone()
        messages, actions = connection.execute(
            "SELECT (SELECT count(*) FROM notifications), (SELECT count(*) FROM audit)"
        ).fetchone()
    assert (least, most) == (1, count)
    assert messages == actions == count // EVENTS


async def test_a_full_disk_leaves_nothing_half_done_and_passes(journal: SqlJournal) -> None:
    await journal.commit([a_change(1)])
    pages = await pragma(journal, "page_count")

    def full(connection: Any, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 4}")

    await journal.database.writer.dispose()
    event.listen(journal.database.writer.sync_engine, "connect", full)
    before = await journal.load()
    much = Change(events=tuple(an_event(n, note="x" * 500) for n in range(6, 206)), marks={"last": "much"})
    with pytest.raises(Transient, match="full"):
        await journal.commit([a_change(900), much])
    assert await journal.load() == before
    assert (await journal.verify_audit()).rows == 1
    assert (await journal.events(limit=1000)).next is None

    # Somebody makes room: the same batch goes in.
    event.remove(journal.database.writer.sync_engine, "connect", full)
    await journal.database.writer.dispose()
    await journal.commit([a_change(900), much])
    assert len((await journal.events(limit=1000)).items) == 2 * EVENTS + 200


async def _commit_until_the_file_may_not_grow(state: Path) -> None:
    """In a child: the system itself refuses to write beyond a limit."""
    journal = await SqlJournal.open(URL, state)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
    first = 1
    try:
        while True:
            await journal.commit([a_change(first)])
            first += EVENTS
    except Transient as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        refused = await journal.load()
        await journal.commit([a_change(first)])
        again = await journal.load()
        print(first, refused.last_sequence, again.last_sequence, type(error).__name__)
    await journal.close()


@pytest.mark.slow
async def test_a_refusal_of_the_system_to_write_passes_too(tmp_path: Path) -> None:
    code = (
        "import asyncio, pathlib, sys; from tests.storage.journal import test_durability as t;"
        "asyncio.run(t._commit_until_the_file_may_not_grow(pathlib.Path(sys.argv[1])))"
    )
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, refused, again, kind = done.stdout.split()
    assert kind == "Transient"
    assert int(first) > EVENTS
    assert int(refused) == int(first) - 1
    assert int(again) == int(first) + EVENTS - 1
    assert integrity_fault(tmp_path / "journal.db") is None


async def test_a_commit_waits_for_another_programs_and_gives_up_in_time(
    journal: SqlJournal, tmp_path: Path
) -> None:
    await pragma(journal, "busy_timeout=50")
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Transient, match="locked"):
            await journal.commit([a_change(1)])
        other.execute("ROLLBACK")
    await journal.commit([a_change(1)])
    assert (await journal.load()).last_sequence == EVENTS


async def test_reading_goes_on_while_another_program_writes(journal: SqlJournal, tmp_path: Path) -> None:
    await journal.commit([a_change(1)])
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert len((await journal.events()).items) == EVENTS


async def test_an_event_number_that_is_taken_is_not_overwritten(journal: SqlJournal) -> None:
    await journal.commit([Change(events=(an_event(1),))])
    with pytest.raises(Permanent, match="event numbers 1 to 2 one is taken"):
        await journal.commit([Change(events=(an_event(1, note="other"), an_event(2)), marks={"x": "1"})])
    stored = await journal.load()
    assert (stored.last_sequence, stored.marks) == (1, {})


async def test_text_that_no_database_takes_stops_nothing(journal: SqlJournal) -> None:
    await journal.commit([Change(events=(an_event(1, note="a\x00b\ud800c", value="\udfff泵"),))])
    [stored] = (await journal.events()).items
    assert (stored.note, stored.value) == ("a\ufffdb\ufffdc", "\ufffd泵")
