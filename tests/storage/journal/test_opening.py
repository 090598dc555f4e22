"""Opening a journal: addresses, damaged files, older and newer programs."""

import os
import sqlite3
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table

from monitor.domain.alarm import Alarm, AlarmEvent
from monitor.domain.dutylog import LogEntry
from monitor.domain.inspection import CheckpointScan, Window
from monitor.domain.manual import Substitution
from monitor.domain.notification import InboundMessage, Notification
from monitor.domain.people import AuditEntry
from monitor.domain.service import Service
from monitor.domain.suppression import Suppressions
from monitor.domain.workorder import Handover, WorkOrder
from monitor.ports import Permanent, Transient
from monitor.settings.site import JournalSettings, Secret
from monitor.storage.journal import SqlJournal, open_journal, tables
from monitor.storage.journal.database import connect
from monitor.storage.journal.migrate import MIGRATIONS, newest
from tests.servers.ports import free_port
from tests.servers.postgres import Postgres
from tests.storage.journal.committer import a_change
from tests.support.journals import URL


@pytest.mark.parametrize(
    "url",
    [
        "",
        "journal.db",
        "sqlite:",
        "sqlite::memory:",
        "sqlite:///journal.db",
        "mysql://u:secret@host/db",
        "postgresql://u:secret@host",
        "postgresql://u:secret@host:port/db",
    ],
)
async def test_an_address_that_cannot_work_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(Permanent) as refused:
        await SqlJournal.open(url, tmp_path)
    assert "secret" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


async def test_the_file_lies_in_the_state_directory(tmp_path: Path) -> None:
    journal = await SqlJournal.open("sqlite:deep/journal.db", tmp_path / "state")
    await journal.close()
    assert [path.name for path in (tmp_path / "state/deep").iterdir()] == ["journal.db"]


async def test_an_absolute_file_is_taken_as_it_is(tmp_path: Path) -> None:
    journal = await SqlJournal.open(f"sqlite:{tmp_path}/elsewhere.db", tmp_path / "state")
    await journal.close()
    assert (tmp_path / "elsewhere.db").exists()


async def test_a_directory_that_cannot_be_is_permanent(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Permanent, match="cannot write"):
        await SqlJournal.open("sqlite:file/journal.db", tmp_path)


async def test_a_file_that_is_no_database_is_permanent(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"not a database, but somebody's letter" * 100)
    with pytest.raises(Permanent, match="not a database"):
        await SqlJournal.open(URL, tmp_path)


async def test_a_damaged_file_is_permanent(tmp_path: Path) -> None:
    journal = await SqlJournal.open(URL, tmp_path)
    for first in range(1, 1000, 5):
        await journal.commit([a_change(first)])
    await journal.close()
    file = tmp_path / "journal.db"
    content = bytearray(file.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(Permanent, match=r"malformed|schema|corrupt"):
        await (await SqlJournal.open(URL, tmp_path)).load()


async def test_a_strange_word_in_a_row_is_permanent_and_named(journal: SqlJournal, tmp_path: Path) -> None:
    await journal.commit([a_change(1)])
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.execute("UPDATE alarms SET priority = 'enormous'")
        connection.commit()
    with pytest.raises(Permanent, match="enormous"):
        await journal.load()


# Migrations


def difference(connection: Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection), tables.metadata))


async def test_migrations_make_the_tables_of_the_program(journal: SqlJournal) -> None:
    async with journal.database.read() as connection:
        assert await connection.run_sync(difference) == []


@pytest.mark.real
async def test_migrations_make_the_tables_of_the_program_on_postgresql(
    postgres: Postgres, tmp_path: Path
) -> None:
    journal = await SqlJournal.open(postgres.database(), tmp_path)
    async with journal.database.read() as connection:
        assert await connection.run_sync(difference) == []
    await journal.close()


async def test_a_difference_would_be_seen(journal: SqlJournal) -> None:
    async with journal.database.write() as connection:
        await connection.exec_driver_sql("ALTER TABLE events DROP COLUMN note")
        assert len(await connection.run_sync(difference)) == 1


