"""Work orders with the response clock of the service grade, and what one shift tells the next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sized
from dataclasses import replace
from typing import Protocol
from uuid import uuid4

from monitor.domain.instant import Instant
from monitor.domain.localtime import local_date
from monitor.domain.people import AuditEntry
from monitor.domain.point import Value
from monitor.domain.rules import Verdict
from monitor.domain.workorder import Handover, OrderRefusal, OrderState, WorkOrder, move, overdue
from monitor.engine.round_rules import OVERDUE
from monitor.ports import Change, Clock


class Writer(Protocol):
    """What is asked of the journal writer."""

    def submit(self, change: Change, *, urgent: bool = False) -> asyncio.Future[None]: ...

    async def settled(self, done: asyncio.Future[None]) -> None: ...


class Incidents(Protocol):
    """What is asked of alarming."""

    def trip(
        self, rule: str, now: Instant, value: Value | None = None, along: Change | None = None
    ) -> asyncio.Future[None]: ...

    def report(
        self,
        rule: str,
        verdict: Verdict,
        now: Instant,
        value: Value | None = None,
        along: Change | None = None,
    ) -> asyncio.Future[None]: ...


class OpenAlarms(Protocol):
    """What is asked of the live view."""

    def alarms(self) -> Sized: ...


class UnknownOrder(KeyError):
    """No unfinished order has this id."""


class OrderRefused(Exception):
    """The order's state does not allow the move; `refusal` is the named reason."""

    def __init__(self, refusal: OrderRefusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class Orders:
    """Unfinished orders by id. `on_site` is the response clock in seconds, from the site's grade."""

    def __init__(
        self,
        *,
        writer: Writer,
        alarming: Incidents,
        live: OpenAlarms,
        clock: Clock,
        timezone: str,
        on_site: float,
    ) -> None:
        self._writer = writer
        self._alarming = alarming
        self._live = live
        self._clock = clock
        self._timezone = timezone
        self._on_site = on_site
        self._orders: dict[str, WorkOrder] = {}

    def restore(self, orders: Iterable[WorkOrder]) -> None:
        """Go on where the journal stopped."""
        self._orders = {order.id: order for order in orders if not order.state.finished}

    def unfinished(self) -> tuple[WorkOrder, ...]:
        """Orders neither verified nor cancelled, the nearest due first."""
        return tuple(sorted(self._orders.values(), key=lambda order: order.due))

    async def open(
        self, *, title: str, equipment: str, actor: str, origin: str = "person", due: float | None = None
    ) -> WorkOrder:
        """A new order; `due` (POSIX s) is the grade's response time from now where it is not given.

        Raises ValueError for an empty title and NotStored.
        """
        if not title.strip():
            raise ValueError("title: an order says what is to be done")
        now = self._clock.now()
        day = local_date(now.wall, self._timezone)
        order = WorkOrder(
            id=f"{day:%Y%m%d}-{uuid4().hex[:8]}",
            title=title.strip(),
            equipment=equipment,
            origin=origin,
            created_at=now.wall,
            created_by=actor,
            due=now.wall + self._on_site if due is None else due,
        )
        self._orders[order.id] = order
        audit = AuditEntry(now.wall, actor, "order.open", order.id, order.title)
        await self._writer.settled(self._writer.submit(Change(orders=(order,), audit=(audit,)), urgent=True))
        return order

    async def move(self, id_: str, state: OrderState, actor: str, note: str = "") -> WorkOrder:
        """An order in its next state; the same state again changes nothing.

        Raises UnknownOrder, OrderRefused and NotStored.
        """
        order = self._orders.get(id_)
        if order is None:
            raise UnknownOrder(id_)
        now = self._clock.now()
        moved = move(order, state, now.wall, note)
        if isinstance(moved, OrderRefusal):
            raise OrderRefused(moved)
        self._orders[id_] = moved
        if moved.state.finished:
            del self._orders[id_]
        audit = () if moved is order else (AuditEntry(now.wall, actor, f"order.{state.value}", id_, note),)
        await self._writer.settled(self._store(order, Change(orders=(moved,), audit=audit), now))
        return moved

    def _store(self, before: WorkOrder, change: Change, now: Instant) -> asyncio.Future[None]:
        """The last late order that is answered ends the alarm, in the same commit."""
        still_late = any(_late(order) for order in self._orders.values())
        if _late(before) and not still_late:
            return self._alarming.report(OVERDUE, Verdict.FALSE, now, along=change)
        return self._writer.submit(change, urgent=True)

    async def hand_over(self, actor: str, text: str) -> Handover:
        """Write down what the next shift must know. Raises ValueError for an empty text and NotStored."""
        if not text.strip():
            raise ValueError("text: a handover says something")
        now = self._clock.now()
        handover = Handover(uuid4().hex, now.wall, actor, text.strip(), len(self._live.alarms()))
        audit = AuditEntry(now.wall, actor, "handover", handover.id)
        await self._writer.settled(
            self._writer.submit(Change(handovers=(handover,), audit=(audit,)), urgent=True)
        )
        return handover

    def tick(self, now: Instant) -> None:
        """Raise each order whose response clock has run out, once: the row remembers."""
        for order in self.unfinished():
            if order.overdue_at is None and overdue(order, now.wall):
                late = replace(order, overdue_at=now.wall)
                self._orders[order.id] = late
                value = f"{order.title} {order.equipment}".strip()
                self._alarming.trip(OVERDUE, now, value, Change(orders=(late,)))

    def next_due(self) -> float | None:
        """POSIX seconds at which the next response clock runs out."""
        waiting = [
            o.due for o in self._orders.values() if o.state is OrderState.OPEN and o.overdue_at is None
        ]
        return min(waiting, default=None)


def _late(order: WorkOrder) -> bool:
    return order.overdue_at is not None and order.state is OrderState.OPEN
