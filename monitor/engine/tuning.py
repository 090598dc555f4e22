"""A rule and its changed versions over the recorded values of a period, read from the historian once, a few hours at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.domain.conditions import Unceasing
from monitor.domain.history import Sample
from monitor.domain.localtime import local_date
from monitor.domain.nuisance import Trip
from monitor.domain.point import Point
from monitor.domain.reading import Quality
from monitor.domain.rules import AlarmRule
from monitor.engine.rejudging import Move, Timeline, Together, moments
from monitor.ports import Historian

SLICE_MS: Final = 6 * 3_600_000
"""So much is in memory at once."""
PAGE: Final = 50_000

Tell = Callable[[float], None]


def quiet(share: float) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Past:
    """What each rule would have raised, in the order of the rules. `unseen`: for how long (s) one of the points was bad.

    `samples` were judged; `empty` are the points of which nothing was recorded.
    """

    trips: tuple[tuple[Trip, ...], ...]
    samples: int
    unseen: float
    empty: tuple[str, ...]


async def rejudge(
    historian: Historian,
    rules: Sequence[AlarmRule],
    points: Sequence[Point],
    start_ms: int,
    end_ms: int,
    interval: float | None,
    tell: Tell = quiet,
) -> Past:
    """Judge the values of [start, end) by each of the rules. `interval` as in `Rejudged`; `tell` hears the share done.

    Raises what the historian raises.
    """
    together = Together(rules, [point.key for point in points], start_ms / 1000, interval)
    lines = {point.id: Timeline(point) for point in points}
    counts: dict[str, int] = dict.fromkeys(lines, 0)
    at = start_ms
    while at < end_ms:
        until = min(at + SLICE_MS, end_ms)
        moves: list[Move] = []
        for point, line in lines.items():
            before, samples = await _slice(historian, point, at, until)
            if at == start_ms and before is not None:
                moves += line.before(before, start_ms)
            moves += line.moves(samples, until)
            counts[point] += len(samples)
        for moment in moments(moves):
            together.take(moment)
        at = until
        tell((at - start_ms) / (end_ms - start_ms))
    together.until(end_ms / 1000)
    return Past(
        tuple(tuple(run.trips) for run in together.runs),
        sum(counts.values()),
        together.unseen,
        tuple(point for point, count in counts.items() if not count),
    )


async def _slice(
    historian: Historian, point: str, start_ms: int, end_ms: int
) -> tuple[Sample | None, list[Sample]]:
    """The samples of [start, end), and the last one before."""
    before: Sample | None = None
    samples: list[Sample] = []
    at = start_ms
    while at < end_ms:
        found = await historian.raw(point, at, end_ms, PAGE)
        page = [sample for sample in found if sample.at_ms >= at]
        if at == start_ms and found and found[0].at_ms < start_ms:
            before = found[0]
        samples += page
        if len(page) < PAGE:
            break
        at = page[-1].at_ms + 1
    return before, samples


async def nightly_minima(
    historian: Historian, rule: AlarmRule, point: Point, start_ms: int, end_ms: int
) -> tuple[float, ...]:
    """The least good value of each night within the hours of a rule about water that never stops, oldest first.

    Raises what the historian raises.
    """
    during = rule.during
    if during is None or not isinstance(rule.condition, Unceasing):
        return ()
    least: dict[object, float] = {}
    at = start_ms
    while at < end_ms:
        until = min(at + SLICE_MS, end_ms)
        _, samples = await _slice(historian, point.id, at, until)
        for sample in samples:
            value = _good(sample)
            if value is None or not during.hold(sample.at_ms / 1000):
                continue
            # Noon to noon, so that a night belongs together.
            night = local_date(sample.at_ms / 1000 - 43_200, during.timezone)
            least[night] = min(value, least.get(night, value))
        at = until
    return tuple(least.values())


def _good(sample: Sample) -> float | None:
    good = sample.quality == Quality.GOOD.code
    return (
        float(sample.value)
        if good and sample.value is not None and not isinstance(sample.value, str)
        else None
    )
