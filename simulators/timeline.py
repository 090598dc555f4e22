"""When faults begin and end: plain data, asked with two instants of plant time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A fault on a target, `at` seconds of plant time; `lasts` None = for ever; `every` repeats it."""

    at: float
    fault: str
    target: str
    arguments: Any
    lasts: float | None = None
    every: float | None = None


@dataclass(frozen=True)
class Change:
    """A fault begins or ends at an instant of plant time."""

    at: float
    begins: bool
    entry: Entry


def changes(entries: Iterable[Entry], since: float, until: float) -> list[Change]:
    """All changes with since < at <= until, in order; where an end and a beginning meet, the end is first."""
    found = [change for entry in entries for change in _of(entry, since, until)]
    return sorted(found, key=lambda change: (change.at, change.begins))


def _of(entry: Entry, since: float, until: float) -> Iterator[Change]:
    for start in _starts(entry, since, until):
        if since < start <= until:
            yield Change(start, True, entry)
        if entry.lasts is not None and since < start + entry.lasts <= until:
            yield Change(start + entry.lasts, False, entry)


def _starts(entry: Entry, since: float, until: float) -> Iterator[float]:
    """Starts whose beginning or end may lie in the interval; a repetition ends before the next begins."""
    if entry.every is None:
        yield entry.at
        return
    first = max(0, int((since - entry.at) // entry.every) - 1)
    number = first
    while (start := entry.at + number * entry.every) <= until:
        yield start
        number += 1
