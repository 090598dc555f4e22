"""Counters and gauges of the daemon itself: plain numbers that any loop may touch and the metrics page reads."""

from __future__ import annotations

from typing import Literal, NamedTuple

Labels = tuple[tuple[str, str], ...]


class Figure(NamedTuple):
    """One number with its name and labels, for Prometheus."""

    name: str
    labels: Labels
    kind: Literal["counter", "gauge"]
    value: float


class Tally:
    """Names follow Prometheus: counters end in `_total`, units are in the name (`_seconds`)."""

    def __init__(self) -> None:
        self._counters: dict[tuple[str, Labels], float] = {}
        self._gauges: dict[tuple[str, Labels], float] = {}

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Raise a counter."""
        key = (name, tuple(sorted(labels.items())))
        self._counters[key] = self._counters.get(key, 0) + amount

    def set(self, name: str, value: float, **labels: str) -> None:
        """State a gauge."""
        self._gauges[(name, tuple(sorted(labels.items())))] = value

    def get(self, name: str, **labels: str) -> float:
        """A counter's or gauge's value; 0 when it was never touched."""
        key = (name, tuple(sorted(labels.items())))
        return self._counters.get(key, self._gauges.get(key, 0))

    def snapshot(self) -> list[Figure]:
        """All numbers, sorted by name and labels."""
        counters = [Figure(name, labels, "counter", v) for (name, labels), v in self._counters.items()]
        gauges = [Figure(name, labels, "gauge", v) for (name, labels), v in self._gauges.items()]
        return sorted(counters + gauges)
