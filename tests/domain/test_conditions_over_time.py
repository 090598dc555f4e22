"""Conditions that one look cannot decide, each told as a story of readings."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain import remembered
from monitor.domain.conditions import (
    AtLeast,
    MonthlyUptimeBelow,
    Rate,
    Starts,
    Stuck,
    Unceasing,
    Unproven,
)
from monitor.domain.instant import Instant
from monitor.domain.reading import Quality
from monitor.domain.remembered import Memory
from monitor.domain.rules import Condition, High, State, Verdict
from tests.domain.test_rules import Seen

G, U, B = Quality.GOOD, Quality.OUT_OF_RANGE, Quality.STALE
TRUE, BAND, FALSE, UNKNOWN = Verdict.TRUE, Verdict.BAND, Verdict.FALSE, Verdict.UNKNOWN
START = Instant(1_790_000_000.0, 1_000.0)


class Story:
    """One rule that looks again and again."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self.memory: Memory = {}
        self.now = START

    def see(
        self, seconds: float, value: Any, quality: Quality = G, scanned: bool = True, **others: Any
    ) -> Verdict:
        """`seconds` later the point `p` reads so, and others are good."""
        self.now = self.now.after(seconds)
        points = {"p": (value, quality), **{key: (one, G) for key, one in others.items()}}
        return remembered.look(self.condition, self.memory, Seen(points), self.now, scanned=scanned)

    def each(self, seconds: float, values: Iterable[Any], **others: Any) -> list[Verdict]:
        return [self.see(seconds, value, **others) for value in values]


# ---------------------------------------------------------------- rate

RISE = Rate("p", 1.0, 60.0, 600.0, deadband=0.2, sign=1)
"""More than 1 a minute over ten minutes."""


def ramp(per_minute: float, n: int, noise: float = 0.0, seed: int = 1, start: float = 0.0) -> list[float]:
    """A reading each 5 s."""
    rng = random.Random(seed)
    return [start + per_minute * i / 12 + rng.uniform(-noise, noise) for i in range(n)]


@pytest.mark.parametrize(
    ("condition", "per_minute", "verdict"),
    [
        (RISE, 1.1, TRUE),
        (RISE, 0.95, BAND),
        (RISE, 0.7, FALSE),
        (RISE, -5.0, FALSE),
        (Rate("p", 1.0, 60.0, 600.0, sign=-1), -1.1, TRUE),
        (Rate("p", 1.0, 60.0, 600.0, sign=-1), 1.1, FALSE),
        (Rate("p", 1.0, 60.0, 600.0), -1.1, TRUE),
        (Rate("p", 1.0, 60.0, 600.0), 1.1, TRUE),
        (Rate("p", 60.0, 3600.0, 600.0, sign=1), 1.1, TRUE),
        (Rate("p", 60.0, 3600.0, 600.0, sign=1), 0.9, FALSE),
    ],
)
def test_a_steady_slope(condition: Rate, per_minute: float, verdict: Verdict) -> None:
    assert Story(condition).each(5, ramp(per_minute, 130))[-1] is verdict


def test_too_short_a_look_says_nothing() -> None:
    verdicts = Story(RISE).each(5, ramp(5.0, 60))
    assert set(verdicts) == {BAND}, "five of ten minutes"


def test_noise_far_greater_than_a_slice_moves_does_not_raise() -> None:
    for seed in range(20):
        assert TRUE not in Story(RISE).each(5, ramp(0.3, 200, noise=2.0, seed=seed))


def test_wild_values_do_not_move_it() -> None:
    values = ramp(0.0, 200, noise=0.05)
    values[60], values[90], values[130] = 500.0, -500.0, 900.0
    assert TRUE not in Story(RISE).each(5, values)


def test_a_gap_is_bridged_and_a_long_one_waits() -> None:
    story = Story(RISE)
    story.each(5, ramp(2.0, 100))
    assert story.see(1, None, B) is UNKNOWN
    assert story.see(120, 20.0) is TRUE, "two minutes are bridged"
    long = Story(RISE)
    long.each(5, ramp(0.0, 130))
    assert long.see(400, 100.0) is BAND, "nobody knows how it got there"


def test_uncertain_values_may_raise_and_never_clear() -> None:
    high, low = Story(RISE), Story(RISE)
    for value in ramp(2.0, 130):
        last = high.see(5, value, U)
    assert last is TRUE
    for value in ramp(0.0, 130):
        last = low.see(5, value, U)
    assert last is UNKNOWN


def test_sparse_readings_are_enough() -> None:
    verdicts = Story(RISE).each(200, [0.0, 10.0, 20.0, 30.0])
    assert verdicts[-1] is TRUE


NO_FALL = Rate("p", -0.1, 120.0, 120.0, 0.0, 1, State("run", True))
"""Running, and the level does not fall by 0.1 in two minutes."""


def test_a_pump_that_lowers_nothing() -> None:
    story = Story(NO_FALL)
    assert TRUE not in story.each(1, [2.0] * 300, run=False), "it stands: nothing is expected"
    assert TRUE in story.each(1, [2.0] * 130, run=True)
    assert set(story.each(1, [2.0] * 300, run=False)) == {BAND}, "standing does not clear it"
    assert story.each(1, [2.0 - i * 0.002 for i in range(130)], run=True)[-1] is FALSE


