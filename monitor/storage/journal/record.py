"""Reading the journal in pages. A page goes on after a key, so rows that arrive meanwhile shift nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, and_, or_, select, tuple_

from monitor.domain.alarm import AlarmEvent
from monitor.domain.audit import GENESIS, AuditHead, AuditRow
from monitor.domain.dutylog import LogEntry
from monitor.domain.inspection import CheckpointScan, Window
from monitor.domain.notification import InboundMessage, Notification
from monitor.domain.workorder import Handover, OrderState, WorkOrder
from monitor.ports import Page
from monitor.storage.journal import codec, cursor, standing, tables
from monitor.storage.journal.codec import Condition, Entity
from monitor.storage.journal.database import Database
from monitor.storage.journal.unbroken import unbroken

T = TypeVar("T")

LONGEST_WAY = 3 * 86_400.0
"""Seconds from planning a message to the last receipt that is still looked for."""
_AT_ONCE = 100
"""Occurrences in one question."""
FINISHED_ORDERS = (OrderState.VERIFIED, OrderState.CANCELLED)


class SqlRecord:
    """`ports.Record` over the tables. Times POSIX seconds; a strange cursor or limit raises ValueError."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def events(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        alarm: str | None = None,
        equipment: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
        oldest_first: bool = False,
    ) -> Page[AlarmEvent]:
        """Alarm events with `start` <= at < `end`, in the order of the journal (its sequence)."""
        table = tables.events.c
        where = _within(table.at, start, end)
        if alarm is not None:
            where.append(table.alarm == alarm)
        if equipment is not None:
            where.append(table.equipment == equipment)
        name = "events+" if oldest_first else "events"
        return await self._page(name, codec.EVENT, (table.sequence,), where, limit, cursor, oldest_first)

    @unbroken
    async def standing(self, at: float) -> Sequence[AlarmEvent]:
        """Of every alarm that was not NORM at `at`: its events since it last was, up to and with `at`, oldest first.

        The table of alarms knows them all, so that each costs a look along its own index and never the whole journal.
        """
        query = standing.query(at)
        async with self.database.read() as connection:
            rows = [dict(row) for row in (await connection.execute(query)).mappings()]
        return tuple(codec.EVENT.from_row(row) for row in rows)

    async def notifications(
        self,
        *,
        alarm: str | None = None,
        occurrence: int | None = None,
        start: float | None = None,
        end: float | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[Notification]:
        """Messages by the time they were planned; `start` and `end` choose those planned, sent or delivered within."""
        table = tables.notifications.c
        where: list[Condition] = []
        if start is not None:
            moved = (table.created_at >= start, table.sent_at >= start, table.delivered_at >= start)
            where += [table.created_at >= start - LONGEST_WAY, or_(*moved)]
        if end is not None:
            where.append(table.created_at < end)
        if alarm is not None:
            where.append(table.alarm == alarm)
        if occurrence is not None:
            where.append(table.occurrence == occurrence)
        key = (table.created_at, table.id)
        return await self._page("notifications", codec.NOTIFICATION, key, where, limit, cursor)

    @unbroken
    async def told(self, occurrences: Sequence[tuple[str, int]]) -> Sequence[Notification]:
        """Every message about these occurrences (alarm, number), oldest first."""
        table = tables.notifications
        found: list[Notification] = []
        async with self.database.read() as connection:
            for start in range(0, len(occurrences), _AT_ONCE):
                wanted = [
                    and_(table.c.alarm == alarm, table.c.occurrence == occurrence)
                    for alarm, occurrence in occurrences[start : start + _AT_ONCE]
                ]
                rows = (await connection.execute(select(table).where(or_(*wanted)))).mappings()
                found += [codec.NOTIFICATION.from_row(dict(row)) for row in rows]
        return sorted(found, key=lambda message: (message.created_at, message.id))

    async def inbound(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[InboundMessage]:
        """What phones sent to us in [start, end)."""
        table = tables.inbound.c
        where = _within(table.at, start, end)
        return await self._page("inbound", codec.INBOUND, (table.at, table.id), where, limit, cursor)

    async def windows(
        self,
        start: float,
        end: float,
        *,
        round: str | None = None,
        limit: int = 500,
        cursor: str | None = None,
    ) -> Page[Window]:
        """Windows that touch [start, end), oldest first."""
        table = tables.windows.c
        where: list[Condition] = [table.start < end, table.end > start]
        if round is not None:
            where.append(table.round == round)
        return await self._page("windows", codec.WINDOW, (table.start, table.id), where, limit, cursor, True)

    async def scans(
        self,
        start: float,
        end: float,
        *,
        checkpoint: str | None = None,
        limit: int = 500,
        cursor: str | None = None,
    ) -> Page[CheckpointScan]:
        """Scans made in [start, end)."""
        table = tables.scans.c
        where: list[Condition] = [table.at >= start, table.at < end]
        if checkpoint is not None:
            where.append(table.checkpoint == checkpoint)
        return await self._page("scans", codec.SCAN, (table.at, table.client_id), where, limit, cursor)

    @unbroken
    async def scan(self, client_id: str) -> CheckpointScan | None:
        """The scan a phone knows by this id, if it is stored."""
        query = select(tables.scans).where(tables.scans.c.client_id == client_id)
        async with self.database.read() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else codec.SCAN.from_row(dict(row))

    async def orders(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        open_only: bool = False,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[WorkOrder]:
        """Work orders; `open_only` leaves out the verified and the cancelled, `start` those verified before it."""
        table = tables.orders.c
        where: list[Condition] = [table.state.not_in(FINISHED_ORDERS)] if open_only else []
        if start is not None:
            where.append(or_(table.verified_at.is_(None), table.verified_at >= start))
        if end is not None:
            where.append(table.created_at < end)
        return await self._page("orders", codec.ORDER, (table.created_at, table.id), where, limit, cursor)

    async def handovers(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[Handover]:
        """What one shift told the next in [start, end)."""
        table = tables.handovers.c
        where = _within(table.at, start, end)
        return await self._page("handovers", codec.HANDOVER, (table.at, table.id), where, limit, cursor)

    async def log(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        equipment: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[LogEntry]:
        """The duty log's entries in [start, end)."""
        table = tables.log.c
        where = _within(table.at, start, end)
        if equipment is not None:
            where.append(table.equipment == equipment)
        return await self._page("log", codec.LOG, (table.at, table.id), where, limit, cursor)

    async def audit(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[AuditRow]:
        """Human actions in [start, end)."""
        table = tables.audit.c
        where = _within(table.at, start, end)
        return await self._page("audit", codec.AUDIT, (table.number,), where, limit, cursor)

    @unbroken
    async def audit_head(self) -> AuditHead:
        """The end of the chain of human actions."""
        query = select(tables.heads).where(tables.heads.c.name == "audit")
        async with self.database.read() as connection:
            found = (await connection.execute(query)).one_or_none()
        return AuditHead(found.number, found.hash) if found else AuditHead(0, GENESIS)

    @unbroken
    async def _page(
        self,
        name: str,
        entity: Entity[T],
        key: Sequence[Column[Any]],
        where: Sequence[Condition],
        limit: int,
        after: str | None,
        ascending: bool = False,
    ) -> Page[T]:
        """One page ordered by `key`, which must be unique; one row more is read to know whether there is a next."""
        if limit < 1:
            raise ValueError(f"limit {limit}: at least 1")
        query = select(entity.table).where(*where).limit(limit + 1)
        query = query.order_by(*(column.asc() if ascending else column.desc() for column in key))
        if after is not None:
            parts = cursor.decode(name, after, [column.type.python_type for column in key])
            last = tuple_(*parts, types=[column.type for column in key])
            query = query.where(tuple_(*key) > last if ascending else tuple_(*key) < last)
        async with self.database.read() as connection:
            rows = [dict(row) for row in (await connection.execute(query)).mappings()]
        follows = len(rows) > limit
        rows = rows[:limit]
        more = cursor.encode(name, [rows[-1][column.name] for column in key]) if follows else None
        return Page(tuple(entity.from_row(row) for row in rows), more)


def _within(column: Column[float], start: float | None, end: float | None) -> list[Condition]:
    """Times in [start, end), either of which may be open."""
    where: list[Condition] = []
    if start is not None:
        where.append(column >= start)
    if end is not None:
        where.append(column < end)
    return where
