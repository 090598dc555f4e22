"""What each rule says of what it sees. `G` is good; a value is judged only as far as its quality goes."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.hours import Hours
from monitor.domain.reading import Grade, Quality
from monitor.domain.rules import (
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
    TooManyUnknown,
    Unreadable,
    Verdict,
    judge,
)

G = Quality.GOOD
U = Quality.OUT_OF_RANGE
BAD = [q for q in Quality if q.bad]
TRUE, BAND, FALSE, UNKNOWN = Verdict.TRUE, Verdict.BAND, Verdict.FALSE, Verdict.UNKNOWN


class Seen:
    """A view made of what a test says; any other point has never been heard."""

    def __init__(
        self, points: Mapping[str, tuple[Any, Quality]] | None = None, answering: bool | None = True
    ) -> None:
        self._points = points or {}
        self.answering = answering

    def read(self, key: str) -> tuple[Any, Quality]:
        return self._points.get(key, (None, Quality.NO_DATA))


def of(condition: Condition, value: Any, quality: Quality = G) -> Verdict:
    """The verdict over one point called `p`."""
    return judge(condition, Seen({"p": (value, quality)}))


# ---------------------------------------------------------------- limits

HIGH = High("p", 2.0, 0.2)
LOW = Low("p", 198.0, 4.0)


@pytest.mark.parametrize(
    ("condition", "value", "verdict"),
    [
        (HIGH, 2.001, TRUE),
        (HIGH, 2.0, BAND),
        (HIGH, 1.801, BAND),
        (HIGH, 1.8, FALSE),
        (HIGH, -5, FALSE),
        (HIGH, 3, TRUE),
        (High("p", 2.0), 2.0, FALSE),
        (High("p", 0.3), 3 * 0.1, FALSE),  # 0.30000000000000004 is a scaled 0.3
        (High("p", 0.3, 0.1), 0.2, FALSE),
        (High("p", 0.3, 0.1), 0.2001, BAND),
        (High("p", 1e6, 0.1), 999_999.9, FALSE),
        (High("p", 0.0), 1e-9, TRUE),
        (LOW, 197.9, TRUE),
        (LOW, 198.0, BAND),
        (LOW, 201.9, BAND),
        (LOW, 202.0, FALSE),
        (Low("p", 15), 15, FALSE),
        (HIGH, True, FALSE),
        (HIGH, "2.5", UNKNOWN),
        (HIGH, None, UNKNOWN),
    ],
)
def test_limits(condition: Condition, value: Any, verdict: Verdict) -> None:
    assert of(condition, value) is verdict


@pytest.mark.parametrize("quality", [q for q in Quality if q.grade is Grade.UNCERTAIN])
@pytest.mark.parametrize(
    ("condition", "raises", "not_raising"),
    [
        (HIGH, 9.0, [1.9, 1.0]),
        (LOW, 100.0, [200.0, 240.0]),
        (State("p", True), True, [False]),
        (Leak("p"), True, [False]),
    ],
)
def test_uncertain_may_raise_and_never_clears(
    condition: Condition, raises: Any, not_raising: list[Any], quality: Quality
) -> None:
    assert of(condition, raises, quality) is TRUE
    assert [of(condition, value, quality) for value in not_raising] == [UNKNOWN] * len(not_raising)


@pytest.mark.parametrize("quality", BAD)
@pytest.mark.parametrize("condition", [HIGH, LOW, State("p", True), State("p", "stopped"), Leak("p")])
@pytest.mark.parametrize("value", [None, 0, 9.0, True, False, "stopped"])
def test_bad_says_nothing(condition: Condition, value: Any, quality: Quality) -> None:
    assert of(condition, value, quality) is UNKNOWN


# ---------------------------------------------------------------- states and leaks


@pytest.mark.parametrize(
    ("condition", "value", "verdict"),
    [
        (State("p", True), True, TRUE),
        (State("p", True), False, FALSE),
        (State("p", True), 1, TRUE),
        (State("p", False), False, TRUE),
        (State("p", "stopped"), "stopped", TRUE),
        (State("p", "stopped"), "auto", FALSE),
        (State("p", "stopped"), "Stopped", FALSE),
        (State("p", 3), 3, TRUE),
        (Leak("p"), True, TRUE),
        (Leak("p"), False, FALSE),
        (Leak("p"), 1, TRUE),
        (Leak("p"), None, UNKNOWN),
    ],
)
def test_states(condition: Condition, value: Any, verdict: Verdict) -> None:
    assert of(condition, value) is verdict


# ---------------------------------------------------------------- lamps

LAMPS = tuple(f"lamp_{n}" for n in range(1, 121))
BELOW = AvailabilityBelow(LAMPS, "on", 0.95)
UNSEEN = TooManyUnknown(LAMPS, "on", 0.1)


def zone(working: int, failed: int, on: Any = True, on_quality: Quality = G) -> Seen:
    """120 lamps; those neither working nor failed are not seen."""
    points: dict[str, tuple[Any, Quality]] = {"on": (on, on_quality)}
    for i, name in enumerate(LAMPS):
        if i < working:
            points[name] = (True, G)
        elif i < working + failed:
            points[name] = (False, G)
        else:
            points[name] = (None, Quality.COMM_FAILURE)
    return Seen(points)


@pytest.mark.parametrize(
    ("working", "failed", "verdict"),
    [
        (120, 0, FALSE),
        (114, 6, FALSE),
        (113, 7, TRUE),
        (110, 10, TRUE),
        (100, 7, TRUE),  # even if the 13 unseen ones all work
        (113, 6, UNKNOWN),  # the one that is not seen decides
        (114, 0, FALSE),  # even if the 6 unseen ones have all failed
        (113, 0, UNKNOWN),
        (0, 0, UNKNOWN),
        (0, 120, TRUE),
    ],
)
def test_lamps_raise_on_the_best_case_and_clear_on_the_worst(
    working: int, failed: int, verdict: Verdict
) -> None:
    assert judge(BELOW, zone(working, failed)) is verdict


def test_more_lamps_must_work_in_the_evening_than_before_dawn() -> None:
    evening, small = Hours("UTC", ((18 * 60, 23 * 60),)), Hours("UTC", ((60, 5 * 60), (22 * 60, 24 * 60)))
    of = AvailabilityBelow(LAMPS, "on", 0.95, ((evening, 0.98), (small, 0.85)))
    at = {hour: of.limit_now(1_767_225_600.0 + hour * 3600) for hour in (0, 2, 5, 18, 22.5, 23)}
    assert at == {0: 0.95, 2: 0.85, 5: 0.95, 18: 0.98, 22.5: 0.98, 23: 0.85}  # the first whose hours it is


def test_an_alarm_about_lamps_does_not_clear_because_they_are_no_longer_seen() -> None:
    assert judge(BELOW, zone(110, 10)) is TRUE
    assert judge(BELOW, zone(0, 0)) is UNKNOWN


@pytest.mark.parametrize(
    ("on", "quality"), [(False, G), (None, Quality.NO_DATA), (True, Quality.STALE), (True, U)]
)
@pytest.mark.parametrize("condition", [BELOW, UNSEEN])
def test_lamps_not_known_to_be_commanded_on_are_not_judged(
    condition: Condition, on: Any, quality: Quality
) -> None:
    assert judge(condition, zone(0, 120, on, quality)) is UNKNOWN


def test_without_a_command_the_lamps_are_always_judged() -> None:
    assert judge(AvailabilityBelow(LAMPS, None, 0.95), zone(110, 10, on=False)) is TRUE


@pytest.mark.parametrize(
    ("seen", "verdict"), [(120, FALSE), (108, FALSE), (107, TRUE), (0, TRUE)], ids=["all", "12", "13", "none"]
)
def test_too_many_unseen(seen: int, verdict: Verdict) -> None:
    assert judge(UNSEEN, zone(seen, 0)) is verdict


# ---------------------------------------------------------------- about the data itself


@pytest.mark.parametrize(
    ("qualities", "verdict"),
    [
        ((G, G), FALSE),
        ((G, Quality.STALE), TRUE),
        ((Quality.STALE, Quality.NO_DATA), TRUE),
        ((Quality.STALE, Quality.COMM_FAILURE), TRUE),
        ((G, Quality.NO_DATA), UNKNOWN),
        ((G, Quality.COMM_FAILURE), UNKNOWN),  # the comm alarm speaks of that
        ((G, Quality.RETAINED), UNKNOWN),  # what the broker kept is no sign of life
        ((G, Quality.OUT_OF_SERVICE), UNKNOWN),
        ((G, Quality.DECODE_ERROR), FALSE),  # it speaks, if rubbish: the quality alarm speaks of that
        ((G, Quality.SENTINEL), FALSE),
        ((G, U), FALSE),
    ],
)
def test_stale(qualities: tuple[Quality, Quality], verdict: Verdict) -> None:
    view = Seen({key: (1.0, quality) for key, quality in zip("ab", qualities, strict=True)})
    assert judge(Stale(("a", "b")), view) is verdict


@pytest.mark.parametrize(("answering", "verdict"), [(True, FALSE), (False, TRUE), (None, UNKNOWN)])
def test_comm(answering: bool | None, verdict: Verdict) -> None:
    assert judge(Comm(), Seen(answering=answering)) is verdict


@pytest.mark.parametrize(
    ("quality", "verdict"),
    [
        (G, FALSE),
        (Quality.SENTINEL, TRUE),
        (Quality.DECODE_ERROR, TRUE),
        (Quality.OUT_OF_RANGE, TRUE),
        *[
            (q, UNKNOWN)
            for q in Quality
            if q.name in "CLOCK_SUSPECT SUBSTITUTED NO_DATA STALE COMM_FAILURE RETAINED"
        ],
        (Quality.OUT_OF_SERVICE, UNKNOWN),
    ],
)
def test_a_sensor_fault_is_what_the_device_itself_says_wrongly(quality: Quality, verdict: Verdict) -> None:
    assert of(SensorFault("p"), 1.0, quality) is verdict


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (G, G, FALSE),
        (G, Quality.DECODE_ERROR, TRUE),
        (Quality.SENTINEL, Quality.COMM_FAILURE, TRUE),
        (G, Quality.COMM_FAILURE, UNKNOWN),
        (Quality.STALE, Quality.STALE, UNKNOWN),
    ],
)
def test_one_of_many_that_cannot_be_read_is_enough(first: Quality, second: Quality, verdict: Verdict) -> None:
    assert judge(Unreadable(("p", "q")), Seen({"p": (True, first), "q": (True, second)})) is verdict


def test_what_watchroom_reports_itself_is_not_judged_from_data() -> None:
    assert judge(Reported("historian"), Seen()) is UNKNOWN


# ---------------------------------------------------------------- all of them

CONDITIONS: list[Condition] = [
    HIGH, LOW, State("p", True), State("p", "stopped"), Leak("p"), AvailabilityBelow(("p", "q"), "on", 0.95),
    AvailabilityBelow(("p",), None, 0.95), TooManyUnknown(("p", "q"), "on", 0.5), Stale(("p", "q")), Comm(),
    SensorFault("p"), Unreadable(("p", "q")), Reported("x"), Stale(()), AvailabilityBelow((), None, 0.95),
]  # fmt: skip
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3)
)
READINGS = st.dictionaries(st.sampled_from("pq") | st.just("on"), st.tuples(VALUES, st.sampled_from(Quality)))


@given(st.sampled_from(CONDITIONS), READINGS, st.sampled_from((True, False, None)))
def test_every_condition_has_an_answer_to_everything(
    condition: Condition, readings: dict[str, tuple[Any, Quality]], answering: bool | None
) -> None:
    assert judge(condition, Seen(readings, answering)) in Verdict


@given(st.sampled_from(CONDITIONS[:7]), READINGS)
def test_a_process_alarm_clears_on_good_data_only(
    condition: Condition, readings: dict[str, tuple[Any, Quality]]
) -> None:
    if judge(condition, Seen(readings)) is FALSE:
        assert readings["p"][1] is G or readings.get("q", (None, U))[1] is G
    if all(quality.bad for _, quality in readings.values()):
        assert judge(condition, Seen(readings)) is UNKNOWN


def test_nothing_seen_since_start_raises_and_clears_nothing() -> None:
    assert {judge(condition, Seen(answering=None)) for condition in CONDITIONS[:12]} == {UNKNOWN}


def test_ranks_put_the_most_urgent_first() -> None:
    assert sorted(Priority, key=lambda p: p.rank) == ["critical", "high", "medium", "low"]
