"""What a point was at a moment, and when it became something else."""

import math
from collections.abc import Sequence

import pytest

from monitor.domain.history import Sample
from monitor.domain.point import Kind, Point, Value
from monitor.domain.reading import Quality
from monitor.domain.replay.values import changes, reading_at

LEVEL = Point("pit-1", "level", unit="m")
BATTERY = Point("leak-1", "battery", stale_after=90_000.0)
FOREVER = Point("leak-1", "availability", Kind.TEXT, stale_after=math.inf)
RUNNING = Point("pit-1", "running", Kind.DISCRETE)


def sample(seconds: float, value: Value | None, quality: int = 0) -> Sample:
    return Sample("pit-1.level", round(seconds * 1000), value, quality)


@pytest.mark.parametrize(
    ("point", "last", "at", "value", "quality"),
    [
        (LEVEL, None, 10, None, Quality.NO_DATA),
        (LEVEL, sample(5, 1.5), 10, 1.5, Quality.GOOD),
        (LEVEL, sample(5, 1.5), 155, 1.5, Quality.GOOD),
        (LEVEL, sample(5, 1.5), 156, 1.5, Quality.STALE),
        (LEVEL, sample(5, 9.9, 1), 10, 9.9, Quality.OUT_OF_RANGE),
        (LEVEL, sample(5, None, 12), 10, None, Quality.COMM_FAILURE),
        (LEVEL, sample(5, None, 12), 1000, None, Quality.COMM_FAILURE),
        (LEVEL, sample(5, None, 99), 10, None, Quality.DECODE_ERROR),
        (LEVEL, sample(5, None, 0), 10, None, Quality.NO_DATA),
        (BATTERY, sample(5, 82), 80_000, 82, Quality.GOOD),
        (BATTERY, sample(5, 82), 90_006, 82, Quality.STALE),
        (FOREVER, sample(5, "online"), 9_000_000, "online", Quality.GOOD),
        (RUNNING, sample(5, 1.0), 10, True, Quality.GOOD),
    ],
)
def test_a_moment(
    point: Point, last: Sample | None, at: float, value: Value | None, quality: Quality
) -> None:
    reading = reading_at(point, last, round(at * 1000))
    assert (reading.value, reading.quality) == (value, quality)
    assert type(reading.value) is type(value)


def played(
    before: Sample | None, samples: Sequence[Sample], start: float, end: float, every: float = 1.0
) -> list[tuple[float, Value | None, str]]:
    found = changes(LEVEL, before, samples, round(start * 1000), round(end * 1000), round(every * 1000))
    return [(at / 1000, reading.value, reading.quality.name) for at, reading in found]


def test_only_changes_are_told() -> None:
    rows = [sample(s, v) for s, v in ((10, 1.0), (70, 1.0), (75, 2.0), (130, 2.0))]
    assert played(sample(-50, 1.0), rows, 0, 140) == [(75.0, 2.0, "GOOD")]


def test_a_silence_is_told_and_its_end() -> None:
    rows = [sample(10, 1.0), sample(400, 1.0)]
    assert played(None, rows, 0, 420) == [(10.0, 1.0, "GOOD"), (160.001, 1.0, "STALE"), (400.0, 1.0, "GOOD")]
    assert played(sample(10, 1.0), [], 20, 160) == []
    assert played(sample(10, 1.0), [], 20, 170) == [(160.001, 1.0, "STALE")]


def test_what_was_stale_when_it_began_is_not_told_again() -> None:
    assert played(sample(-900, 1.0), [], 0, 600) == []
    assert played(sample(-900, 1.0), [sample(30, 1.0)], 0, 60) == [(30.0, 1.0, "GOOD")]


def test_quality_alone_is_a_change() -> None:
    rows = [sample(10, None, 12), sample(20, 1.0)]
    assert played(sample(0, 1.0), rows, 0, 60) == [(10.0, None, "COMM_FAILURE"), (20.0, 1.0, "GOOD")]


def test_of_each_frame_the_last_is_told() -> None:
    rows = [sample(s, float(s)) for s in range(1, 31)]
    assert [value for _, value, _ in played(None, rows, 0, 30, every=10)] == [9.0, 19.0, 29.0, 30.0]
    # A spike inside one frame ends as it began: nothing to draw at this speed.
    assert played(sample(0, 1.0), [sample(11, 9.0), sample(12, 1.0)], 10, 20, every=10) == []


def test_what_never_grows_stale_is_never_silent() -> None:
    rows = [Sample("leak-1.availability", 10_000, "online", 0)]
    found = list(changes(FOREVER, None, rows, 0, 9_000_000_000, 1000))
    assert [(at, reading.value) for at, reading in found] == [(10_000, "online")]
