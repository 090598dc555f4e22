"""How long an answer is waited for: pure, so time is just a number."""

import pytest

from drivers.modbus.patience import FLOOR, PATIENT_AGAIN, Pace, Patience


def silent(patience: Patience, turns: int, now: float = 0.0) -> None:
    for _ in range(turns):
        patience.turned(now, answered=False)


@pytest.mark.parametrize("numbered", [True, False])
def test_one_that_answers_gets_the_whole_timeout(numbered: bool) -> None:
    patience = Patience(3.0, numbered=numbered, neighbours=Pace())
    patience.took(0.01)
    assert patience.next(0.0) == 3.0


def test_with_numbers_one_silent_turn_suffices_to_be_asked_briefly() -> None:
    patience = Patience(3.0, numbered=True, neighbours=Pace())
    patience.took(0.1)
    silent(patience, 1)
    assert patience.next(1.0) == pytest.approx(0.3)
    patience.turned(2.0, answered=True)
    assert patience.next(3.0) == 3.0


def test_one_never_heard_is_measured_by_its_neighbours() -> None:
    neighbours = Pace()
    patience = Patience(3.0, numbered=True, neighbours=neighbours)
    silent(patience, 5)
    assert patience.next(1.0) == 3.0  # where nobody answers, nobody is kept waiting
    neighbours.took(0.2)
    assert patience.next(1.0) == pytest.approx(0.6)
    neighbours = Pace()
    neighbours.took(0.0004)
    patience = Patience(3.0, numbered=True, neighbours=neighbours)
    silent(patience, 1)
    assert patience.next(1.0) == FLOOR


def test_a_late_answer_earns_the_time_it_needs_and_never_more_than_the_timeout() -> None:
    patience = Patience(3.0, numbered=True, neighbours=Pace())
    patience.took(0.01)
    silent(patience, 2)
    patience.came_late(0.8)
    assert patience.next(1.0) == pytest.approx(2.4)
    patience.came_late(50.0)
    assert patience.next(1.0) == 3.0


def test_now_and_then_one_long_silent_gets_the_whole_timeout() -> None:
    patience = Patience(3.0, numbered=True, neighbours=Pace())
    patience.took(0.01)
    silent(patience, 1)
    whole = [now for now in range(0, 7200, 30) if patience.next(float(now)) == 3.0]
    assert len(whole) == pytest.approx(7200 / PATIENT_AGAIN, abs=1)
    assert whole[0] >= PATIENT_AGAIN


def test_without_numbers_one_long_silent_is_asked_briefly_and_each_fourth_time_patiently() -> None:
    patience = Patience(1.0, numbered=False, neighbours=Pace())
    patience.took(0.1)
    waits = []
    for turn in range(9):
        waits.append(patience.next(float(turn)))
        silent(patience, 1)
    assert [wait == 1.0 for wait in waits] == [True, True, True, False, True, False, False, False, True]
    assert waits[3] == pytest.approx(0.3)


def test_a_block_in_doubt_is_asked_briefly_though_its_device_answers() -> None:
    patience = Patience(3.0, numbered=True, neighbours=Pace())
    patience.took(0.1)
    patience.turned(0.0, answered=False)
    patience.turned(1.0, answered=True)
    assert patience.next(2.0, doubted=True) == pytest.approx(0.3)
    assert patience.next(2.0) == 3.0
