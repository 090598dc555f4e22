"""One message's row through every answer a channel can give."""

from dataclasses import replace

import pytest

from monitor.domain import delivery
from monitor.domain.instant import Instant
from monitor.domain.notification import Delivery, Notification

ROW = Notification("id", 1, "a.b", 1, 1, 0, "electrician", "sms", due=1000.0)


def test_retries_wait_longer_each_time_up_to_five_minutes() -> None:
    assert [delivery.back_off(n) for n in range(1, 11)] == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert delivery.back_off(100_000) == 300


def test_an_attempt_that_begins_says_that_a_copy_may_be_on_its_way() -> None:
    begun = delivery.begin(ROW)
    assert (begun.state, begun.attempts, begun.reason) == (Delivery.UNCERTAIN, 1, delivery.BEGUN)
    assert not delivery.spent(begun)


def test_refused_ten_times_then_taken_is_one_copy() -> None:
    row = ROW
    for _ in range(10):
        row = delivery.not_accepted(delivery.begin(row), "busy", 1000.0)
        assert row.state is Delivery.RETRYING
    assert delivery.accepted(delivery.begin(row), "ref", 5.0).state is Delivery.SENT


def test_two_lost_answers_end_it() -> None:
    once = delivery.answer_lost(delivery.begin(ROW), "timeout", 1000.0)
    assert (once.state, once.due) == (Delivery.UNCERTAIN, 1002.0)
    twice = delivery.answer_lost(delivery.begin(once), "timeout", 1010.0)
    assert (twice.state, twice.reason) == (Delivery.FAILED, delivery.COPIES_SPENT)


def test_a_crash_in_the_first_attempt_allows_one_more_and_a_crash_in_that_none() -> None:
    died = delivery.begin(ROW)
    again = delivery.begin(died)
    assert delivery.spent(again)
    assert not delivery.spent(died)


def test_a_refusal_after_a_lost_answer_does_not_forget_the_copy() -> None:
    lost = delivery.answer_lost(delivery.begin(ROW), "timeout", 1000.0)
    refused = delivery.not_accepted(delivery.begin(lost), "busy", 1010.0)
    assert refused.state is Delivery.UNCERTAIN
    assert not delivery.spent(refused)
    assert delivery.answer_lost(delivery.begin(refused), "timeout", 1020.0).state is Delivery.FAILED


@pytest.mark.parametrize(
    ("before", "delivered", "after"),
    [
        (Delivery.SENT, True, Delivery.DELIVERED),
        (Delivery.SENT, False, Delivery.FAILED),
        (Delivery.DELIVERED, False, Delivery.DELIVERED),
        (Delivery.FAILED, True, Delivery.DELIVERED),
    ],
)
def test_receipts_in_any_order(before: Delivery, delivered: bool, after: Delivery) -> None:
    assert delivery.received(replace(ROW, state=before), delivered, 9.0, "").state is after


def test_a_step_is_brought_forward_and_never_put_off() -> None:
    assert delivery.hastened(ROW, Instant(0.0, 900.0)).due == 900.0
    assert delivery.hastened(ROW, Instant(0.0, 1100.0)).due == 1000.0