def test_a_pump_that_does_its_work_is_not_suspected() -> None:
    story = Story(NO_FALL)
    for _ in range(5):
        assert TRUE not in story.each(1, [2.0 - i * 0.002 for i in range(240)], run=True)
        assert TRUE not in story.each(1, [1.5 + i * 0.002 for i in range(240)], run=False)


def test_while_it_is_not_known_whether_the_pump_runs_nothing_is_said() -> None:
    story = Story(NO_FALL)
    story.each(1, [2.0] * 130, run=True)
    assert story.see(1, 2.0) is UNKNOWN  # `run` was never heard


# ---------------------------------------------------------------- stuck

STUCK = Stuck("p", 100.0, 0.1)


def test_a_value_that_moves_is_not_stuck() -> None:
    assert TRUE not in Story(STUCK).each(10, [1.0, 1.2, 1.4] * 20)


def test_a_value_that_stands_is_stuck_and_clears_when_it_moves() -> None:
    story = Story(STUCK)
    assert story.each(10, [1.0] * 10) == [BAND] * 10
    assert story.see(10, 1.09) is TRUE, "within the tolerance"
    assert story.see(10, 1.2) is FALSE
    assert story.each(10, [1.2] * 9) == [FALSE] * 9
    assert story.see(10, 1.2) is TRUE


def test_time_alone_makes_it_stuck() -> None:
    story = Story(STUCK)
    story.see(0, 1.0)
    assert story.see(100, 1.0, scanned=False) is TRUE


def test_bad_data_neither_moves_nor_ends_it() -> None:
    story = Story(STUCK)
    story.each(10, [1.0] * 12)
    assert story.see(10, None, B) is UNKNOWN
    assert story.see(10, 1.0) is TRUE


def test_stuck_counts_only_while_it_should_move() -> None:
    story = Story(Stuck("p", 100.0, 0.0, State("run", True)))
    assert TRUE not in story.each(10, [1.0] * 50, run=False)
    assert story.each(10, [1.0] * 11, run=True)[-1] is TRUE
    assert story.see(10, 1.0, run=False) is BAND


# ---------------------------------------------------------------- starts

CYCLES = Starts("p", 6, 3600.0)


def cycle(story: Story, period: float, n: int) -> list[Verdict]:
    return [story.see(period / 2, on) for _ in range(n) for on in (True, False)]


def test_seven_starts_an_hour_are_too_many() -> None:
    story = Story(CYCLES)
    story.see(0, False)
    assert TRUE not in cycle(story, 540, 6)
    assert story.see(270, True) is TRUE
    assert story.see(3600, False) is FALSE, "an hour of rest"


def test_six_are_not() -> None:
    assert TRUE not in cycle(Story(CYCLES), 601, 20)


def test_starts_that_nobody_saw_are_not_counted() -> None:
    story = Story(CYCLES)
    for _ in range(10):
        story.see(60, False)
        assert story.see(60, None, B) is UNKNOWN
        assert story.see(60, True) is not TRUE


def test_a_counter_of_starts() -> None:
    story = Story(Starts("p", 6, 3600.0, counter=True))
    assert story.each(60, [100, 103, 106])[-1] is not TRUE
    assert story.see(60, 107) is TRUE
    assert story.see(60, 0) is TRUE, "it began anew, and that is no start"
    assert story.see(3700, 1) is FALSE


def test_after_a_restart_nothing_is_clear_before_a_whole_window() -> None:
    assert set(Story(CYCLES).each(60, [False] * 59)) == {BAND}


# ---------------------------------------------------------------- water that never stops

FLOW = Unceasing("p", 0.2, 7200.0, 0.1)


def test_a_flow_that_stops_now_and_then_is_use() -> None:
    assert TRUE not in Story(FLOW).each(600, ([0.9] * 11 + [0.05]) * 5)


def test_a_flow_that_never_stops_is_a_leak() -> None:
    story = Story(FLOW)
    assert story.each(600, [0.3] * 13) == [BAND] * 12 + [TRUE]
    assert story.see(600, 0.15) is BAND, "below the limit, not past the deadband"
    assert story.see(600, 0.1) is FALSE


def test_a_gap_does_not_make_the_flow_stop() -> None:
    story = Story(FLOW)
    story.each(600, [0.3] * 6)
    assert story.see(3600, None, B) is UNKNOWN
    assert story.see(3600, 0.3) is TRUE


