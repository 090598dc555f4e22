"""Recorded values judged again: the trips are those that the daemon raised, and a changed rule's are what it would have."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.domain.conditions import AtLeast, Deviation, Rate, Starts, Stuck, Unceasing
from monitor.domain.history import Sample
from monitor.domain.hours import Hours
from monitor.domain.nuisance import Trip
from monitor.domain.point import Kind, Point
from monitor.domain.reading import Quality
from monitor.domain.rules import (
    AlarmKind,
    AlarmRule,
    AvailabilityBelow,
    Comm,
    Condition,
    High,
    Leak,
    Low,
    Priority,
    Reported,
    SensorFault,
    Stale,
    State,
)
from monitor.domain.tuning import Difference, best, candidates, compare
from monitor.engine.recording import Recorder
from monitor.engine.rejudging import why_not
from monitor.engine.tuning import nightly_minima, rejudge
from tests.engine.bench import Bench
from tests.support.clock import VirtualClock
from tests.support.fake_historian import FakeHistorian

START = 1_793_462_400
LEVEL = Point("pit-1", "level", range=(0, 5), stale_after=60)
FLOW = Point("pit-1", "flow", range=(0, 10), stale_after=60)
WATER = Point("pit-1", "water", Kind.DISCRETE, stale_after=30)
POINTS = (LEVEL, FLOW, WATER)


def rule(condition: Condition, **fields: Any) -> AlarmRule:
    base = AlarmRule("pit-1.r", "pit-1", AlarmKind.LIMIT, condition, Priority.MEDIUM, 0.0, 0.0)
    return replace(base, **fields)


HIGH = rule(High("level", 2.0))


async def _told(
    rules: Sequence[AlarmRule], values: Sequence[tuple[float, Any]], end: float, point: Point = LEVEL
) -> tuple[tuple[Trip, ...], ...]:
    historian = FakeHistorian()
    await historian.write([Sample(point.id, round((START + at) * 1000), value, 0) for at, value in values])
    past = await rejudge(historian, rules, [point], START * 1000, round((START + end) * 1000), 1.0)
    return past.trips


def tuned(before: AlarmRule, after: AlarmRule, values: Sequence[tuple[float, Any]], end: float) -> Difference:
    one, other = asyncio.run(_told([before, after], values, end))
    return compare(before, one, after, other, START + end)


def flapping(bursts: int, count: int, up: float = 2.0, down: float = 5.0) -> list[tuple[float, float]]:
    """Bursts of `count` short activities, half an hour apart, the last with one less; heartbeats between."""
    values: list[tuple[float, float]] = []
    for burst in range(bursts):
        begins = burst * 1800.0
        for i in range(count - (burst == bursts - 1)):
            values += [(begins + i * (up + down), 2.5), (begins + i * (up + down) + up, 1.0)]
        values += [(at, 1.0) for at in range(int(values[-1][0]) + 60, int(begins) + 1800, 60)]
    return values


HIGH_WATER = [(float(at), 2.3 if 3600 <= at < 4000 else 1.0) for at in range(0, 7200, 50)]


def test_a_flapping_level_with_an_off_delay() -> None:
    made = tuned(HIGH, replace(HIGH, off_delay=8.0), flapping(12, 12), 6 * 3600)
    assert (len(made.removed), len(made.before.trips), made.longest_lost) == (131, 143, 0.0)
    assert made.before.worst_ten_minutes is not None
    assert made.before.worst_ten_minutes.count == 12
    assert made.after.worst_ten_minutes is not None
    assert made.after.worst_ten_minutes.count == 1


def test_a_limit_that_loses_a_real_alarm_says_so() -> None:
    made = tuned(HIGH, rule(High("level", 2.4)), HIGH_WATER, 7200)
    assert (len(made.removed), len(made.lost), made.longest_lost) == (1, 1, 400.0)


def test_a_stricter_limit_says_what_is_new() -> None:
    made = tuned(HIGH, rule(High("level", 0.5)), HIGH_WATER, 7200)
    assert len(made.after.trips) == 1, "all the time, and that includes the one of before"
    assert (made.removed, made.new) == ((), ())
    assert len(tuned(rule(High("level", 2.4)), HIGH, HIGH_WATER, 7200).new) == 1


def test_the_best_of_the_usual_ones_is_found_by_judging() -> None:
    tried = candidates(HIGH, [LEVEL])
    trips = asyncio.run(_told([HIGH, *(one.rule for one in tried)], flapping(12, 12), 6 * 3600))
    made = [
        (one, compare(HIGH, trips[0], one.rule, own, START + 6 * 3600))
        for one, own in zip(tried, trips[1:], strict=True)
    ]
    found = [(one.field, one.text, len(pair.removed)) for one, pair in best(made)]
    assert found == [("off_delay", "8s", 131), ("on_delay", "3s", 143)], (
        "about as much, and nothing is kept from anybody"
    )


def test_a_gap_is_bad_data_and_neither_raises_nor_clears() -> None:
    values = [(0.0, 1.0), (60.0, 2.5), (3600.0, 2.5), (3660.0, 1.0)]
    assert asyncio.run(_told([rule(High("level", 2.0), on_delay=300.0)], values, 4000)) == (
        (Trip(START + 3600, START + 3660),),
    )


def test_a_leak_counts_the_reads_between_two_stored_values() -> None:
    values = [(0.0, False), (60.0, True), (61.0, False), (120.0, True), (180.0, True), (200.0, False)]
    trips = asyncio.run(_told([rule(Leak("water", 2))], values, 300, WATER))
    assert trips == ((Trip(START + 121, START + 200),),), (
        "one wet read is a splash, also when dry comes a second later"
    )


async def test_the_nights_teach_their_floor() -> None:
    historian, hours = FakeHistorian(), Hours("UTC", ((60, 300),))
    night = rule(Unceasing("flow", 0.01, 7200.0), during=hours)
    begins = START - START % 86_400
    flow = [
        Sample(
            "pit-1.flow", (begins + at) * 1000, 0.4 + at // 86_400 if 7200 <= at % 86_400 < 14_400 else 5.0, 0
        )
        for at in range(0, 3 * 86_400, 600)
    ]
    await historian.write([*flow, Sample("pit-1.flow", (begins + 7201) * 1000, None, Quality.SENTINEL.code)])
    assert await nightly_minima(historian, night, FLOW, begins * 1000, (begins + 3 * 86_400) * 1000) == (
        0.4,
        1.4,
        2.4,
    )


@pytest.mark.parametrize("condition", [Comm(), Reported("x"), AtLeast(1, (State("water", True), Comm())),
    Rate("level", 1.0, 60.0, 600.0, when=Comm())])  # fmt: skip
def test_what_no_recorded_value_decides_is_refused(condition: Condition) -> None:
    assert why_not(condition)


# The same as the daemon

CONDITIONS: tuple[Condition, ...] = (
    High("level", 2.0, 0.2),
    Low("flow", 1.0, 0.5),
    State("water", True),
    Leak("water", 2),
    Leak("water", 1),
    Deviation(("level", "flow"), 1.0, 0.2),
    SensorFault("level"),
    Stale(("level", "flow")),
    AvailabilityBelow(("water",), None, 0.9),
    AtLeast(2, (High("level", 2.0, 0.2), State("water", True))),
)
TIMED: tuple[Condition, ...] = (Stuck("flow", 20.0, 0.1), Starts("water", 1, 30.0))
NUMBER = st.sampled_from([0.9, 1.0, 1.5, 1.8, 1.9, 2.0, 2.1, 3.0, 5.5])
SCANS = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 1, 2, 5, 40, 90]),  # s; the longer ones are silences
        st.tuples(NUMBER, NUMBER, st.booleans()),
        st.dictionaries(
            st.integers(0, 2), st.sampled_from([Quality.SENTINEL, Quality.DECODE_ERROR]), max_size=1
        ),
        st.integers(1, 8),
    ),
    min_size=1,
    max_size=12,
)


class Kept(list[Sample]):
    """What of a spool the recorder uses."""

    def append(self, samples: Any) -> None:  # type: ignore[override]
        self.extend(samples)


async def _lived(of: AlarmRule, scans: Any) -> tuple[list[Trip], list[Sample], float]:
    """What the daemon raised from these scans, and what it recorded of them."""
    clock, kept = VirtualClock(wall=float(START)), Kept()
    async with Bench([of], POINTS, clock=clock) as one:
        one.pipeline.keep = Recorder([one.plan], kept, clock)  # type: ignore[arg-type]
        for wait, values, bad, times in scans:
            await one.wait(wait)
            one.say(*values, bad=bad)
            for _ in range(times):
                await one.wait(1.0)
                one.say(*values, bad=bad)
        await one.wait(1.0)
        trips: list[Trip] = []
        for event in one.journal.events:
            if event.cause.value == "raised":
                trips.append(Trip(event.at, None))
            elif event.cause.value == "returned":
                trips[-1] = Trip(trips[-1].raised, event.at)
        return trips, list(kept), clock.now().wall


async def _again(rules: Sequence[AlarmRule], kept: list[Sample], end: float) -> tuple[tuple[Trip, ...], ...]:
    historian = FakeHistorian()
    await historian.write(kept)
    return (await rejudge(historian, rules, POINTS, START * 1000, round(end * 1000), 1.0)).trips


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(CONDITIONS), st.sampled_from([0.0, 2.0, 5.0]), st.sampled_from([0.0, 3.0, 10.0]), SCANS
)
def test_the_trips_are_those_of_the_daemon_and_nothing_changed_changes_nothing(
    condition: Condition, on: float, off: float, scans: Any
) -> None:
    of = rule(condition, on_delay=on, off_delay=off)
    lived, kept, end = asyncio.run(_lived(of, scans))
    told, same = asyncio.run(_again([of, of], kept, end))
    assert list(told) == lived
    made = compare(of, told, of, same, end)
    assert (made.removed, made.new, made.later) == ((), (), 0.0)


LOOK = 5.0
"""Seconds between looks at what time moves, in the past as in the present."""
BRIEF = [
    (1, (1.0, flow, False), {}, times) for flow, times in ((1.0, 1), (2.0, 8), (2.0, 9), (2.0, 1), (3.0, 8))
]
"""Still for just as long as it takes: the daemon sees the second of it with a scan, a look every 5 s does not."""


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(TIMED), SCANS)
@example(TIMED[0], BRIEF)
def test_rules_that_time_moves_trip_when_the_daemon_did(condition: Condition, scans: Any) -> None:
    of = rule(condition)
    lived, kept, end = asyncio.run(_lived(of, scans))
    (told,) = asyncio.run(_again([of], kept, end))
    for trip in told:
        assert any(abs(trip.raised - other.raised) <= LOOK for other in lived) or end - trip.raised < LOOK
    for trip in lived:
        long = (trip.returned or end) - trip.raised >= LOOK
        assert not long or any(abs(trip.raised - other.raised) <= LOOK for other in told)


@pytest.mark.parametrize("condition", [
    Rate("level", 0.5, 60.0, 120.0, sign=1),
    Rate("level", 0.5, 60.0, 120.0, sign=1, when=State("water", True)),
    AtLeast(2, (Rate("level", 0.5, 60.0, 120.0), State("water", True))),
], ids=["alone", "while something runs", "with another"])  # fmt: skip
def test_a_rate_is_as_the_daemon_saw_it_though_only_changes_were_recorded(condition: Condition) -> None:
    steps = (1.0, 1.0, 1.0, 1.3, 1.6, 1.9, 2.2, 2.5, 2.5, 2.5, 2.5, 2.5, 2.6)
    scans = [(1, (level, 1.0, True), {}, 29) for level in steps]
    of = rule(condition)
    lived, kept, end = asyncio.run(_lived(of, scans))
    (told,) = asyncio.run(_again([of], kept, end))
    assert len(lived) == len(told) == 1
    assert abs(told[0].raised - lived[0].raised) <= 12.0, "two of the twenty slices of its window"
    assert told[0].returned is not None
    assert lived[0].returned is not None
    assert abs(told[0].returned - lived[0].returned) <= 12.0
