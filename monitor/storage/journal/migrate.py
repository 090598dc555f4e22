"""Bringing the tables up to date when the journal is opened."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text
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
        if await connection.run_sync(_stored) != newest():
            await connection.run_sync(upgrade)


def newest() -> str:
    """The revision that this program writes, by the names of its migrations: alembic is large, and hardly ever needed."""
    return max(path.name[1:5] for path in (MIGRATIONS / "versions").glob("v*.py"))


def _stored(connection: Connection) -> str | None:
    """The revision of the tables; None where there are none, or several, which alembic explains."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    stored = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    return stored[0] if len(stored) == 1 else None


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations that are missing, on this connection and in its transaction."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

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
