"""A line of values over time as SVG: numbers only, so that nothing in it can be run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from monitor.domain.history import Sample
from monitor.domain.point import Kind, Point
from monitor.domain.reading import Quality
from monitor.domain.replay.values import hold_ms

Height = Callable[[float], float]
"""Where a value stands."""

WIDTH, HEIGHT = 900, 150
LEFT, RIGHT, TOP, BOTTOM = 64, 10, 8, 22
_STEPS = (60, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600)
"""Seconds between two marks of time."""
_BAD_FROM = Quality.NO_DATA.code


@dataclass(frozen=True, slots=True)
class Frame:
    """The span that is drawn (POSIX s), where the alarm was active, and moments worth a line."""

    start: float
    end: float
    active: tuple[tuple[float, float], ...]
    moments: tuple[float, ...]
    timezone: str

    def x(self, at: float) -> float:
        """Where a moment stands."""
        share = (min(max(at, self.start), self.end) - self.start) / max(self.end - self.start, 1e-9)
        return LEFT + share * (WIDTH - LEFT - RIGHT)


def draw(point: Point, samples: Sequence[Sample], frame: Frame) -> str:
    """One point as an SVG element; an empty text where there is no number to draw."""
    runs = list(_runs(point, samples, frame))
    levels = [value for run in runs for _, value in run]
    if not levels:
        return ""
    low, high, marks = _room(point, min(levels), max(levels))

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="img">',
        *(_band(frame, begin, end) for begin, end in frame.active),
        *_levels(marks, y),
        *_times(frame),
        *(_moment(frame, at) for at in frame.moments),
        *(_line(run, frame, y) for run in runs),
        "</svg>",
    ]
    return "".join(parts)


def _runs(point: Point, samples: Sequence[Sample], frame: Frame) -> Iterable[list[tuple[float, float]]]:
    """Stretches without a gap as (time, value): a value holds until the next, or until it would have grown stale."""
    run: list[tuple[float, float]] = []
    hold = hold_ms(point) / 1000
    for sample, following in pairwise((*samples, None)):
        if sample is None:
            continue
        at = sample.at_ms / 1000
        if isinstance(sample.value, str) or sample.value is None or sample.quality >= _BAD_FROM:
            if run:
                yield run
            run = []
            continue
        value = float(sample.value)
        until = min(following.at_ms / 1000 if following else frame.end, at + hold)
        run += [(max(at, frame.start), value), (max(until, frame.start), value)]
        if following is None or following.at_ms / 1000 > at + hold:
            yield run
            run = []
    if run:
        yield run


def _line(run: Sequence[tuple[float, float]], frame: Frame, y: Height) -> str:
    """Of what falls on the same place of the paper only the lowest and the highest."""
    columns: dict[int, list[float]] = {}
    for at, value in run:
        columns.setdefault(round(frame.x(at) * 2), []).append(value)
    dots: list[str] = []
    for column, values in columns.items():
        few = values if len(values) <= 4 else [values[0], min(values), max(values), values[-1]]
        dots += [f"{column / 2:g},{y(value):.1f}" for value in few]
    return f'<polyline points="{" ".join(dots)}" fill="none" stroke="#1f5f93" stroke-width="1.5"/>'


def _band(frame: Frame, begin: float, end: float) -> str:
    left, right = frame.x(begin), frame.x(end)
    return f'<rect x="{left:.1f}" y="{TOP}" width="{max(right - left, 1):.1f}" height="{HEIGHT - TOP - BOTTOM}" fill="#f6d9d5"/>'


def _moment(frame: Frame, at: float) -> str:
    x = frame.x(at)
    return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#666" stroke-dasharray="3 3"/>'


def _levels(marks: Iterable[float], y: Height) -> Iterable[str]:
    for value in marks:
        at = y(value)
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>'
        yield _text(LEFT - 6, at + 4, f"{value:.4g}", "end")


def _times(frame: Frame) -> Iterable[str]:
    zone = ZoneInfo(frame.timezone)
    step = next((s for s in _STEPS if (frame.end - frame.start) / s <= 9), _STEPS[-1])
    at = (frame.start // step + 1) * step
    while frame.x(at) < WIDTH - RIGHT - 14:
        yield _text(frame.x(at), HEIGHT - 6, f"{datetime.fromtimestamp(at, zone):%H:%M}", "middle")
        at += step


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11" fill="#555">{words}</text>'


def _room(point: Point, low: float, high: float) -> tuple[float, float, tuple[float, ...]]:
    """The lowest and the highest that is drawn, and the levels that are named."""
    if point.kind is Kind.DISCRETE and low >= 0 and high <= 1:
        return -0.1, 1.1, (0.0, 1.0)
    pad = (high - low or abs(high) * 0.1 or 1.0) * 0.08
    return low - pad, high + pad, (low, (low + high) / 2, high)
