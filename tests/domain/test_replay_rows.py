"""Rows that are changed in place, as they were."""

from dataclasses import replace

from monitor.domain.inspection import Outcome, Window
from monitor.domain.notification import Delivery, Notification
from monitor.domain.replay.rows import message_at, moments_of, order_at, window_at
from monitor.domain.workorder import OrderState, WorkOrder

SENT = Notification(
    "n1", 7, "pit-1.level", 1, 1, 0, "electrician", "sms", 5.0, recipient="chen", text="high", code="4711", attempts=1,
    state=Delivery.DELIVERED, created_at=10.0, sent_at=12.0, delivered_at=20.0,
)  # fmt: skip
ORDER = WorkOrder(
    "o1", "pump", "pit-1", "person", 10.0, "wang", 100.0, OrderState.VERIFIED, 20.0, 30.0, 40.0, "done"
)


def test_a_message_on_its_way() -> None:
    states = [(at, message_at(SENT, at, 10.0)) for at in (9.0, 11.0, 12.0, 19.0, 20.0)]
    assert [(at, m.state.value if m else None) for at, m in states] == [
        (9.0, None), (11.0, "waiting"), (12.0, "sent"), (19.0, "sent"), (20.0, "delivered"),
    ]  # fmt: skip
    waiting = message_at(SENT, 11.0, 10.0)
    assert waiting is not None
    assert (waiting.recipient, waiting.text, waiting.sent_at) == (None, "", None)
    assert list(moments_of(SENT, 10.0)) == [10.0, 12.0, 20.0]


def test_a_message_that_became_needless_waited_until_it_was_due() -> None:
    needless = replace(
        SENT, state=Delivery.CANCELLED, reason="acknowledged", sent_at=None, delivered_at=None, attempts=0
    )
    before, after = message_at(needless, 100.0, 190.0), message_at(needless, 190.0, 190.0)
    assert before is not None
    assert (before.state, before.reason) == (Delivery.WAITING, "")
    assert after == needless
    assert list(moments_of(needless, 190.0)) == [10.0, 190.0]


def test_an_order_goes_its_way() -> None:
    states = {at: order_at(ORDER, at) for at in (9.0, 10.0, 20.0, 30.0, 40.0)}
    assert [order and order.state.value for order in states.values()] == [
        None, "open", "on_site", "repaired", "verified",
    ]  # fmt: skip
    repaired = states[30.0]
    assert repaired is not None
    assert (repaired.on_site_at, repaired.verified_at, repaired.note) == (20.0, None, "")


def test_an_order_stood_until_it_was_cancelled() -> None:
    cancelled = replace(ORDER, state=OrderState.CANCELLED, repaired_at=None, verified_at=None)
    then = order_at(cancelled, 25.0, 30.0)
    assert then is not None
    assert then.state is OrderState.ON_SITE
    assert order_at(cancelled, 30.0, 30.0) == cancelled
    assert order_at(cancelled, 25.0) == cancelled


def test_a_window_is_open_until_it_was_decided() -> None:
    missed = Window("w", "round", 0.0, 100.0, 110.0, Outcome.MISSED, 110.0, "ill")
    assert window_at(missed, 109.0).outcome is Outcome.OPEN
    assert window_at(missed, 110.0) == missed
