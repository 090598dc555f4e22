"""A journal in memory, held to the same contract as the real ones, that can be told to fail."""

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from monitor.domain.alarm import Alarm, AlarmEvent, AlarmState
from monitor.domain.audit import GENESIS, AuditHead, AuditRow, digest
from monitor.domain.dutylog import LogEntry
from monitor.domain.inspection import CheckpointScan, Outcome, Window
from monitor.domain.manual import Substitution
from monitor.domain.notification import Delivery, InboundMessage, Notification
from monitor.domain.people import AuditEntry
from monitor.domain.service import Service
from monitor.domain.workorder import Handover, OrderState, WorkOrder
from monitor.ports import Change, Page, Permanent, Stored

T = TypeVar("T")

ANSWER_S = 3 * 86_400.0


class FakeJournal:
    """`ports.Journal` and `ports.Record`. `commits` holds each accepted batch; set `failure` to have commits raise it."""

    def __init__(self) -> None:
        self.commits: list[tuple[Change, ...]] = []
        self.failure: Exception | None = None
        self.audit_entries: list[AuditEntry] = []
        self._events: dict[int, AlarmEvent] = {}
        self._alarms: dict[str, Alarm] = {}
        self._notifications: dict[str, Notification] = {}
        self._inbound: dict[str, InboundMessage] = {}
        self._windows: dict[str, Window] = {}
        self._scans: dict[str, CheckpointScan] = {}
        self._orders: dict[str, WorkOrder] = {}
        self._handovers: dict[str, Handover] = {}
        self._log: dict[str, LogEntry] = {}
        self._services: dict[str, Service] = {}
        self._substitutions: dict[str, Substitution] = {}
        self._marks: dict[str, str] = {}

    # Journal

    async def commit(self, changes: Sequence[Change]) -> None:
        """Keep all changes, or raise `failure` and keep none."""
        if self.failure is not None:
            raise self.failure
        numbers = [event.sequence for change in changes for event in change.events]
        if len(set(numbers)) < len(numbers) or not self._events.keys().isdisjoint(numbers):
            raise Permanent("an event number is taken")
        for change in changes:
            self._keep(change)
        self.commits.append(tuple(changes))

    async def load(self) -> Stored:
        """What stood when the last commit ended."""
        return Stored(
            last_sequence=max(self._events, default=0),
            alarms=tuple(filter(_alarm_matters, _by_id(self._alarms))),
            notifications=tuple(filter(self._message_may_move, _by_id(self._notifications))),
            windows=tuple(filter(self._window_matters, _by_id(self._windows))),
            orders=tuple(filter(_is_open, _by_id(self._orders))),
            services=tuple(_by_id(self._services)),
            substitutions=tuple(_by_id(self._substitutions)),
            marks=dict(self._marks),
        )

    # Record

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
        chosen = (
            event
            for event in self._events.values()
            if (start is None or event.at >= start)
            and (end is None or event.at < end)
            and alarm in (None, event.alarm)
            and equipment in (None, event.equipment)
        )
        name = "events+" if oldest_first else "events"
        return _page(name, chosen, lambda event: [event.sequence], limit, cursor, oldest_first)

    async def standing(self, at: float) -> Sequence[AlarmEvent]:
        found: dict[str, list[AlarmEvent]] = {}
        for _, event in sorted(self._events.items()):
            if event.at <= at and event.alarm in self._alarms:
                since = found.setdefault(event.alarm, [])
                since.append(event)
                if event.after is AlarmState.NORM:
                    since.clear()
        return sorted((e for since in found.values() for e in since[-500:]), key=lambda event: event.sequence)

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
        chosen = (
            message
            for message in self._notifications.values()
            if alarm in (None, message.alarm)
            and occurrence in (None, message.occurrence)
            and (end is None or message.created_at < end)
            and (start is None or _moved_since(message, start))
        )
        return _page("notifications", chosen, lambda message: [message.created_at, message.id], limit, cursor)

    async def told(self, occurrences: Sequence[tuple[str, int]]) -> Sequence[Notification]:
        chosen = [m for m in self._notifications.values() if (m.alarm, m.occurrence) in occurrences]
        return sorted(chosen, key=lambda message: (message.created_at, message.id))

    async def inbound(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[InboundMessage]:
        chosen = (message for message in self._inbound.values() if _within(message.at, start, end))
        return _page("inbound", chosen, lambda message: [message.at, message.id], limit, cursor)

    async def windows(
        self,
        start: float,
        end: float,
        *,
        round: str | None = None,
        limit: int = 500,
        cursor: str | None = None,
    ) -> Page[Window]:
        chosen = (
            window
            for window in self._windows.values()
            if window.start < end and window.end > start and round in (None, window.round)
        )
        return _page("windows", chosen, lambda window: [window.start, window.id], limit, cursor, True)

    async def scans(
        self,
        start: float,
        end: float,
        *,
        checkpoint: str | None = None,
        limit: int = 500,
        cursor: str | None = None,
    ) -> Page[CheckpointScan]:
        chosen = (
            scan
            for scan in self._scans.values()
            if start <= scan.at < end and checkpoint in (None, scan.checkpoint)
        )
        return _page("scans", chosen, lambda scan: [scan.at, scan.client_id], limit, cursor)

    async def scan(self, client_id: str) -> CheckpointScan | None:
        return self._scans.get(client_id)

    async def orders(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        open_only: bool = False,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[WorkOrder]:
        chosen = (
            order
            for order in self._orders.values()
            if (_is_open(order) or not open_only)
            and (end is None or order.created_at < end)
            and (start is None or _lives_at(order, start))
        )
        return _page("orders", chosen, lambda order: [order.created_at, order.id], limit, cursor)

    async def handovers(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[Handover]:
        chosen = (item for item in self._handovers.values() if _within(item.at, start, end))
        return _page("handovers", chosen, lambda item: [item.at, item.id], limit, cursor)

    async def log(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        equipment: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[LogEntry]:
        chosen = (
            entry
            for entry in self._log.values()
            if (start is None or entry.at >= start)
            and (end is None or entry.at < end)
            and equipment in (None, entry.equipment)
        )
        return _page("log", chosen, lambda item: [item.at, item.id], limit, cursor)

    async def audit(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[AuditRow]:
        chosen = (row for row in self._chain() if _within(row.at, start, end))
        return _page("audit", chosen, lambda row: [row.number], limit, cursor)

    async def audit_head(self) -> AuditHead:
        rows = self._chain()
        return AuditHead(rows[-1].number, rows[-1].hash) if rows else AuditHead(0, GENESIS)

    def _chain(self) -> list[AuditRow]:
        rows: list[AuditRow] = []
        for number, entry in enumerate(self.audit_entries, 1):
            before = rows[-1].hash if rows else GENESIS
            own = digest(number, entry, before)
            what = (entry.actor, entry.action, entry.subject, entry.detail)
            rows.append(AuditRow(number, entry.at, *what, before, own))
        return rows

    def _keep(self, change: Change) -> None:
        self._events |= {event.sequence: event for event in change.events}
        self._alarms |= {alarm.id: alarm for alarm in change.alarms}
        self._notifications |= {message.id: message for message in change.notifications}
        self._inbound |= {message.id: message for message in change.inbound}
        self._windows |= {window.id: window for window in change.windows}
        self._orders |= {order.id: order for order in change.orders}
        for scan in change.scans:
            self._scans.setdefault(scan.client_id, scan)
        for handover in change.handovers:
            self._handovers.setdefault(handover.id, handover)
        for entry in change.log:
            self._log.setdefault(entry.id, entry)
        self._services |= {service.id: service for service in change.services}
        self._substitutions |= {one.id: one for one in change.substitutions}
        self.audit_entries.extend(change.audit)
        self._marks |= change.marks

    def _message_may_move(self, message: Notification) -> bool:
        newest = max((other.sent_at or 0.0 for other in self._notifications.values()), default=0.0)
        recent = message.sent_at is not None and message.sent_at >= newest - ANSWER_S
        handed_over = message.state in (Delivery.SENT, Delivery.DELIVERED)
        return not message.state.finished or (handed_over and recent)

    def _window_matters(self, window: Window) -> bool:
        decided = [
            other.start
            for other in self._windows.values()
            if other.round == window.round and other.outcome is not Outcome.OPEN
        ]
        return window.outcome is Outcome.OPEN or window.start == max(decided)


def _alarm_matters(alarm: Alarm) -> bool:
    return bool(alarm.occurrence or alarm.pending or alarm.suppressions.any)


def _within(at: float, start: float | None, end: float | None) -> bool:
    return (start is None or at >= start) and (end is None or at < end)


def _moved_since(message: Notification, start: float) -> bool:
    moved = (message.created_at, message.sent_at, message.delivered_at)
    recent = message.created_at >= start - ANSWER_S
    return recent and any(at is not None and at >= start for at in moved)


def _lives_at(order: WorkOrder, start: float) -> bool:
    ended = order.verified_at is not None and order.verified_at < start
    return not ended


def _is_open(order: WorkOrder) -> bool:
    return order.state not in (OrderState.VERIFIED, OrderState.CANCELLED)


def _by_id(rows: dict[str, T]) -> list[T]:
    return [rows[id_] for id_ in sorted(rows)]


def _page(
    name: str,
    items: Iterable[T],
    key: Callable[[T], list[Any]],
    limit: int,
    cursor: str | None,
    ascending: bool = False,
) -> Page[T]:
    if limit < 1:
        raise ValueError(f"limit {limit}: at least 1")
    ordered = sorted(items, key=key, reverse=not ascending)
    if cursor is not None:
        last = _key(name, cursor)
        ordered = [item for item in ordered if (key(item) > last if ascending else key(item) < last)]
    shown = tuple(ordered[:limit])
    if len(ordered) <= limit:
        return Page(shown)
    return Page(shown, base64.urlsafe_b64encode(json.dumps([name, *key(shown[-1])]).encode()).decode())


def _key(name: str, cursor: str) -> list[Any]:
    try:
        found, *key = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError) as error:
        raise ValueError("a strange cursor") from error
    if found != name:
        raise ValueError("a cursor of another list")
    if name.startswith("events") and not (isinstance(key[0], int) and key[0] < 2**63):
        raise ValueError("a strange cursor")
    return list(key)
