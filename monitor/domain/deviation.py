"""Points that should agree, and how far they do not."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from monitor.domain.conditions import Deviation
from monitor.domain.reading import Grade
from monitor.domain.verdict import Verdict, View, number


def judge(condition: Deviation, view: View) -> Verdict:
    """One bad point and nobody can say; an uncertain one may raise and never clears."""
    seen = [view.read(point) for point in condition.points]
    values = [number(one) for one in seen]
    if None in values:
        return Verdict.UNKNOWN
    apart, base = _apart([value for value in values if value is not None])
    verdict = _verdict(condition, apart, base)
    doubtful = any(quality.grade is Grade.UNCERTAIN for _, quality in seen)
    return Verdict.UNKNOWN if doubtful and verdict is not Verdict.TRUE else verdict


def measure(condition: Deviation, view: View) -> float | None:
    """How far apart they are now, in the points' unit or in per cent; None when nobody can say."""
    values = [number(view.read(point)) for point in condition.points]
    if None in values:
        return None
    apart, base = _apart([value for value in values if value is not None])
    if not condition.percent:
        return apart
    return apart / abs(base) * 100 if base else None


def _apart(values: Sequence[float]) -> tuple[float, float]:
    """The distance, and what it is measured against."""
    if len(values) == 2:
        return abs(values[0] - values[1]), values[1]
    mean = fmean(values)
    return max(abs(value - mean) for value in values), mean


def _verdict(condition: Deviation, apart: float, base: float) -> Verdict:
    if abs(base) < condition.least or (condition.percent and base == 0):
        return Verdict.BAND
    scale = abs(base) / 100 if condition.percent else 1.0
    if apart > condition.limit * scale:
        return Verdict.TRUE
    return Verdict.FALSE if apart <= (condition.limit - condition.deadband) * scale else Verdict.BAND
