from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.history import Sample
from monitor.domain.instant import Instant
from monitor.domain.point import Point
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, NOTHING_BAD, Plan, Scan, Slot
from monitor.engine.acquisition import Latest
from monitor.engine.recording import Recorder
from monitor.storage.spool import MemorySpool
from tests.support.clock import VirtualClock

PLAN = Plan("pit-1", (Point("pit-1", "level"), Point("pit-1", "running")))
T0 = 1_790_000_000.0


class Bench:
    def __init__(self) -> None:
        self.spool = MemorySpool()
        self.recorder = Recorder([PLAN], self.spool, VirtualClock())

    def take(
        self,
        second: float,
        *values: Slot,
        bad: Mapping[int, Quality] = NOTHING_BAD,
        source: float | None = None,
        wall: float | None = None,
        historical: bool = False,
    ) -> list[tuple[str, int, Slot, int]]:
        """What one scan leaves in the spool: key, ms since T0, value, quality."""
        received = Instant(T0 + second if wall is None else wall, 100 + second)
        self.recorder.take(Scan(PLAN, values, received, bad, source, historical=historical))
        batch = self.spool.oldest(1000)
        if batch is None:
            return []
        self.spool.done(batch)
        return [
            (s.point.partition(".")[2], s.at_ms - round(T0 * 1000), s.value, s.quality) for s in batch.samples
        ]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_first_values_are_kept(bench: Bench) -> None:
    assert bench.take(0, 1.5, True) == [("level", 0, 1.5, 0), ("running", 0, True, 0)]


def test_only_what_changed_is_kept(bench: Bench) -> None:
    bench.take(0, 1.5, True)
    assert bench.take(1, 1.5, True) == []
    assert bench.take(2, 1.6, True) == [("level", 2000, 1.6, 0)]
    assert bench.take(3, 1.6, False) == [("running", 3000, False, 0)]
    assert bench.take(4, 1.6, False) == []


def test_the_smallest_move_is_kept(bench: Bench) -> None:
    bench.take(0, 1.5, True)
    assert bench.take(1, 1.5 + 1e-12, True) != []


def test_an_unchanged_value_is_kept_again_after_a_heartbeat(bench: Bench) -> None:
    bench.take(0, 1.5, True)
    bench.take(20, 1.6, True)
    kept = {second: bench.take(second, 1.6, True) for second in range(21, 141)}

    assert {second: [k for k, *_ in rows] for second, rows in kept.items() if rows} == {
        60: ["running"],
        80: ["level"],
        120: ["running"],
        140: ["level"],
    }


def test_a_change_of_quality_alone_is_kept(bench: Bench) -> None:
    bench.take(0, 1.5, True)
    assert bench.take(1, 1.5, True, bad={0: Quality.OUT_OF_RANGE}) == [("level", 1000, 1.5, 1)]
    assert bench.take(2, 1.5, True) == [("level", 2000, 1.5, 0)]


def test_a_bad_value_has_none(bench: Bench) -> None:
    bench.take(0, 1.5, True)
    assert bench.take(1, 1.5, None, bad={0: Quality.STALE, 1: Quality.COMM_FAILURE}) == [
        ("level", 1000, None, 11),
        ("running", 1000, None, 12),
    ]
    assert bench.take(2, 1.5, True) == [("level", 2000, 1.5, 0), ("running", 2000, True, 0)]


def test_a_bad_value_that_flickers_under_its_quality_is_kept_once(bench: Bench) -> None:
    bench.take(0, 1.5, True, bad={0: Quality.RETAINED})
    assert bench.take(1, 1.7, True, bad={0: Quality.RETAINED}) == []


def test_what_a_message_did_not_speak_of_is_untouched(bench: Bench) -> None:
    bench.take(0, 1.5, True)
    assert bench.take(70, ABSENT, True) == [("running", 70_000, True, 0)]
    assert bench.take(71, 1.5, ABSENT) == [("level", 71_000, 1.5, 0)]


def test_the_devices_own_time_counts_to_the_millisecond(bench: Bench) -> None:
    assert bench.take(10, 1.5, ABSENT, source=T0 + 8.1236) == [("level", 8124, 1.5, 0)]


def test_the_heartbeat_runs_on_steady_time_when_the_clock_is_set(bench: Bench) -> None:
    bench.take(0, 1.5, True)
    assert bench.take(1, 1.5, True, wall=T0 + 7200) == []
    assert bench.take(2, 1.5, True, wall=T0 - 7200) == []
    assert len(bench.take(61, 1.5, True, wall=T0 - 7139)) == 2


def test_the_same_scan_again_gives_the_same_samples(bench: Bench) -> None:
    first = bench.take(0, 1.5, True)
    assert Bench().take(0, 1.5, True) == first