async def test_opening_again_changes_nothing_and_prints_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    schemas = set()
    for _ in range(2):
        await (await SqlJournal.open(URL, tmp_path)).close()
        with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
            schemas.add(tuple(connection.execute("SELECT sql FROM sqlite_schema ORDER BY name")))
    assert len(schemas) == 1
    assert capfd.readouterr() == ("", "")


async def test_a_journal_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    await (await SqlJournal.open(URL, tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = (tmp_path / "journal.db").read_bytes()
    with pytest.raises(
        Permanent, match=r"newer Watchroom \(its tables are at 9999, this program knows up to \d{4}\)"
    ):
        await SqlJournal.open(URL, tmp_path)
    assert (tmp_path / "journal.db").read_bytes() == before


async def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.execute("CREATE TABLE marks (id INTEGER)")
    with pytest.raises(Permanent, match="marks already exists"):
        await SqlJournal.open(URL, tmp_path)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("marks",)]


def names(*kinds: type) -> set[str]:
    return {field.name for kind in kinds for field in fields(kind)}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (tables.events, names(AlarmEvent)),
        (
            tables.alarms,
            (names(Alarm, Suppressions) - {"pending", "suppressions"}) | {"pending_to", "pending_due"},
        ),
        (tables.notifications, names(Notification)),
        (tables.inbound, names(InboundMessage)),
        (tables.windows, names(Window)),
        (tables.scans, names(CheckpointScan)),
        (tables.orders, names(WorkOrder)),
        (tables.handovers, names(Handover)),
        (tables.log, names(LogEntry)),
        (tables.services, names(Service)),
        (tables.substitutions, names(Substitution)),
        (tables.audit, names(AuditEntry) | {"number", "previous", "hash"}),
    ],
    ids=lambda value: value.name if isinstance(value, Table) else "",
)
def test_every_field_has_its_column(table: Table, expected: set[str]) -> None:
    assert set(table.columns.keys()) == expected


# Servers


async def test_a_server_that_is_not_there_is_transient(tmp_path: Path) -> None:
    with pytest.raises(Transient, match="journal"):
        await SqlJournal.open(f"postgresql://watchroom@127.0.0.1:{free_port()}/journal", tmp_path)


@pytest.mark.real
async def test_a_database_that_is_not_there_is_permanent(postgres: Postgres, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="does not exist"):
        await SqlJournal.open(f"postgresql://watchroom@127.0.0.1:{postgres.port}/nowhere", tmp_path)


async def test_words_of_libpq_are_understood(tmp_path: Path) -> None:
    database = connect("postgresql://watchroom@db.example/journal?sslmode=require", tmp_path)
    assert dict(database.writer.url.query) == {"ssl": "require"}
    await database.close()


async def test_username_and_password_stand_beside_the_address(tmp_path: Path) -> None:
    database = connect("postgresql://db.example/journal", tmp_path, username="room", password="p@ss:/word")
    for engine in (database.writer, database.reader):
        assert (engine.url.username, engine.url.password, engine.url.host) == (
            "room",
            "p@ss:/word",
            "db.example",
        )
    assert "p@ss" not in repr(database.writer)
    await database.close()


@pytest.mark.real
async def test_a_server_that_asks_for_a_password_is_entered_with_it(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.guarded("room", "p@ss:/word")
    journal = await open_journal(JournalSettings(url, "room", Secret("p@ss:/word")), tmp_path)
    await journal.commit([a_change(1)])
    await journal.close()
    for wrong in (JournalSettings(url, "room", Secret("guess")), JournalSettings(url, "room")):
        with pytest.raises(Permanent, match="password"):
            await open_journal(wrong, tmp_path)


async def test_what_must_be_there_already_is_not_made(tmp_path: Path) -> None:
    settings = JournalSettings(URL)
    with pytest.raises(Permanent, match="there is no journal here"):
        await open_journal(settings, tmp_path / "state", existing=True)
    assert not (tmp_path / "state").exists()
    await (await open_journal(settings, tmp_path / "state")).close()
    await (await open_journal(settings, tmp_path / "state", existing=True)).close()


def test_the_newest_revision_is_told_by_names_as_alembic_tells_it() -> None:
    assert newest() == ScriptDirectory(str(MIGRATIONS)).get_current_head()
