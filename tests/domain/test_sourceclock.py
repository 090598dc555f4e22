"""How old a source's news is, when our wall clock is stepped, theirs is, or both are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.instant import Instant
from monitor.domain.sourceclock import IN_STEP, STEP, SURE, SourceClock

START = Instant(1_790_000_000.0, 5_000.0)
HOUR = 3600.0
STEPS = [-7 * HOUR, -HOUR, -301.0, -60.0, -STEP - 1, STEP + 1, 60.0, 301.0, HOUR, 7 * HOUR]


class Bench:
    """A source with a clock of its own, and ours."""

    def __init__(self, off: float = 0.0) -> None:
        self.clock = SourceClock()
        self.ours, self.theirs = START, START.wall + off

    def wait(self, seconds: float) -> None:
        self.ours, self.theirs = self.ours.after(seconds), self.theirs + seconds

    def step(self, seconds: float) -> None:
        """Our wall clock is set."""
        self.ours = Instant(self.ours.wall + seconds, self.ours.steady)

    def say(self, ago: float = 0.0) -> float:
        """The age of a message about `ago` seconds before now, by the source's clock."""
        return self.clock.age(self.theirs - ago, self.ours)


@pytest.mark.parametrize("step", STEPS)
def test_a_source_that_was_in_step_is_neither_older_nor_newer_for_our_step(step: float) -> None:
    bench = Bench(off=-0.25)
    assert bench.say() == 0.25
    for _ in range(3):
        bench.step(step)
        for _ in range(5):
            bench.wait(60.0)
            assert bench.say() == pytest.approx(0.25, abs=1e-3)
        assert bench.say(ago=90.0) == pytest.approx(90.25, abs=1e-3)


@pytest.mark.parametrize("step", STEPS)
def test_a_source_that_is_set_right_with_us_is_believed_by_our_clock_again(step: float) -> None:
    bench = Bench()
    bench.say()
    bench.step(step)
    bench.theirs += step
    ages = []
    for _ in range(3):
        bench.wait(SURE)
        ages.append(bench.say())
    assert abs(ages[-1]) <= IN_STEP
    if abs(step) > IN_STEP:
        assert ages == pytest.approx([-step, 0.0, 0.0], abs=1e-3), "the first alone proves nothing"


def test_a_stored_report_that_our_stepped_clock_makes_look_new_is_old() -> None:
    bench = Bench()
    bench.say()
    bench.step(-HOUR)
    for ago in (HOUR, HOUR - 60, HOUR - 120):  # what a gateway stored, in one go
        bench.wait(SURE)
        assert bench.say(ago) == pytest.approx(ago, abs=1e-3)
    assert bench.say() == pytest.approx(0.0, abs=1e-3)


def test_a_retained_message_delivered_twice_after_a_step_is_old_both_times() -> None:
    bench = Bench()
    bench.say()
    at = bench.theirs
    bench.wait(HOUR)
    bench.step(-HOUR)
    for _ in range(2):
        bench.wait(SURE)
        assert bench.clock.age(at, bench.ours) > HOUR


def test_two_that_fit_but_come_at_once_do_not_prove_a_step() -> None:
    bench = Bench()
    bench.say()
    bench.step(-HOUR)
    assert bench.say(HOUR) == HOUR
    bench.wait(SURE - 0.5)
    assert bench.say(HOUR) == HOUR
    bench.wait(0.5)
    assert bench.say(HOUR) == 0.0, "it has kept that time for long enough"


def test_what_was_said_between_does_not_count() -> None:
    """A trial ends with a message that is in step with our clock as it was."""
    bench = Bench()
    bench.say()
    bench.step(-HOUR)
    assert bench.say(HOUR) == HOUR
    bench.wait(SURE)
    assert bench.say() == 0.0
    assert bench.say(HOUR) == HOUR


@pytest.mark.parametrize("off", [-2 * HOUR, 2 * HOUR])
def test_a_source_that_never_was_in_step_is_held_against_our_clock_as_it_is(off: float) -> None:
    bench = Bench(off)
    assert bench.say() == -off
    bench.step(off)  # ours was the wrong one, and is set right
    assert bench.say() == 0.0


def test_slewing_is_no_step_and_is_followed() -> None:
    bench = Bench()
    for _ in range(1000):
        bench.say()
        bench.wait(60.0)
        bench.step(0.03)  # 0.5 ms a second, as adjtime(3) does
        bench.theirs += 0.03
    assert bench.say() == 0.0
    bench.step(HOUR)
    assert bench.say() == pytest.approx(0.0, abs=1e-3)


@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(-1e5, 1e5), st.floats(-1e6, 1e6)), max_size=20))
def test_the_same_message_again_has_the_same_age(moves: list[tuple[float, float, float]]) -> None:
    bench = Bench()
    for seconds, step, ago in moves:
        bench.wait(seconds)
        bench.step(step)
        assert bench.say(ago) == bench.say(ago)
