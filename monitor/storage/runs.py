"""Means of values that were stored only when they changed: each counts for as long as it was in force.

A sample is in force until the next one, at most for the *hold*: with a heartbeat of 60 s a silence of more than 2.5
heartbeats is not an unchanged value, it is a gap. The embedded historian keeps runs as its rollups; the others make them
of raw samples: one arithmetic for all.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.domain.history import HOLD_S, Bucket, Sample
from monitor.domain.point import Value

HOLD_MS = int(HOLD_S * 1000)
"""2.5 heartbeats of 60 s."""

Holds = Mapping[str, int]
"""Point id -> hold in ms, for points that speak more rarely than the heartbeat."""


def number(value: Value | None) -> float | None:
    """A value as a number: True is 1, text is none."""
    if value is None or isinstance(value, str):
        return None
    return float(value)


@dataclass(slots=True)
class Run:
    """Consecutive samples of one point, from the first to the last; what follows the last is not in it.

    Because its edges are samples, two neighbouring runs join exactly, whatever buckets are asked for later. `area` is
    value x ms over the `weighed_ms` in which there was a number, `good_ms` of `recorded_ms` were good.
    """

    first_ms: int
    last_ms: int
    count: int
    minimum: float | None
    maximum: float | None
    area: float
    weighed_ms: int
    recorded_ms: int
    good_ms: int
    last: Value | None
    quality: int

    @classmethod
    def of(cls, at_ms: int, value: Value | None, quality: int) -> Run:
        """A single sample."""
        level = number(value)
        return cls(at_ms, at_ms, 1, level, level, 0.0, 0, 0, 0, value, quality)

    def add(self, at_ms: int, value: Value | None, quality: int, hold: int) -> None:
        """One more sample, later than the last."""
        self._reach(at_ms, hold)
        self.last_ms = at_ms
        self.count += 1
        self.last, self.quality = value, quality
        level = number(value)
        if level is not None:
            if self.minimum is None or level < self.minimum:
                self.minimum = level
            if self.maximum is None or level > self.maximum:
                self.maximum = level

    def join(self, later: Run, hold: int) -> None:
        """Another run, later than this one."""
        self._reach(later.first_ms, hold)
        self.last_ms = later.last_ms
        self.count += later.count
        self.last, self.quality = later.last, later.quality
        self.minimum = _least(self.minimum, later.minimum)
        self.maximum = _most(self.maximum, later.maximum)
        self.area += later.area
        self.weighed_ms += later.weighed_ms
        self.recorded_ms += later.recorded_ms
        self.good_ms += later.good_ms

    def _reach(self, at_ms: int, hold: int) -> None:
        span = min(at_ms - self.last_ms, hold)
        self.recorded_ms += span
        if self.quality == 0:
            self.good_ms += span
        level = number(self.last)
        if level is not None:
            self.area += level * span
            self.weighed_ms += span


def edges(start_ms: int, end_ms: int, count: int) -> list[int]:
    """The `count + 1` edges of equal buckets, to the millisecond. Raises ValueError for an empty range or no bucket."""
    if count < 1 or end_ms <= start_ms:
        raise ValueError("a history needs at least one bucket and an end after its start")
    return [start_ms + (end_ms - start_ms) * i // count for i in range(count + 1)]


def fold(runs: Iterable[Run], at: Sequence[int], hold: int) -> list[Bucket]:
    """Buckets between the edges `at` from runs in order of time, none of which crosses an edge.

    Runs before the first edge only say what was in force there.
    """
    filling = [_Filling() for _ in at[:-1]]
    before: Run | None = None
    for run in runs:
        if before is not None:
            _spread(filling, at, before, run.first_ms, hold)
        i = bisect_right(at, run.first_ms) - 1
        if 0 <= i < len(filling):
            filling[i].take(run)
        before = run
    if before is not None:
        _spread(filling, at, before, at[-1], hold)
    return [f.bucket(at[i], at[i + 1]) for i, f in enumerate(filling)]


def sample_runs(samples: Iterable[Sample]) -> Iterable[Run]:
    """Each sample as a run of one."""
    return (Run.of(s.at_ms, s.value, s.quality) for s in samples)


class Gathering:
    """Buckets of raw samples that come page by page: what is kept of them is at most a run for each bucket.

    Samples are given in order of time; those before the first edge only say what was in force there.
    """

    def __init__(self, at: Sequence[int], hold: int) -> None:
        self._at = at
        self._hold = hold
        self._runs: list[Run] = []
        self._bucket = -2

    def add(self, samples: Iterable[Sample]) -> None:
        """One more page."""
        for sample in samples:
            bucket = bisect_right(self._at, sample.at_ms) - 1
            if bucket == self._bucket:
                self._runs[-1].add(sample.at_ms, sample.value, sample.quality, self._hold)
            else:
                self._runs.append(Run.of(sample.at_ms, sample.value, sample.quality))
                self._bucket = bucket

    def buckets(self) -> list[Bucket]:
        """All of them, when everything was added."""
        return fold(self._runs, self._at, self._hold)


def _spread(filling: list[_Filling], at: Sequence[int], run: Run, until: int, hold: int) -> None:
    """Give each bucket its share of the time in which the last value of `run` was in force."""
    start = max(run.last_ms, at[0])
    end = min(until, run.last_ms + hold, at[-1])
    if start >= end:
        return
    i = bisect_right(at, start) - 1
    level = number(run.last)
    while start < end:
        stop = min(end, at[i + 1])
        filling[i].hold(stop - start, run, level)
        start = stop
        i += 1


class _Filling:
    """One bucket in the making."""

    __slots__ = ("area", "count", "good", "last", "maximum", "minimum", "recorded", "weighed")

    def __init__(self) -> None:
        self.count = self.weighed = self.recorded = self.good = 0
        self.minimum: float | None = None
        self.maximum: float | None = None
        self.area = 0.0
        self.last: Value | None = None

    def take(self, run: Run) -> None:
        self.count += run.count
        self.minimum = _least(self.minimum, run.minimum)
        self.maximum = _most(self.maximum, run.maximum)
        self.area += run.area
        self.weighed += run.weighed_ms
        self.recorded += run.recorded_ms
        self.good += run.good_ms
        self.last = run.last

    def hold(self, span: int, run: Run, level: float | None) -> None:
        self.recorded += span
        if run.quality == 0:
            self.good += span
        if level is not None:
            self.area += level * span
            self.weighed += span
            self.minimum = _least(self.minimum, level)
            self.maximum = _most(self.maximum, level)
        self.last = run.last

    def bucket(self, start_ms: int, end_ms: int) -> Bucket:
        # Garbage near the largest number there is has an area without end, and no mean that anybody could say.
        mean = self.area / self.weighed if self.weighed and math.isfinite(self.area) else None
        if mean is not None and self.minimum is not None and self.maximum is not None:
            mean = min(max(mean, self.minimum), self.maximum)  # rounding must not leave the values' span
        share = self.good / self.recorded if self.recorded else 0.0
        return Bucket(start_ms, end_ms, self.count, self.minimum, mean, self.maximum, self.last, share)


def _least(a: float | None, b: float | None) -> float | None:
    if a is None or b is None:
        return b if a is None else a
    return min(a, b)


def _most(a: float | None, b: float | None) -> float | None:
    if a is None or b is None:
        return b if a is None else a
    return max(a, b)
