"""The life of one message as pure moves of its row: begun, accepted, refused, lost, received.

A row says that an attempt has begun before the channel is called. Whoever finds such a row after a crash knows that a
copy may be on its way; one extra copy is sent, never a third.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.domain.instant import Instant
from monitor.domain.notification import Delivery, Notification

FIRST_RETRY = 2.0
LAST_RETRY = 300.0
"""Seconds before the first retry, doubled each time up to the last."""

BEGUN = "begun"
"""Reason of a row whose first copy may be on its way."""
BEGUN_AGAIN = "begun_again"
"""Reason of a row whose extra copy may be on its way."""
COPIES_SPENT = "uncertain_twice"
"""Reason of a failure: two copies may have arrived, or neither."""


def back_off(attempts: int) -> float:
    """Seconds to wait after this many attempts."""
    return float(min(LAST_RETRY, FIRST_RETRY * 2.0 ** min(attempts - 1, 16)))


def spent(row: Notification) -> bool:
    """True when the extra copy may be on its way already, so that none may follow."""
    return row.state is Delivery.UNCERTAIN and row.reason == BEGUN_AGAIN


def begin(row: Notification) -> Notification:
    """An attempt begins: from now on a copy may be on its way."""
    again = row.state is Delivery.UNCERTAIN
    return replace(
        row,
        state=Delivery.UNCERTAIN,
        attempts=row.attempts + 1,
        reason=BEGUN_AGAIN if again else BEGUN,
    )


def accepted(begun: Notification, reference: str, wall: float) -> Notification:
    """The channel took it."""
    return replace(begun, state=Delivery.SENT, reason="", reference=reference, sent_at=wall)


def not_accepted(begun: Notification, reason: str, steady: float) -> Notification:
    """The channel surely did not take it. An earlier copy that may be on its way is not forgotten."""
    uncertain = begun.reason == BEGUN_AGAIN
    state = Delivery.UNCERTAIN if uncertain else Delivery.RETRYING
    return replace(begun, state=state, reason=reason, due=steady + back_off(begun.attempts))


def answer_lost(begun: Notification, reason: str, steady: float) -> Notification:
    """The channel may have taken it: one more copy, unless this was that."""
    if begun.reason == BEGUN_AGAIN:
        return failed(begun, COPIES_SPENT)
    return replace(begun, state=Delivery.UNCERTAIN, reason=reason, due=steady + back_off(begun.attempts))


def failed(row: Notification, reason: str) -> Notification:
    """No further attempt will be made."""
    return replace(row, state=Delivery.FAILED, reason=reason)


def cancelled(row: Notification, reason: str) -> Notification:
    """It need not be sent."""
    return replace(row, state=Delivery.CANCELLED, reason=reason)


def received(row: Notification, delivered: bool, at: float, reason: str) -> Notification:
    """News from the network. A handset that has the message has it, whatever is heard before or after."""
    if row.state is Delivery.DELIVERED:
        return row
    if delivered:
        return replace(row, state=Delivery.DELIVERED, reason="", delivered_at=at)
    return failed(row, reason or "not_delivered")


def hastened(row: Notification, now: Instant) -> Notification:
    """It need not wait for its time: the step before has failed, or nobody could hear the alarm."""
    return replace(row, due=min(row.due, now.steady))
