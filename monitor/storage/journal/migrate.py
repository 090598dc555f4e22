"""Bringing the tables up to date when the journal is opened."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection

from monitor.ports import Permanent
from monitor.storage.journal.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"

# Any number: two programs that open one database at once migrate it one after the other.
_LOCK = 0x57415443


async def up_to_date(database: Database) -> None:
    """Create or upgrade the tables, in one transaction. Raises Permanent for a database of a newer program."""
    async with database.write() as connection:
        if database.dialect == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await _refuse_unsafe(await connection.scalar(text("SHOW fsync")))
        await connection.run_sync(upgrade)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations that are missing, on this connection and in its transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    for stored in MigrationContext.configure(connection).get_current_heads():
        if stored not in known:
            raise Permanent(
                f"journal: it was written by a newer Watchroom (its tables are at {stored}, this program knows up to "
                f"{scripts.get_current_head()}). Install that version again, or restore a backup made before it."
            )
    command.upgrade(config, revision)


async def _refuse_unsafe(fsync: str | None) -> None:
    if fsync == "off":
        raise Permanent(
            "journal: this PostgreSQL runs with fsync=off, so a power cut would lose accepted alarms"
        )
