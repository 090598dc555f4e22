"""Rows that are changed in place, as they were: a message before its receipt, an order before the repair."""

from __future__ import annotations

from dataclasses import replace

from monitor.domain.inspection import Outcome, Window
from monitor.domain.notification import Delivery, Notification
from monitor.domain.workorder import OrderState, WorkOrder


def message_at(message: Notification, at: float, due: float | None) -> Notification | None:
    """The message at `at` (POSIX s), None before it was planned. `due` is the wall time it was first due, if known.

    The row does not tell when it was cancelled, failed or tried again: that shows from `due` on.
    """
    if message.created_at > at:
        return None
    if message.delivered_at is not None and message.delivered_at <= at:
        return message
    if message.sent_at is not None and message.sent_at <= at:
        return replace(message, state=Delivery.SENT, delivered_at=None, reason="")
    ended = message.sent_at is None and message.state.finished
    if ended and (due is None or due <= at):
        return message
    return replace(
        message,
        state=Delivery.WAITING,
        recipient=None,
        address=None,
        text="",
        code="",
        attempts=0,
        reason="",
        sent_at=None,
        delivered_at=None,
    )


def moments_of(message: Notification, due: float | None) -> tuple[float, ...]:
    """When (POSIX s) the message became something else."""
    given_up = due if message.sent_at is None and message.state.finished else None
    moments = (message.created_at, given_up, message.sent_at, message.delivered_at)
    return tuple(dict.fromkeys(at for at in moments if at is not None))


def order_at(order: WorkOrder, at: float, cancelled_at: float | None = None) -> WorkOrder | None:
    """The order at `at` (POSIX s), None before it was opened; `cancelled_at` is known to the audit only.

    The note is the last one, and so shown only with the last state.
    """
    if order.created_at > at:
        return None
    cancelled = order.state is OrderState.CANCELLED and (cancelled_at is None or cancelled_at <= at)
    if cancelled or _past(order.verified_at, at):
        return order
    state = OrderState.OPEN
    if _past(order.on_site_at, at):
        state = OrderState.ON_SITE
    if _past(order.repaired_at, at):
        state = OrderState.REPAIRED
    return replace(
        order,
        state=state,
        on_site_at=_then(order.on_site_at, at),
        repaired_at=_then(order.repaired_at, at),
        verified_at=None,
        overdue_at=_then(order.overdue_at, at),
        note=order.note if state is order.state else "",
    )


def window_at(window: Window, at: float) -> Window:
    """The window at `at` (POSIX s): open until it was decided."""
    if window.decided_at is not None and window.decided_at > at:
        return replace(window, outcome=Outcome.OPEN, decided_at=None, note="")
    return window


def _past(moment: float | None, at: float) -> bool:
    return moment is not None and moment <= at


def _then(moment: float | None, at: float) -> float | None:
    return moment if _past(moment, at) else None
