"""What a point was: the last sample of before, believed for as long as the daemon would have believed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.domain.history import HOLD_S, Sample
from monitor.domain.point import Kind, Point, Value
from monitor.domain.reading import Quality, Reading

_FOREVER = 10 * 365 * 86_400.0
"""Seconds that stand for never."""


def hold_ms(point: Point) -> float:
    """How long (ms) a sample is in force without another: 2.5 heartbeats, or as long as the point may be silent."""
    return 1000 * min(max(HOLD_S, point.stale_after), _FOREVER)


def reading_at(point: Point, sample: Sample | None, at_ms: int) -> Reading:
    """The point at `at_ms` by its last sample: nothing before the first one, stale after a silence."""
    if sample is None:
        return Reading(point.id, None, Quality.NO_DATA, None, None)
    value, quality = _told(point, sample)
    if not quality.bad and at_ms - sample.at_ms > hold_ms(point):
        quality = Quality.STALE
    return Reading(point.id, value, quality, None, sample.at_ms / 1000)


def changes(
    point: Point, before: Sample | None, samples: Sequence[Sample], start_ms: int, end_ms: int, every_ms: int
) -> Iterator[tuple[int, Reading]]:
    """When (ms) a point became something else after `start_ms` and up to `end_ms`, and what.

    Of each `every_ms` only the last change is told. `before` is in force at the beginning, `samples` follow it in order
    of time. A silence too long is a change as well.
    """
    shown = reading_at(point, before, start_ms)
    waiting: tuple[int, Reading] | None = None
    for moved in _moves(point, before, samples, end_ms, every_ms):
        if moved[0] <= start_ms:
            continue
        over = waiting is not None and moved[0] // every_ms != waiting[0] // every_ms
        if waiting is not None and over and _differs(waiting[1], shown):
            yield waiting
            shown = waiting[1]
        waiting = moved
    if waiting is not None and _differs(waiting[1], shown):
        yield waiting


def _moves(
    point: Point, before: Sample | None, samples: Sequence[Sample], end_ms: int, every_ms: int
) -> Iterator[tuple[int, Reading]]:
    """Samples and silences, without samples that the next one of the same `every_ms` covers: most of them, played fast."""
    hold = int(hold_ms(point))
    rows = samples if before is None else (before, *samples)
    for i, sample in enumerate(rows):
        at_ms = sample.at_ms
        last = i + 1 == len(rows)
        until = end_ms + 1 if last else rows[i + 1].at_ms
        silent = until - at_ms > hold + 1
        if not last and not silent and until // every_ms == at_ms // every_ms:
            continue
        yield at_ms, reading_at(point, sample, at_ms)
        if silent:
            yield at_ms + hold + 1, reading_at(point, sample, at_ms + hold + 1)


def _differs(one: Reading, other: Reading) -> bool:
    return one.quality is not other.quality or one.value != other.value


def _told(point: Point, sample: Sample) -> tuple[Value | None, Quality]:
    try:
        quality = Quality.from_code(sample.quality)
    except ValueError:  # stored by a newer program
        quality = Quality.DECODE_ERROR
    value = sample.value
    if value is None and not quality.bad:  # a store that keeps no text
        quality = Quality.NO_DATA
    # A server's numeric field gives a truth value back as 1.0.
    if point.kind is Kind.DISCRETE and not point.states and isinstance(value, float) and value in (0.0, 1.0):
        value = value == 1.0
    return value, quality
