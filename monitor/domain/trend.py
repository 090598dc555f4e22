"""How fast a value moves, in spite of noise and gaps.

The window is cut into slices; each slice counts with the mean of its readings, and the slope is the median of the slopes
between all pairs of slices (Theil 1950, Sen 1968): a quarter of the slices may be nonsense without moving it. It is computed
when a slice is complete, so that a reading costs next to nothing.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from statistics import median
from typing import NamedTuple

from monitor.domain.conditions import Rate
from monitor.domain.instant import Instant
from monitor.domain.reading import Grade
from monitor.domain.verdict import Seen, Verdict, number

SLICES = 20
FEWEST = 3
"""Slices with readings without which there is no slope."""
COVERED = 0.6
"""Share of the window that lies between the first and the last slice, at least."""
HOLE = 0.5
"""Share of the window that may be without any reading."""


class Slice(NamedTuple):
    """Sums over the readings of one slice; times are steady (s)."""

    begun: float
    times: float
    values: float
    n: int
    doubtful: bool

    def take(self, at: float, value: float, doubtful: bool) -> Slice:
        """With one more reading."""
        return Slice(self.begun, self.times + at, self.values + value, self.n + 1, self.doubtful or doubtful)


class Trend(NamedTuple):
    """What is remembered between two looks. `slope` is per second, None while too little was seen."""

    slices: tuple[Slice, ...] = ()
    open: Slice | None = None
    slope: float | None = None
    doubtful: bool = False


def take(trend: Trend, condition: Rate, seen: Seen, now: Instant) -> Trend:
    """One more reading. A bad one is a gap."""
    value = number(seen)
    if value is None:
        return trend
    doubtful = seen[1].grade is Grade.UNCERTAIN
    at, current = now.steady, trend.open
    if current is not None and at - current.begun < condition.window / SLICES:
        return trend._replace(open=current.take(at, value, doubtful))
    # A slice whose middle is exactly one window old still counts: it is the far end of the slope.
    oldest = at - condition.window * (1 + 1 / SLICES)
    slices = trend.slices if current is None else (*trend.slices, current)
    slices = tuple(one for one in slices if one.begun >= oldest)
    fresh = Slice(at, at, value, 1, doubtful)
    slope = _slope((*slices, fresh), condition.window)
    return Trend(slices, fresh, slope, doubtful or any(one.doubtful for one in slices))


def judge(trend: Trend, condition: Rate) -> Verdict:
    """What the slope says of the limit. BAND while too little was seen for one: that neither raises nor clears."""
    if trend.slope is None:
        return Verdict.BAND
    moved = trend.slope * condition.per
    excess = (abs(moved) if condition.sign == 0 else condition.sign * moved) - condition.limit
    if excess > 0:
        return Verdict.TRUE
    if trend.doubtful:
        return Verdict.UNKNOWN
    return Verdict.FALSE if excess <= -condition.deadband else Verdict.BAND


def _slope(slices: tuple[Slice, ...], window: float) -> float | None:
    dots = [(one.times / one.n, one.values / one.n) for one in slices]
    if len(dots) < FEWEST or dots[-1][0] - dots[0][0] < COVERED * window:
        return None
    if any(b[0] - a[0] > HOLE * window for a, b in pairwise(dots)):
        return None
    return median((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(dots, 2))
