"""What is believed of an equipment: qualities over time, and nothing shown that the device did not say."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.instant import Instant
from monitor.domain.point import Kind, Point
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Plan, Scan
from monitor.engine.acquisition import Latest

PLAN = Plan(
    "leak-1",
    (
        Point("leak-1", "leak", Kind.DISCRETE, stale_after=100),
        Point("leak-1", "battery", range=(0, 100), stale_after=1000),
    ),
)
START = Instant(1_800_000_000.0, 500.0)


def at(seconds: float) -> Instant:
    return START.after(seconds)


def latest() -> Latest:
    return Latest(PLAN, START)


def scan(
    leak: object = ABSENT,
    battery: object = ABSENT,
    *,
    when: float = 1,
    bad: dict[int, Quality] | None = None,
    source: float | None = None,
) -> Scan:
    source_time = START.wall + source if source is not None else None
    return Scan(PLAN, (leak, battery), at(when), bad or {}, source_time)  # type: ignore[arg-type]


def qualities(view: Latest) -> list[Quality]:
    return [reading.quality for reading in view.readings()]


def test_before_anything_was_heard_there_is_no_data_and_no_value() -> None:
    view = latest()
    assert qualities(view) == [Quality.NO_DATA, Quality.NO_DATA]
    assert [reading.value for reading in view.readings()] == [None, None]


def test_a_partial_scan_touches_only_what_it_speaks_of() -> None:
    view = latest()
    view.take(scan(True, 90))
    _, changed = view.take(scan(False, when=2))
    assert changed == [0]
    assert view.read("battery") == (90, Quality.GOOD)


def test_a_finite_value_beyond_the_plausible_range_is_uncertain_and_kept() -> None:
    view = latest()
    stamped, _ = view.take(scan(battery=120))
    assert view.read("battery") == (120, Quality.OUT_OF_RANGE)
    assert stamped.bad == {1: Quality.OUT_OF_RANGE}, "history knows it too"


def test_a_retained_copy_never_replaces_what_was_heard_live() -> None:
    view = latest()
    view.take(scan(True))
    stamped, changed = view.take(scan(False, when=2, bad={0: Quality.RETAINED}))
    assert changed == []
    assert stamped.values[0] is ABSENT
    assert view.read("leak") == (True, Quality.GOOD)


def test_a_retained_copy_is_shown_as_such_when_nothing_else_is_known() -> None:
    view = latest()
    view.take(scan(True, bad={0: Quality.RETAINED}))
    assert view.read("leak") == (True, Quality.RETAINED)
    view.take(scan(True, when=3))
    assert view.read("leak") == (True, Quality.GOOD)


def test_a_message_that_is_older_than_the_one_before_changes_nothing() -> None:
    view = latest()
    view.take(scan(True, when=10, source=9))
    view.take(scan(False, when=11, source=5))
    assert view.read("leak") == (True, Quality.GOOD)


def test_a_clock_that_was_ahead_and_is_set_back_silences_nothing() -> None:
    view = latest()
    view.take(scan(False, when=10, source=200))
    view.take(scan(True, when=11, source=11))
    assert view.read("leak") == (True, Quality.GOOD)


def test_a_message_that_was_old_when_it_came_is_stale_at_once() -> None:
    view = latest()
    view.take(scan(True, when=200, source=0))
    assert view.read("leak") == (True, Quality.STALE)


def test_a_value_grows_stale_and_the_mark_is_a_gap_for_history() -> None:
    view = latest()
    view.take(scan(True, 90))
    assert view.age(at(100)) is None
    marked = view.age(at(102))
    assert marked is not None
    assert (marked.values[0], marked.bad[0], marked.values[1]) == (None, Quality.STALE, ABSENT)
    assert view.read("leak") == (True, Quality.STALE), "people still see what was last known"
    assert view.age(at(103)) is None, "told once"


def test_a_sensor_that_never_spoke_is_stale_in_time_too() -> None:
    view = latest()
    assert view.age(at(101)) is not None
    assert qualities(view) == [Quality.STALE, Quality.NO_DATA]


def test_a_lost_device_leaves_memories_and_its_next_scan_brings_the_truth() -> None:
    view = latest()
    view.take(scan(True, 90))
    lost = view.lose(at(5))
    assert lost is not None
    assert lost.values == (None, None)
    assert view.read("leak") == (True, Quality.COMM_FAILURE)
    assert view.lose(at(6)) is None, "told once"
    view.take(scan(False, 89, when=7))
    assert qualities(view) == [Quality.GOOD, Quality.GOOD]


def test_when_a_broker_returns_what_was_believed_is_believed_again_unless_it_grew_old_meanwhile() -> None:
    view = latest()
    view.take(scan(True, 90))
    view.lose(at(5))
    back = view.regain(at(300))
    assert back is not None
    assert view.read("leak") == (True, Quality.STALE)
    assert view.read("battery") == (90, Quality.GOOD)
    assert (back.values[0], back.values[1]) == (None, 90)


def test_bad_values_are_gone_not_kept() -> None:
    view = latest()
    view.take(scan(battery=90))
    view.take(scan(battery=None, when=2, bad={1: Quality.DECODE_ERROR}))
    assert view.read("battery") == (None, Quality.DECODE_ERROR)


def test_the_next_stale_time_is_the_earliest_and_none_when_all_are_lost() -> None:
    view = latest()
    view.take(scan(True, 90, when=0))
    assert view.next_stale() == START.steady + 100
    view.lose(at(1))
    assert view.next_stale() is None


def test_a_scan_that_repeats_renews_what_is_fresh_and_changes_nothing() -> None:
    view = latest()
    first = scan(True, 120, when=0)
    view.take(first)
    stamped, changed = view.take(first.again(at(90)))
    assert list(changed) == []
    assert (stamped.bad, stamped.received) == ({1: Quality.OUT_OF_RANGE}, at(90)), "history knows it still"
    assert [reading.received_time for reading in view.readings()] == [at(90).wall] * 2
    assert view.age(at(180)) is None
    assert view.next_stale() == at(190).steady


def test_what_repeats_a_scan_from_before_a_loss_brings_it_all_back() -> None:
    view = latest()
    first = scan(True, 120, when=0)
    view.take(first)
    view.lose(at(5))
    stamped, changed = view.take(first.again(at(7)))
    assert changed == [0, 1]
    assert stamped.bad == {1: Quality.OUT_OF_RANGE}
    assert qualities(view) == [Quality.GOOD, Quality.OUT_OF_RANGE]


def test_what_repeats_a_scan_that_never_arrived_is_looked_at() -> None:
    view = latest()
    view.take(scan(True, 90))
    _, changed = view.take(scan(False, 90, when=2).again(at(3)))
    assert changed == [0]
    assert view.read("leak") == (False, Quality.GOOD)


def test_what_repeats_after_growing_stale_is_fresh_again() -> None:
    view = latest()
    first = scan(True, 90, when=0)
    view.take(first)
    assert view.age(at(102)) is not None
    assert view.take(first.again(at(103)))[1] == [0]
    assert qualities(view) == [Quality.GOOD, Quality.GOOD]


class PointByPoint(Latest):
    """Takes every scan the long way: what the short ways are measured against."""

    def take(self, scan: Scan) -> tuple[Scan, list[int]]:
        stamped, changed = self._take_each(scan)
        return stamped, list(changed)


_VALUES = st.sampled_from([0, 1, 1.5, 120.0, -3, True, False, ABSENT, "on", 90.0])
_BAD = st.dictionaries(
    st.integers(0, 2), st.sampled_from([q for q in Quality if q is not Quality.GOOD]), max_size=2
)
_EVENTS = st.one_of(
    st.tuples(
        st.just("take"),
        st.tuples(_VALUES, _VALUES, _VALUES),
        st.one_of(st.just({}), _BAD),
        st.one_of(st.none(), st.none(), st.floats(-200, 0)),
    ),
    st.sampled_from([("again",), ("again",), ("lose",), ("regain",), ("age",)]),
    st.tuples(st.just("after"), st.integers(0, 2), _VALUES.filter(lambda value: value is not ABSENT)),
)
_THREE = Plan("leak-2", (*PLAN.points, Point("leak-2", "level", range=(0, 4), stale_after=20)))


def changed_at(before: Scan, place: int, value: Any, now: Instant) -> Scan:
    """What a driver gives when the bytes of one point are others."""
    values = (*before.values[:place], value, *before.values[place + 1 :])
    return before.after(values, [place] if value != before.values[place] else [], now)


@given(st.lists(st.tuples(st.integers(0, 30), _EVENTS), max_size=25))
def test_the_short_ways_believe_exactly_what_a_look_at_each_point_believes(events: list[Any]) -> None:
    short, long = Latest(_THREE, START), PointByPoint(_THREE, START)
    now, before = START, None
    for seconds, (what, *details) in events:
        now = now.after(seconds)
        if what == "take":
            values, bad, ago = details
            before = Scan(_THREE, values, now, bad, None if ago is None else now.wall + ago)
        if what in ("take", "again", "after"):
            if before is None:
                continue
            if what == "after" and before.whole and before.source_time is None and not before.bad:
                before = changed_at(before, *details, now)
            if what == "again" and before.whole and before.source_time is None:
                before = before.again(now)
            (a, changed), (b, expected) = short.take(before), long.take(before)
            assert list(changed) == expected
        else:
            a, b = (getattr(view, what)(now) for view in (short, long))
        assert (a and (a.values, a.bad)) == (b and (b.values, b.bad))
        assert short.readings() == long.readings()
        assert short.next_stale() == long.next_stale()


def test_what_was_heard_whole_grows_old_point_by_point_all_the_same() -> None:
    view = latest()
    view.take(scan(False, 90, when=1))
    assert view.next_stale() == at(101).steady
    assert view.age(at(101)) is None
    marked = view.age(at(101.5))
    assert marked is not None
    assert qualities(view) == [Quality.STALE, Quality.GOOD]
    assert view.next_stale() == at(1001).steady
    assert view.age(at(1001.5)) is not None
    assert view.next_stale() is None


def test_what_was_heard_whole_and_bad_never_grows_old() -> None:
    view = latest()
    view.take(scan(None, None, bad={0: Quality.SENTINEL, 1: Quality.SENTINEL}))
    assert view.next_stale() is None
    assert view.age(at(5000)) is None
    assert qualities(view) == [Quality.SENTINEL, Quality.SENTINEL]


def test_what_a_person_states_is_seen_over_what_the_device_says_which_is_kept_beneath() -> None:
    plan = Plan("pit-1", (Point("pit-1", "level"), Point("pit-1", "flow")))
    latest = Latest(plan, Instant(0.0, 0.0))
    latest.take(Scan(plan, (1.0, 2.0), Instant(1.0, 1.0)))
    latest.state("level", 3.1)
    assert latest.read("level") == (3.1, Quality.SUBSTITUTED)
    latest.take(Scan(plan, (1.5, 2.5), Instant(2.0, 2.0)))
    latest.lose(Instant(3.0, 3.0))
    assert latest.reading("level").value == 3.1
    assert latest.read("flow") == (2.5, Quality.COMM_FAILURE)
    latest.state("level", None)
    assert latest.read("level") == (1.5, Quality.COMM_FAILURE)
