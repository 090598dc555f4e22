"""What one message said of one equipment, put in order by the times that its values carry. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Plan, Scan, Slot
from monitor.domain.sourceclock import SourceClock


@dataclass(frozen=True, slots=True)
class Mapped:
    """What one message said of one equipment: one scan for each time in it, the newest last; none of no point."""

    equipment: str
    scans: tuple[Scan, ...] = ()
    answering: bool | None = None
    """What its availability points said, if the message had one: all of them must say yes."""

    @property
    def scan(self) -> Scan | None:
        """The newest."""
        return self.scans[-1] if self.scans else None


_Part = tuple[list[Slot], dict[int, Quality]]


class Saying:
    """Gathers values. A message that says the same point of the same instant twice is believed the second time."""

    def __init__(self, plan: Plan, now: Instant, clock: SourceClock) -> None:
        self.clock = clock
        self.answering: bool | None = None
        self._plan = plan
        self._now = now
        self._parts: dict[tuple[float, int], _Part] = {}
        self._at: tuple[float | None, int] | None = None
        self._part: _Part = ([], {})

    def put(
        self, at: float | None, sample: int, index: int, value: Value | None, quality: Quality | None
    ) -> None:
        """A value of the instant `at` (POSIX seconds), or of no known one in the `sample`-th sample; `quality` None is good."""
        if self._at != (at, sample):  # nearly all values of a message are of one instant
            self._at, self._part = (at, sample), self._begin((math.inf, sample) if at is None else (at, 0))
        values, bad = self._part
        values[index] = value
        if quality is not None:
            bad[index] = quality
        else:
            bad.pop(index, None)

    def _begin(self, key: tuple[float, int]) -> _Part:
        part = self._parts.get(key)
        if part is None:
            part = self._parts[key] = ([ABSENT] * len(self._plan.points), {})
        return part

    def scans(self) -> tuple[Scan, ...]:
        """One for each instant, oldest first; what has no time of its own is as new as its arrival."""
        return tuple(
            self._scan(tuple(values), bad, None if at == math.inf else at)
            for (at, _), (values, bad) in sorted(self._parts.items(), key=lambda part: part[0])
        )

    def _scan(self, values: tuple[Slot, ...], bad: Mapping[int, Quality], at: float | None) -> Scan:
        age = None if at is None else self.clock.age(at, self._now)
        return Scan(self._plan, values, self._now, bad, at, age)
