"""The breaker and the cadence: pure, so their time is just a number."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.engine.breaker import LONGEST_PAUSE, Breaker
from monitor.engine.cadence import Cadence


def test_two_failures_are_nothing_and_the_third_gives_up_once() -> None:
    breaker = Breaker()
    assert [breaker.failed(t, 0) for t in (0, 1, 2, 5)] == [False, False, True, False]
    assert breaker.open


def test_one_who_is_asked_rarely_is_given_up_after_ten_seconds_of_failures() -> None:
    breaker = Breaker()
    assert [breaker.failed(t, 0) for t in (0, 60)] == [False, True]


def test_pauses_double_from_two_seconds_to_five_minutes() -> None:
    breaker = Breaker()
    now, pauses = 0.0, []
    for _ in range(14):
        breaker.failed(now, 0)
        start = now
        while not breaker.allows(now):
            now += 0.5
        pauses.append(now - start)
    assert pauses == [0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]


@pytest.mark.parametrize(("cost", "longest"), [(0.0, 30), (0.02, 30), (0.5, 150), (1.0, 300), (30.0, 300)])
def test_pauses_end_where_trials_take_a_300th_of_the_time_of_the_others(cost: float, longest: float) -> None:
    breaker = Breaker()
    for turn in range(20):
        breaker.failed(turn * 1000.0, 0, cost=cost)
    assert breaker.until - 19_000 == longest


def test_pauses_are_spread_by_up_to_a_quarter() -> None:
    breaker = Breaker()
    for _ in range(3):
        breaker.failed(0, 1.0)
    assert not breaker.allows(1.49)
    assert breaker.allows(1.5)


def test_an_answer_forgives_all() -> None:
    breaker = Breaker()
    for t in range(10):
        breaker.failed(t, 0)
    breaker.answered()
    assert (breaker.open, breaker.allows(10)) == (False, True)
    assert [breaker.failed(t, 0) for t in (11, 12, 13)] == [False, False, True]


def test_failures_that_cost_nothing_bring_no_pause() -> None:
    breaker = Breaker()
    assert [breaker.failed(t, 0, cost=None) for t in (0, 1, 2)] == [False, False, True]
    assert breaker.allows(2)


def test_the_hopeless_is_given_up_at_once_for_long() -> None:
    breaker = Breaker()
    assert breaker.failed(0, 0, hopeless=True)
    assert not breaker.allows(LONGEST_PAUSE - 1)


def test_hastening_ends_the_pause_but_not_the_verdict() -> None:
    breaker = Breaker()
    for t in range(6):
        breaker.failed(t, 0)
    breaker.hasten()
    assert (breaker.open, breaker.allows(6)) == (True, True)


def run_of(cadence: Cadence, until: float, late: float = 0.0) -> list[tuple[float, int, int]]:
    """(due, who, missed) with every turn taken `late` seconds after it is due."""
    turns = []
    while cadence.next().at <= until:
        due, missed = cadence.take(cadence.next().at + late)
        turns.append((round(due.at, 6), due.who, missed))
    return turns


def test_phases_are_spread_over_the_interval_and_hold_for_ever() -> None:
    turns = run_of(Cadence([1.0, 1.0, 1.0, 1.0], base=100.0), until=102.9)
    assert [at for at, _, _ in turns] == [100 + n / 4 for n in range(12)]
    assert [who for _, who, _ in turns] == [0, 1, 2, 3] * 3


def test_work_that_takes_time_does_not_make_the_rhythm_drift() -> None:
    turns = run_of(Cadence([1.0], base=0.0), until=1000, late=0.3)
    assert [at for at, _, _ in turns] == [float(n) for n in range(1001)]


def test_what_went_by_is_missed_and_not_caught_up() -> None:
    cadence = Cadence([1.0], base=0.0)
    assert cadence.take(0.0)[1] == 0
    assert cadence.take(4.5)[1] == 3  # due at 1; 2, 3 and 4 went by
    assert cadence.next().at == 5.0


def test_those_asked_rarely_are_asked_within_the_first_second_too() -> None:
    turns = run_of(Cadence([300.0, 1.0, 60.0], base=0.0), until=0.999)
    assert sorted(who for _, who, _ in turns) == [0, 1, 2]


@given(
    st.lists(st.sampled_from([0.5, 1.0, 2.0, 5.0, 60.0]), min_size=1, max_size=12),
    st.lists(st.floats(0, 7), min_size=5, max_size=40),
)
def test_every_turn_is_on_the_grid_and_each_is_taken_or_missed_once(
    intervals: list[float], latenesses: list[float]
) -> None:
    cadence, now = Cadence(intervals, base=50.0), 50.0
    seen: dict[int, list[float]] = {}
    for late in latenesses:
        now = max(now, cadence.next().at + late)
        due, missed = cadence.take(now)
        assert due.at <= now
        assert missed == int((now - due.at) / intervals[due.who] + 1e-9)
        seen.setdefault(due.who, []).append(due.at)
    for who, times in seen.items():
        for before, after in pairwise(times[1:]):
            turns = (after - before) / intervals[who]
            assert turns == pytest.approx(round(turns))
            assert turns >= 0.99
