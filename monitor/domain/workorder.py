"""Repairs with a clock: ordered, on site, repaired, verified."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class OrderState(StrEnum):
    """Where a work order stands."""

    OPEN = "open"
    ON_SITE = "on_site"
    REPAIRED = "repaired"
    VERIFIED = "verified"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        """Nothing more will be done."""
        return self in (OrderState.VERIFIED, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """From an alarm, a failed check or a person. Times are POSIX seconds; `due` is for being on site."""

    id: str
    title: str
    equipment: str
    origin: str
    """`alarm:ID#OCCURRENCE`, `scan:CLIENT_ID` or `person`."""
    created_at: float
    created_by: str
    due: float
    state: OrderState = OrderState.OPEN
    on_site_at: float | None = None
    repaired_at: float | None = None
    verified_at: float | None = None
    note: str = ""
    overdue_at: float | None = None
    """When the alarm about its missed `due` was raised; None while it was in time."""


@dataclass(frozen=True, slots=True)
class Handover:
    """One shift tells the next what it must know. `at` is POSIX seconds."""

    id: str
    at: float
    actor: str
    text: str
    open_alarms: int = 0


class OrderRefusal(StrEnum):
    """Why an order was not moved."""

    NOT_FROM_HERE = "not_from_here"
    REASON_MISSING = "reason_missing"


_MOVES = {
    OrderState.OPEN: {OrderState.ON_SITE, OrderState.REPAIRED, OrderState.CANCELLED},
    OrderState.ON_SITE: {OrderState.REPAIRED, OrderState.CANCELLED},
    OrderState.REPAIRED: {OrderState.VERIFIED, OrderState.ON_SITE},
    OrderState.VERIFIED: set(),
    OrderState.CANCELLED: set(),
}


def move(order: WorkOrder, state: OrderState, now: float, note: str = "") -> WorkOrder | OrderRefusal:
    """The order in its next state at `now` (POSIX seconds), or why not. The same state again changes nothing.

    A repair that is entered without an arrival counts as arrived at the same time. A repair that did not hold goes
    back to on site. Cancelling needs a reason.
    """
    if state is order.state:
        return order
    if state not in _MOVES[order.state]:
        return OrderRefusal.NOT_FROM_HERE
    if state is OrderState.CANCELLED and not note.strip():
        return OrderRefusal.REASON_MISSING
    moved = replace(order, state=state, note=note or order.note)
    match state:
        case OrderState.ON_SITE:
            return replace(moved, on_site_at=order.on_site_at or now, repaired_at=None)
        case OrderState.REPAIRED:
            return replace(moved, on_site_at=order.on_site_at or now, repaired_at=now)
        case OrderState.VERIFIED:
            return replace(moved, verified_at=now)
        case _:
            return moved


def overdue(order: WorkOrder, now: float) -> bool:
    """Nobody was on site when `due` came."""
    return order.state is OrderState.OPEN and now >= order.due