def test_a_meter_that_never_stands_still() -> None:
    metered = Unceasing("p", 0.0, 7200.0, counter=True, pause=900.0)
    story, used = Story(metered), Story(metered)
    assert story.each(600, range(14))[-1] is TRUE
    totals = [n // 3 * 3 for n in range(40)]  # stands for half an hour in between
    assert TRUE not in used.each(600, totals)


# ---------------------------------------------------------------- sensors never proven

WEEK = Unproven("p", 7 * 86400.0)


def test_a_sensor_that_was_wet_has_proven_itself() -> None:
    story = Story(WEEK)
    assert story.each(86400, [False] * 8) == [FALSE] * 8
    assert story.see(86400, False) is TRUE
    assert story.see(60, True) is FALSE
    assert story.see(86400, False) is FALSE


@pytest.mark.parametrize("quality", [U, B])
def test_only_a_good_reading_proves(quality: Quality) -> None:
    story = Story(WEEK)
    story.see(0, False)
    assert story.see(8 * 86400, True, quality) is TRUE


def test_a_stepped_wall_clock_neither_proves_nor_disproves() -> None:
    story = Story(WEEK)
    story.see(0, False)
    story.now = Instant(story.now.wall + 30 * 86400, story.now.steady)
    assert story.each(86400, [False] * 7) == [FALSE] * 7
    assert story.see(86400, False) is TRUE


def test_a_proof_that_is_yet_to_come_counts_from_now() -> None:
    story = Story(WEEK)
    story.memory[WEEK] = 1e12
    assert story.each(86400, [False] * 8) == [FALSE] * 8
    assert story.see(86400, False) is TRUE


# ---------------------------------------------------------------- uptime by month

UPTIME = MonthlyUptimeBelow(AtLeast(1, (State("p", True),)), 0.99, "Asia/Shanghai")
NOVEMBER = Instant(1_793_462_400.0, 0.0)  # 2026-11-01 00:00 in Shanghai


def month(seconds: float, *days: Any) -> tuple[Story, list[Verdict]]:
    """Hours of one value after another, looked at every `seconds`."""
    story = Story(UPTIME)
    story.now = NOVEMBER
    verdicts = []
    for value, hours in days:
        for _ in range(round(hours * 3600 / seconds)):
            verdicts.append(story.see(seconds, value, B if value is None else G))
    return story, verdicts


def test_a_month_is_lost_when_it_can_no_longer_be_kept() -> None:
    story, verdicts = month(300, (False, 24), (True, 7.0))
    assert TRUE not in verdicts, "7.2 h of 720 may be lost"
    assert [story.see(800, True), story.see(800, True)][-1] is TRUE
    assert story.see(600, False) is TRUE, "what is lost stays lost"


def test_the_next_month_begins_anew() -> None:
    story, _ = month(300, (True, 8.0))
    story.now = Instant(NOVEMBER.wall + 29.99 * 86400, 1e7)
    assert story.see(0, False) is TRUE
    assert story.see(0.01 * 86400, None, B) is UNKNOWN, "a new month, of which nothing was seen"
    assert [story.see(60, False), story.see(60, False)][-1] is FALSE


def test_what_was_not_seen_is_not_down() -> None:
    _, verdicts = month(300, (False, 1), (None, 100), (False, 1))
    assert TRUE not in verdicts


def test_time_between_looks_too_far_apart_is_not_counted() -> None:
    story, _ = month(300, (True, 1))
    assert story.see(20 * 3600, True) is not TRUE


# ---------------------------------------------------------------- all of them

ALL: list[Condition] = [
    RISE, NO_FALL, STUCK, CYCLES, Starts("p", 2, 60.0, counter=True), FLOW, WEEK, UPTIME,
    Unceasing("p", 0.0, 60.0, counter=True, pause=20.0), Stuck("p", 5.0, 0.0, State("run", True)),
    AtLeast(2, (High("p", 1.0), Rate("p", 0.1, 60.0, 60.0), State("run", True))),
]  # fmt: skip
VALUE = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-1e12, 1e12) | st.sampled_from(["", "on"])
LOOK = st.tuples(st.floats(0, 4000), VALUE, st.sampled_from(Quality), st.booleans(), st.booleans())


@given(st.sampled_from([one for one in ALL if one not in (RISE, NO_FALL)]), st.lists(LOOK, max_size=20))
def test_the_same_reading_delivered_again_changes_nothing(
    condition: Condition, looks: list[tuple[float, Any, Quality, bool, bool]]
) -> None:
    """A slope is the mean of readings, so that one that comes twice weighs a little more there."""
    story = Story(condition)
    for seconds, value, quality, _, run in looks:
        verdict = story.see(seconds, value, quality, scanned=True, run=run)
        known = {one: memory for one, memory in story.memory.items() if not isinstance(one, Rate)}
        assert story.see(0.0, value, quality, scanned=True, run=run) is verdict
        assert {one: memory for one, memory in story.memory.items() if not isinstance(one, Rate)} == known


@given(st.sampled_from(ALL), st.lists(LOOK, max_size=30))
def test_every_story_has_an_answer_and_bad_data_clears_nothing(
    condition: Condition, looks: list[tuple[float, Any, Quality, bool, bool]]
) -> None:
    story = Story(condition)
    for seconds, value, quality, scanned, run in looks:
        verdict = story.see(seconds, value, quality, scanned, run=run)
        assert verdict in Verdict
        if quality is not G and condition not in (WEEK, UPTIME) and not isinstance(condition, AtLeast):
            assert verdict is not FALSE
