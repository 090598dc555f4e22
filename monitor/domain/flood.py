"""When alarms come faster than one person can take them (ISA-18.2-2016 section 16.4.2; IEC 62682:2022 section 16.5).

A flood begins with the tenth annunciation in ten minutes and ends when fewer than five came in the last ten.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

SPAN: Final = 600.0
BEGINS_AT: Final = 10
ENDS_BELOW: Final = 5


@dataclass(frozen=True, slots=True)
class Flood:
    """Times in seconds, of the clock of the annunciations. `end` is None while it goes on; `count` are the annunciations in it.

    It dates from the first of the ten that made it one, since those were already too many.
    """

    start: float
    end: float | None
    count: int


@dataclass(slots=True)
class FloodWatch:
    """Counts annunciations as they come; `flood` is the one that goes on, or None."""

    flood: Flood | None = None
    _recent: deque[float] = field(default_factory=deque)

    def annunciated(self, at: float) -> bool:
        """One more at `at`. True when a flood began with it."""
        self._recent.append(at)
        self._forget(at)
        if self.flood is not None:
            self.flood = Flood(self.flood.start, None, self.flood.count + 1)
            return False
        if len(self._recent) < BEGINS_AT:
            return False
        self.flood = Flood(self._recent[0], None, len(self._recent))
        return True

    def passed(self, now: float) -> Flood | None:
        """Time has come to `now`. The flood that ended by it, or None.

        It ended when the fifth youngest annunciation of its last ten minutes grew older than those, which may be before
        `now`.
        """
        if self.flood is None:
            self._forget(now)
            return None
        recent = list(self._recent)
        last = recent[-ENDS_BELOW] + SPAN if len(recent) >= ENDS_BELOW else now
        if now < last:
            self._forget(now)
            return None
        ended = Flood(self.flood.start, last, self.flood.count)
        self.flood = None
        self._forget(now)
        return ended

    def _forget(self, now: float) -> None:
        while self._recent and self._recent[0] <= now - SPAN:
            self._recent.popleft()


def floods(times: Iterable[float], end: float) -> tuple[Flood, ...]:
    """The floods in rising annunciation times up to `end`; one that goes on then has no end."""
    watch, found = FloodWatch(), list[Flood]()
    for at in times:
        if ended := watch.passed(at):
            found.append(ended)
        watch.annunciated(at)
    if ended := watch.passed(end):
        found.append(ended)
    return (*found, watch.flood) if watch.flood else tuple(found)
