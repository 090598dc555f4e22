"""Many changes as few statements: one per table, each row written once, in an order that holds together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self, TypeVar

from sqlalchemy import Table, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Insert

from monitor.domain.people import AuditEntry
from monitor.ports import Change, Permanent
from monitor.storage.journal import audit, codec, tables
from monitor.storage.journal.codec import Entity, Row

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of several changes, together or not at all."""

    events: list[Row]
    replaced: list[tuple[Table, list[Row]]]
    kept: list[tuple[Table, list[Row]]]
    audit: list[AuditEntry]

    @classmethod
    def of(cls, changes: Sequence[Change]) -> Self:
        """The changes in order; of several rows with one id the last stands."""
        marks = {name: text for change in changes for name, text in change.marks.items()}
        return cls(
            events=[codec.EVENT.to_row(event) for change in changes for event in change.events],
            replaced=[
                _last(codec.ALARM, (item for change in changes for item in change.alarms)),
                _last(codec.NOTIFICATION, (item for change in changes for item in change.notifications)),
                _last(codec.INBOUND, (item for change in changes for item in change.inbound)),
                _last(codec.WINDOW, (item for change in changes for item in change.windows)),
                _last(codec.ORDER, (item for change in changes for item in change.orders)),
                _last(codec.SERVICE, (item for change in changes for item in change.services)),
                _last(codec.SUBSTITUTION, (item for change in changes for item in change.substitutions)),
                (tables.marks, [{"name": name, "value": text} for name, text in marks.items()]),
            ],
            kept=[
                (tables.scans, [codec.SCAN.to_row(item) for change in changes for item in change.scans]),
                (
                    tables.handovers,
                    [codec.HANDOVER.to_row(item) for change in changes for item in change.handovers],
                ),
                (tables.log, [codec.LOG.to_row(item) for change in changes for item in change.log]),
            ],
            audit=[entry for change in changes for entry in change.audit],
        )

    async def write(self, connection: AsyncConnection) -> None:
        """Write everything within the caller's transaction."""
        dialect = connection.dialect.name
        if self.events:
            await _append_events(connection, self.events)
        for table, rows in self.replaced:
            if rows:
                await connection.execute(_replace(table, dialect), rows)
        for table, rows in self.kept:
            if rows:
                await connection.execute(_keep(table, dialect), rows)
        await audit.append(connection, self.audit)


async def _append_events(connection: AsyncConnection, rows: list[Row]) -> None:
    try:
        await connection.execute(insert(tables.events), rows)
    except IntegrityError as error:
        numbers = f"{rows[0]['sequence']} to {rows[-1]['sequence']}"
        raise Permanent(
            f"journal: of the event numbers {numbers} one is taken: does another Watchroom write here? ({error.orig})"
        ) from error


def _last(entity: Entity[T], items: Iterable[T]) -> tuple[Table, list[Row]]:
    rows = {row["id"]: row for row in map(entity.to_row, items)}
    return entity.table, list(rows.values())


@cache
def _replace(table: Table, dialect: str) -> Insert:
    """Insert, or replace the row with this key."""
    statement = _insert(table, dialect)
    others = {c.name: statement.excluded[c.name] for c in table.columns if not c.primary_key}
    made: Insert = statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=others)
    return made


@cache
def _keep(table: Table, dialect: str) -> Insert:
    """Insert, or leave the row with this key as it is."""
    made: Insert = _insert(table, dialect).on_conflict_do_nothing(index_elements=list(table.primary_key))
    return made


def _insert(table: Table, dialect: str) -> Any:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # large, and most sites have none

        return postgresql.insert(table)
    return sqlite.insert(table)
