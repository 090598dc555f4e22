"""When to ask whether all is safe, and what a broker sends again."""

import pytest

from drivers.mqtt.unacknowledged import FEW, LONGEST_S, QUIET_S, Unacknowledged, pubacks


def holding(count: int, most: int = 1000, now: float = 10.0) -> Unacknowledged:
    waiting = Unacknowledged(most)
    for identifier in range(1, count + 1):
        waiting.add(identifier, identifier * 7, now)
    return waiting


def test_nothing_is_asked_while_nothing_waits() -> None:
    assert holding(0).pause(10.0) is None


def test_a_few_wait_for_company_but_not_for_ever() -> None:
    waiting = holding(FEW - 1)
    assert waiting.pause(10.0) == LONGEST_S
    assert waiting.pause(11.0) == LONGEST_S - 1
    assert waiting.pause(20.0) == 0


def test_more_wait_until_the_broker_pauses_which_may_be_waiting_for_us() -> None:
    waiting = holding(FEW)
    assert waiting.pause(10.0) == pytest.approx(QUIET_S)
    waiting.add(99, 0, 10.02)
    assert waiting.pause(10.02) == pytest.approx(QUIET_S)
    assert waiting.pause(10.0 + LONGEST_S) == 0


def test_half_of_what_the_broker_may_send_does_not_wait() -> None:
    waiting = holding(49, most=100)
    assert waiting.add(50, 0, 10.0) is True
    assert waiting.pause(10.0) == 0


def test_identifiers_are_given_once_in_the_order_of_arrival() -> None:
    waiting = Unacknowledged(100)
    for identifier in (5, 3, 60_000, 3):
        waiting.add(identifier, 0, 0.0)
    assert waiting.take() == (5, 3, 60_000)
    assert waiting.take() == ()
    assert pubacks([5, 60_000]) == b"\x40\x02\x00\x05\x40\x02\xea\x60"


def test_what_was_taken_is_known_again_on_the_next_connection_of_a_session_that_was_kept() -> None:
    waiting = holding(3)
    waiting.take()
    waiting.connected(kept=True)
    assert waiting.repeated(2, 14)
    assert not waiting.repeated(2, 15)  # the identifier now carries something else
    assert not waiting.repeated(4, 28)
    assert len(waiting) == 0
    waiting.connected(kept=False)
    assert not waiting.repeated(2, 14)


def test_memory_is_bounded_by_what_a_broker_may_send() -> None:
    waiting = holding(500, most=100)
    assert [
        identifier for identifier in range(1, 501) if waiting.repeated(identifier, identifier * 7)
    ] == list(range(401, 501))
