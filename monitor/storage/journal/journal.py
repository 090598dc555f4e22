"""The record that must not be lost: many changes in one transaction, durable when `commit` returns."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.domain.audit import AuditHead
from monitor.domain.inspection import Outcome
from monitor.domain.notification import Delivery
from monitor.ports import Change, Stored
from monitor.storage.journal import audit as chain
from monitor.storage.journal import backup, codec, migrate, tables
from monitor.storage.journal.audit import AuditReport
from monitor.storage.journal.batch import Batch
from monitor.storage.journal.database import Database, connect
from monitor.storage.journal.record import FINISHED_ORDERS, SqlRecord
from monitor.storage.journal.unbroken import unbroken

ANSWER_DAYS = 3
"""A message handed over longer ago gets no receipt and no reply any more."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A commit whose answer may have been lost: it is in the database exactly if its token is."""

    token: str
    changes: tuple[Change, ...]


class SqlJournal(SqlRecord):
    """`ports.Journal` and `ports.Record` on SQLite or PostgreSQL. One daemon writes; others may read and audit."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._attempt: _Attempt | None = None
        self._settled: tuple[Change, ...] = ()

    @classmethod
    async def open(
        cls, url: str, state: Path, *, username: str | None = None, password: str | None = None
    ) -> Self:
        """Open `sqlite:FILE` (relative to `state`) or `postgresql://...` and bring its tables up to date.

        `username` and `password` are for a server, whose URL needs none then.

        Raises Transient when the server cannot be reached now, and Permanent for a wrong address, a file that cannot
        be written, a damaged one, or one written by a newer program.
        """
        database = connect(url, state, username=username, password=password)
        try:
            await migrate.up_to_date(database)
        except BaseException:
            await database.close()
            raise
        return cls(database)

    async def commit(self, changes: Sequence[Change]) -> None:
        """Make all changes durable in one transaction. Raises Transient (try again) or Permanent; nothing is half done.

        After a Transient the same Change objects may be given again, alone or with others: one that was stored after
        all, its answer lost with the connection, is not stored twice.
        """
        if not changes:
            return
        attempt = _Attempt(secrets.token_hex(8), tuple(changes))
        try:
            await self._store(attempt)
        except asyncio.CancelledError:
            self._attempt = attempt  # it may be stored, but whoever gave it does not know
            raise

    @unbroken
    async def _store(self, attempt: _Attempt) -> None:
        async with self.database.write() as connection:
            await self._settle(connection)
            done = {id(change) for change in self._settled}
            batch = Batch.of([change for change in attempt.changes if id(change) not in done])
            self._attempt = attempt
            await batch.write(connection)
            await _sign(connection, attempt.token)
        self._attempt, self._settled = None, ()

    async def _settle(self, connection: AsyncConnection) -> None:
        """Learn what became of an attempt that failed. The lock waits for one that still runs on the server."""
        if self._attempt is None:
            return
        head = tables.heads.c
        found = await connection.execute(select(head.hash).where(head.name == "commit").with_for_update())
        if found.scalar_one() == self._attempt.token:
            self._settled = self._attempt.changes
        self._attempt = None

    @unbroken
    async def load(self) -> Stored:
        """What stood when the last commit ended."""
        async with self.database.read() as connection:
            return await _load(connection)

    @unbroken
    async def verify_audit(self, noted: AuditHead | None = None) -> AuditReport:
        """Check the chain of human actions; `noted` is the head of an earlier report, kept elsewhere."""
        async with self.database.read() as connection:
            return await chain.verify(connection, noted)

    @unbroken
    async def backup(self, target: Path) -> None:
        """Copy the journal to the new file `target` while it is being written (SQLite).

        Raises Permanent when `target` exists, when the copy is damaged, and on PostgreSQL, which has pg_dump.
        """
        await backup.backup(self.database, target)

    async def close(self) -> None:
        """Let go of files and connections; idempotent."""
        await self.database.close()


async def _sign(connection: AsyncConnection, token: str) -> None:
    head = tables.heads
    signed = update(head).where(head.c.name == "commit").values(number=head.c.number + 1, hash=token)
    await connection.execute(signed)


async def _load(connection: AsyncConnection) -> Stored:
    last = await connection.execute(select(func.max(tables.events.c.sequence)))
    marks = await connection.execute(select(tables.marks))
    return Stored(
        last_sequence=last.scalar_one() or 0,
        alarms=await codec.ALARM.all(connection, _alarm_matters()),
        notifications=await codec.NOTIFICATION.all(connection, _message_may_move()),
        windows=await codec.WINDOW.all(connection, _window_matters()),
        orders=await codec.ORDER.all(connection, tables.orders.c.state.not_in(FINISHED_ORDERS)),
        services=await codec.SERVICE.all(connection, true()),
        substitutions=await codec.SUBSTITUTION.all(connection, true()),
        marks={row.name: row.value for row in marks},
    )


def _alarm_matters() -> codec.Condition:
    alarm = tables.alarms.c
    return or_(
        alarm.occurrence > 0,
        alarm.pending_to.is_not(None),
        alarm.shelved_until.is_not(None),
        alarm.by_design,
        alarm.out_of_service_until.is_not(None),
    )


def _message_may_move() -> codec.Condition:
    """Unfinished, or handed over in the last days before the newest message: the journal itself has no clock."""
    message = tables.notifications.c
    unfinished = [state for state in Delivery if not state.finished]
    newest = select(func.max(message.sent_at)).scalar_subquery()
    recent = message.sent_at >= newest - ANSWER_DAYS * 86_400
    return or_(message.state.in_(unfinished), message.state.in_((Delivery.SENT, Delivery.DELIVERED)) & recent)


def _window_matters() -> codec.Condition:
    """Open, or the last decided one of its round."""
    window = tables.windows.c
    other = tables.windows.alias()
    last = (
        select(func.max(other.c.start))
        .where(other.c.round == window.round, other.c.outcome != Outcome.OPEN)
        .correlate(tables.windows)
        .scalar_subquery()
    )
    return or_(window.outcome == Outcome.OPEN, window.start == last)
