"""The record that must not be lost: what is committed together, and what is needed to go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from monitor.domain.alarm import Alarm, AlarmEvent
from monitor.domain.dutylog import LogEntry
from monitor.domain.inspection import CheckpointScan, Window
from monitor.domain.manual import Substitution
from monitor.domain.notification import InboundMessage, Notification
from monitor.domain.people import AuditEntry
from monitor.domain.service import Service
from monitor.domain.workorder import Handover, WorkOrder


@dataclass(frozen=True, slots=True)
class Change:
    """What is committed together or not at all."""

    events: tuple[AlarmEvent, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    """Whole rows; a later one of the same id replaces the earlier."""
    notifications: tuple[Notification, ...] = ()
    """Whole rows, replaced by id."""
    inbound: tuple[InboundMessage, ...] = ()
    windows: tuple[Window, ...] = ()
    scans: tuple[CheckpointScan, ...] = ()
    """A client_id that is stored already is left as it was."""
    orders: tuple[WorkOrder, ...] = ()
    handovers: tuple[Handover, ...] = ()
    log: tuple[LogEntry, ...] = ()
    services: tuple[Service, ...] = ()
    """Whole rows, replaced by id."""
    substitutions: tuple[Substitution, ...] = ()
    """Whole rows, replaced by id."""
    audit: tuple[AuditEntry, ...] = ()
    """Chained by hash in commit order."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """Small named facts, such as the clock anchor."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Everything that is needed to go on after a restart."""

    last_sequence: int = 0
    alarms: tuple[Alarm, ...] = ()
    """Every alarm that ever had an occurrence, is pending or is suppressed."""
    notifications: tuple[Notification, ...] = ()
    """Those not finished, and those SENT or DELIVERED in the last 3 days: receipts and replies may still come."""
    windows: tuple[Window, ...] = ()
    """Those OPEN, and the last decided one of each round."""
    orders: tuple[WorkOrder, ...] = ()
    """Those neither verified nor cancelled."""
    services: tuple[Service, ...] = ()
    """The newest word on each equipment."""
    substitutions: tuple[Substitution, ...] = ()
    """The newest word on each point that somebody has stated a value for."""
    marks: Mapping[str, str] = field(default_factory=dict)


class Journal(Protocol):
    """The record that must not be lost."""

    async def commit(self, changes: Sequence[Change]) -> None:
        """Make all changes durable in one transaction. Raises Transient (try again) or Permanent; nothing is half done."""
        ...

    async def load(self) -> Stored:
        """What stood when the last commit ended."""
        ...
