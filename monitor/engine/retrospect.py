"""Questions about the past that are more than one point's buckets: amounts counted, hours run, columns side by side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.domain.activity import Activity, activity
from monitor.domain.history import Bucket, Sample
from monitor.domain.point import Point
from monitor.domain.reading import Quality
from monitor.domain.usage import Usage, usage
from monitor.engine.recording import HEARTBEAT
from monitor.ports import Historian

PAGE = 10_000
GAP = 2.5 * HEARTBEAT
"""Seconds without a value after which nothing is known, unless the point may be silent longer (docs/history.md)."""
_OLD = 24
"""Looks at a period whose samples are gone: what was last shown in each is still known."""
_GOOD = Quality.GOOD.code

Span = tuple[int, int]
"""[start, end) in POSIX milliseconds."""


@dataclass(frozen=True, slots=True)
class Column:
    """A point as it was `shift_ms` before the time that a table tells."""

    point: str
    shift_ms: int = 0


async def usages(historian: Historian, point: Point, spans: Sequence[Span]) -> list[Usage]:
    """What a counter counted in each of the spans, which follow each other."""
    found = []
    before: tuple[int, float] | None = None
    for start_ms, end_ms in spans:
        samples = [s async for s in _samples(historian, point.id, start_ms, end_ms)]
        shown = [
            (s.at_ms, float(s.value))
            for s in samples
            if s.quality == _GOOD and isinstance(s.value, int | float)
        ]
        if not any(at >= start_ms for at, _ in shown):
            shown = [*shown, *await _coarse(historian, point.id, start_ms, end_ms)]
        earlier = [one for one in shown if one[0] < start_ms][-1:] or ([before] if before else [])
        inside = [one for one in shown if one[0] >= start_ms]
        found.append(usage([*earlier, *inside], await _rollover(historian, point, end_ms)))
        before = inside[-1] if inside else before
    return found


async def activities(historian: Historian, point: Point, spans: Sequence[Span]) -> list[Activity]:
    """How long and how often a signal was on in each of the spans."""
    hold = round(max(GAP, min(point.stale_after, 10 * 365 * 86_400.0)) * 1000)
    found = []
    for start_ms, end_ms in spans:
        shown = [(s.at_ms, _truth(s)) async for s in _samples(historian, point.id, start_ms, end_ms)]
        found.append(activity(shown, start_ms, end_ms, hold))
    return found


class Buckets(Protocol):
    """Whoever is asked for buckets."""

    async def buckets(self, point: str, start_ms: int, end_ms: int, count: int, /) -> Sequence[Bucket]: ...


async def table(
    historian: Buckets,
    columns: Iterable[Column],
    span: Span,
    count: int,
    tell: Callable[[int], None] = lambda done: None,
) -> list[Sequence[Bucket]]:
    """The same buckets of several points, each as it was at its own shift before. `tell` hears how many columns are there."""
    found: list[Sequence[Bucket]] = []
    for one in columns:
        found.append(
            await historian.buckets(one.point, span[0] - one.shift_ms, span[1] - one.shift_ms, count)
        )
        tell(len(found))
    return found


async def _samples(historian: Historian, point: str, start_ms: int, end_ms: int) -> AsyncIterator[Sample]:
    """Samples of [start, end), preceded by the last one before."""
    first = True
    while start_ms < end_ms:
        page = await historian.raw(point, start_ms, end_ms, PAGE)
        inside = [sample for sample in page if sample.at_ms >= start_ms]
        for sample in page if first else inside:
            yield sample
        if len(inside) < PAGE:
            return
        first, start_ms = False, inside[-1].at_ms + 1


async def _rollover(historian: Historian, point: Point, at_ms: int) -> float | None:
    """Where the counter began again at zero then; None where one of its factors is not known."""
    whole = point.rollover
    for factor in point.factors if whole is not None else ():
        shown = [
            s.value async for s in _samples(historian, f"{point.equipment}.{factor.key}", at_ms, at_ms + 1)
        ]
        if not shown or not isinstance(shown[0], int | float):
            return None
        whole = (whole or 0.0) * factor.of(shown[0])
    return whole


async def _coarse(historian: Historian, point: str, start_ms: int, end_ms: int) -> list[tuple[int, float]]:
    buckets = await historian.buckets(point, start_ms, end_ms, _OLD)
    return [
        (one.end_ms - 1, float(one.last))
        for one in buckets
        if one.count and isinstance(one.last, int | float) and one.good_share > 0
    ]


def _truth(sample: Sample) -> bool | None:
    """A signal as on, off or not known; a server gives truth values back as 1.0 and 0.0."""
    value = sample.value
    return None if value is None or isinstance(value, str) else bool(value)
