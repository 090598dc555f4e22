"""What a counter counted, whatever it did in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.usage import Break, Step, usage

MINUTE = 60_000


def over(*values: float, rollover: float | None = None):
    return usage(((i * MINUTE, value) for i, value in enumerate(values)), rollover)


@pytest.mark.parametrize(
    ("values", "rollover", "amount", "kinds"),
    [
        ((), None, 0, []),
        ((5,), None, 0, []),
        ((5, 5, 5), None, 0, []),
        ((0, 10, 25.5), None, 25.5, []),
        # full: exact
        ((4294967290, 4294967295, 4), 2**32, 10, [Step.ROLLOVER]),
        ((999990, 999999, 8), 1e6, 18, [Step.ROLLOVER]),
        ((65530, 2, 4), 65536, 10, [Step.ROLLOVER]),
        ((999999, 0), 1e6, 1, [Step.ROLLOVER]),
        # twice around
        ((90, 98, 5, 15, 30, 60, 95, 2), 100, 112, [Step.ROLLOVER, Step.ROLLOVER]),
        # set to zero: what it shows is counted, the rest unknown
        ((5000, 5010, 3, 8), None, 18, [Step.RESET]),
        ((5000, 5010, 0), None, 10, [Step.RESET]),
        ((5000, 5010, 3), 1e6, 13, [Step.RESET]),
        # another meter: nothing for the step
        ((5000, 5010, 1200, 1210), None, 20, [Step.REPLACED]),
        ((5000, 5010, 1200, 1210), 1e6, 20, [Step.REPLACED]),
        # it was in the last tenth, but so much was never used in a minute: set to zero
        ((950000, 950001, 950002, 3), 1e6, 5, [Step.RESET]),
        # it had stood still in the last tenth: nobody knows how fast it can be
        ((950000, 950000, 3), 1e6, 3, [Step.RESET]),
        # beyond its own roll-over: that number is wrong, so it is not used
        ((2_000_000, 2_000_010, 4), 1e6, 14, [Step.RESET]),
        # wavering: nothing is counted twice
        ((1000, 999.9, 1000.1), None, 0.1, [Step.SLIP]),
        ((1000, 999.9, 999.95, 1000, 1001), None, 1, [Step.SLIP]),
        ((1000, 999.9, 999.8, 1000), None, 0, [Step.SLIP, Step.SLIP]),
        # below zero is no counter's beginning
        ((100, -5, 5), None, 10, [Step.REPLACED]),
    ],
)
def test_the_amount_and_each_step_backwards(values, rollover, amount, kinds) -> None:
    found = over(*values, rollover=rollover)
    assert found.amount == pytest.approx(amount)
    assert [one.kind for one in found.breaks] == kinds


def test_a_break_says_when_and_between_what() -> None:
    assert over(5000, 5010, 1200).breaks == (Break(2 * MINUTE, Step.REPLACED, 5010, 1200),)


def test_only_what_is_known_is_exact() -> None:
    assert over(1, 2).exact
    assert over(999990, 8, rollover=1e6).exact
    assert over(1000, 999.9).exact
    assert not over(5000, 3).exact
    assert not over(5000, 1200).exact


def test_a_gap_costs_nothing_around_the_roll_over() -> None:
    """A night without data at the pace of the day before."""
    shown = [(0, 999_000.0), (MINUTE, 999_001.0), (601 * MINUTE, 601.0)]
    assert usage(shown, 1e6).amount == pytest.approx(1601)


def test_it_says_what_it_rests_on() -> None:
    found = usage([(10, 1.0), (20, 2.0), (35, 4.0)])
    assert (found.first_ms, found.last_ms) == (10, 35)
    assert (usage([]).first_ms, usage([]).last_ms) == (None, None)


@given(st.lists(st.floats(-1e9, 1e12), max_size=30), st.none() | st.floats(1, 1e12))
def test_an_amount_is_never_negative(values, rollover) -> None:
    found = over(*values, rollover=rollover)
    assert found.amount >= 0
    assert all(one.after < one.before for one in found.breaks)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60), st.integers(0, 999))
def test_a_counter_that_rolls_over_counts_like_one_that_does_not(steps, start) -> None:
    """As long as it is read often enough that a step stays within a tenth of its range."""
    true, shown = start, [start % 1000]
    for step in steps:
        true += step
        shown.append(true % 1000)
    found = usage(((i * MINUTE, float(v)) for i, v in enumerate(shown)), 1000.0)
    if all(b.kind is Step.ROLLOVER for b in found.breaks):
        assert found.amount == pytest.approx(true - start)
    else:  # the first steps were so slow that the step around the end looks like a leap
        assert not found.exact
