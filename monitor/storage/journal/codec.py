"""Between domain values and rows. Column types do the words and values; here is what is nested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.domain.alarm import Alarm, AlarmEvent, Pending
from monitor.domain.audit import AuditRow
from monitor.domain.dutylog import LogEntry
from monitor.domain.inspection import CheckpointScan, Window
from monitor.domain.manual import Substitution
from monitor.domain.notification import InboundMessage, Notification
from monitor.domain.service import Service
from monitor.domain.suppression import NONE, Suppressions
from monitor.domain.workorder import Handover, WorkOrder
from monitor.storage.journal import tables

T = TypeVar("T")
Row = dict[str, Any]
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Entity(Generic[T]):
    """One kind of thing: its table, and the way to a row and back."""

    table: Table
    to_row: Callable[[T], Row]
    from_row: Callable[[Mapping[str, Any]], T]

    async def all(self, connection: AsyncConnection, where: Condition) -> tuple[T, ...]:
        """Every stored thing for which `where` holds, by key."""
        query = select(self.table).where(where).order_by(*self.table.primary_key)
        return tuple(self.from_row(dict(row)) for row in (await connection.execute(query)).mappings())


def _flat(table: Table, kind: type[T]) -> Entity[T]:
    """Every field is a column of the same name."""
    names = tuple(field.name for field in fields(kind))  # type: ignore[arg-type]

    def to_row(item: T) -> Row:
        return {name: getattr(item, name) for name in names}

    def from_row(row: Mapping[str, Any]) -> T:
        return kind(**row)

    return Entity(table, to_row, from_row)


_ALARM = tuple(f.name for f in fields(Alarm) if f.name not in ("pending", "suppressions"))
_SUPPRESSIONS = tuple(f.name for f in fields(Suppressions))


def _alarm_to_row(alarm: Alarm) -> Row:
    row = {name: getattr(alarm, name) for name in _ALARM}
    row |= {name: getattr(alarm.suppressions, name) for name in _SUPPRESSIONS}
    row["pending_to"] = alarm.pending.to if alarm.pending else None
    row["pending_due"] = alarm.pending.due if alarm.pending else None
    return row


def _alarm_from_row(row: Mapping[str, Any]) -> Alarm:
    suppressions = Suppressions(**{name: row[name] for name in _SUPPRESSIONS})
    pending = Pending(row["pending_to"], row["pending_due"]) if row["pending_to"] else None
    rest = {name: row[name] for name in _ALARM}
    return Alarm(**rest, pending=pending, suppressions=NONE if suppressions == NONE else suppressions)


EVENT = _flat(tables.events, AlarmEvent)
ALARM = Entity(tables.alarms, _alarm_to_row, _alarm_from_row)
NOTIFICATION = _flat(tables.notifications, Notification)
INBOUND = _flat(tables.inbound, InboundMessage)
WINDOW = _flat(tables.windows, Window)
SCAN = _flat(tables.scans, CheckpointScan)
ORDER = _flat(tables.orders, WorkOrder)
HANDOVER = _flat(tables.handovers, Handover)
LOG = _flat(tables.log, LogEntry)
SERVICE = _flat(tables.services, Service)
SUBSTITUTION = _flat(tables.substitutions, Substitution)
AUDIT = _flat(tables.audit, AuditRow)
