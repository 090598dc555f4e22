"""Counters, gauges and durations of the daemon itself: plain numbers that any loop may touch and the metrics page reads."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any, NamedTuple

from monitor.engine.figures import FIGURES, Kind

Labels = tuple[tuple[str, str], ...]
Key = tuple[str, Labels]

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds of a histogram's buckets: a fast disk, a slow one, and one in trouble."""


class Figure(NamedTuple):
    """One number with its name and labels, for Prometheus. `value` is the sum of a summary or histogram."""

    name: str
    labels: Labels
    kind: Kind
    value: float
    times: int = 0
    buckets: tuple[int, ...] = ()
    """How many fell at or below each of `BOUNDS` and, last, above them; of a histogram only."""


class Number:
    """One counter or gauge. Whoever touches it often keeps it: finding it by its labels costs more than the rest."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0.0

    def add(self, amount: float = 1) -> None:
        """Raise it."""
        self.value += amount


class Durations:
    """One summary or histogram."""

    __slots__ = ("buckets", "count", "sum")

    def __init__(self) -> None:
        self.count, self.sum = 0, 0.0
        self.buckets = [0] * (len(BOUNDS) + 1)

    def observe(self, seconds: float) -> None:
        """Take one duration in."""
        self.count += 1
        self.sum += seconds
        self.buckets[bisect_left(BOUNDS, seconds)] += 1


class Tally:
    """Names, kinds and labels are those of `figures.FIGURES`."""

    def __init__(self) -> None:
        self._counters: dict[Key, Number] = {}
        self._gauges: dict[Key, Number] = {}
        self._durations: dict[Key, Durations] = {}

    def counter(self, name: str, **labels: str) -> Number:
        """The counter itself, from now on part of every snapshot."""
        return self._counters.setdefault(_key(name, labels), Number())

    def gauge(self, name: str, **labels: str) -> Number:
        """The gauge itself, from now on part of every snapshot."""
        return self._gauges.setdefault(_key(name, labels), Number())

    def durations(self, name: str, **labels: str) -> Durations:
        """The summary or histogram itself."""
        return self._durations.setdefault(_key(name, labels), Durations())

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Raise a counter."""
        self.counter(name, **labels).value += amount

    def set(self, name: str, value: float, **labels: str) -> None:
        """State a gauge."""
        self.gauge(name, **labels).value = value

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Take one duration into a summary or a histogram."""
        self.durations(name, **labels).observe(seconds)

    def get(self, name: str, **labels: str) -> float:
        """The sum of a counter or gauge over all series with these labels; 0 when it was never touched."""
        wanted = set(labels.items())
        return sum(
            number.value
            for (known, has), number in (*self._counters.items(), *self._gauges.items())
            if known == name and wanted <= set(has)
        )

    def forget(self, label: str, value: str) -> None:
        """Drop every series that speaks of something that is gone."""
        series: dict[Key, Any]
        for series in (self._counters, self._gauges, self._durations):
            for key in [key for key in series if (label, value) in key[1]]:
                del series[key]

    def snapshot(self) -> list[Figure]:
        """All numbers, sorted by name and labels."""
        figures = [Figure(name, labels, "counter", n.value) for (name, labels), n in self._counters.items()]
        figures += [Figure(name, labels, "gauge", n.value) for (name, labels), n in self._gauges.items()]
        figures += [_timed(name, labels, one) for (name, labels), one in self._durations.items() if one.count]
        return sorted(figures)


def _key(name: str, labels: Mapping[str, str]) -> Key:
    return name, tuple(sorted(labels.items()))


def _timed(name: str, labels: Labels, one: Durations) -> Figure:
    about = FIGURES.get(name)
    if about and about.kind == "histogram":
        return Figure(name, labels, "histogram", one.sum, one.count, tuple(one.buckets))
    return Figure(name, labels, "summary", one.sum, one.count)