def test_only_what_is_said_to_have_changed_is_looked_at_until_a_heartbeat_is_due(bench: Bench) -> None:
    first = Scan(PLAN, (1.5, True), Instant(T0, 100))
    bench.recorder.take(first, changed=[0, 1])
    bench.recorder.take(first.again(Instant(T0 + 1, 101)), changed=())
    bench.recorder.take(Scan(PLAN, (1.6, True), Instant(T0 + 2, 102)), changed=[0])
    bench.recorder.take(first.again(Instant(T0 + 60, 160)), changed=())
    batch = bench.spool.oldest(1000)
    assert batch is not None
    kept = [(sample.at_ms - round(T0 * 1000), sample.point, sample.value) for sample in batch.samples]
    assert kept == [
        (0, "pit-1.level", 1.5),
        (0, "pit-1.running", True),
        (2000, "pit-1.level", 1.6),
        (60_000, "pit-1.level", 1.5),
        (60_000, "pit-1.running", True),
    ]


def test_an_equipment_that_was_not_planned_is_a_fault_of_ours(bench: Bench) -> None:
    other = Plan("pit-2", (Point("pit-2", "level"),))
    with pytest.raises(KeyError):
        bench.recorder.take(Scan(other, (1.0,), Instant(T0, 1.0)))


def test_samples_name_points_as_the_configuration_does(bench: Bench) -> None:
    bench.recorder.take(Scan(PLAN, (1.5, True), Instant(T0, 1.0)))
    batch = bench.spool.oldest(1)
    assert batch is not None
    assert batch.samples[0] == Sample("pit-1.level", round(T0 * 1000), 1.5, 0)


_SLOT = st.sampled_from([1.5, 2.5, 1.5, True, ABSENT, "on"])
_BAD = st.dictionaries(
    st.integers(0, 1), st.sampled_from([Quality.STALE, Quality.SENTINEL, Quality.OUT_OF_RANGE]), max_size=1
)


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.tuples(_SLOT, _SLOT), st.one_of(st.just({}), _BAD)), max_size=30
    )
)
def test_what_acquisition_says_has_changed_is_all_that_need_be_looked_at(story: list[Any]) -> None:
    told, looking = MemorySpool(), MemorySpool()
    short, long = Recorder([PLAN], told, VirtualClock()), Recorder([PLAN], looking, VirtualClock())
    now = Instant(T0, 100.0)
    latest = Latest(PLAN, now)
    for seconds, values, bad in story:
        now = now.after(seconds)
        scan, changed = latest.take(Scan(PLAN, values, now, bad))
        short.take(scan, changed)
        long.take(scan)
    assert told.oldest(1000) == looking.oldest(1000)


def test_samples_of_one_message_lie_as_far_apart_as_they_were_measured(bench: Bench) -> None:
    """Ten minutes of an unchanged value, sent at once, leave their heartbeats, as if they had been sent one by one."""
    kept = [bench.take(600, 5, ABSENT, source=T0 + second) for second in range(0, 601, 30)]
    assert [at for batch in kept for _, at, _, _ in batch] == [second * 1000 for second in range(0, 601, 60)]


def test_a_report_of_the_past_is_kept_whole_and_changes_nothing_of_what_comes_next(bench: Bench) -> None:
    assert bench.take(10, 5, True) != []
    past = bench.take(11, 5, ABSENT, source=T0 - 100, historical=True)
    assert past == [("level", -100_000, 5, 0)]
    assert bench.take(12, 5, True) == []
    assert bench.take(13, 5, None, bad={1: Quality.DECODE_ERROR}, source=T0 - 99, historical=True) == [
        ("level", -99_000, 5, 0),
        ("running", -99_000, None, Quality.DECODE_ERROR.code),
    ]


def test_heartbeats_of_many_equipment_are_spread_over_the_minute_and_never_later_than_that() -> None:
    plans = [Plan(f"e-{n}", (Point(f"e-{n}", "level"), Point(f"e-{n}", "running"))) for n in range(120)]
    spool = MemorySpool()
    recorder = Recorder(plans, spool, VirtualClock())
    kept: dict[str, list[int]] = {}
    in_second: list[int] = []
    for second in range(200):
        for plan in plans:
            recorder.take(
                Scan(plan, (1.5, True), Instant(T0 + second, 100.0 + second)), () if second else None
            )
        batch = spool.oldest(1000)
        in_second.append(len(batch.samples) if batch else 0)
        for sample in batch.samples if batch else ():
            kept.setdefault(sample.point, []).append(second)
        if batch:
            spool.done(batch)

    assert in_second[0] == 240
    assert max(in_second[1:]) <= 8
    assert {b - a for times in kept.values() for a, b in pairwise(times[1:])} == {60}
    assert all(times[1] <= 60 for times in kept.values())
