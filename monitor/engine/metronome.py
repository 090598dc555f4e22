"""Wakes all who are due at the same beat with one timer of the machine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from monitor.domain.instant import Instant
from monitor.ports import Timer

Woken = Callable[[Instant], None]
"""Hears that its time has come, and what time it is. Raises nothing: others wait behind it."""
BEATS: Final = 1000.0
"""Beats in a second."""


class Metronome:
    """One for all connections: their turns lie on one grid (engine.cadence), so a hundred timers a second serve any number."""

    def __init__(self, clock: Timer) -> None:
        self._clock = clock
        self._due: dict[int, list[Woken]] = {}

    def wake(self, at: float, woken: Woken) -> None:
        """Call at `at` (steady s), rounded to a beat; soon where that is past."""
        beat = round(at * BEATS)
        waiting = self._due.get(beat)
        if waiting is not None:
            waiting.append(woken)
            return
        self._due[beat] = [woken]
        self._clock.call_later(max(0.0, at - self._clock.now().steady), partial(self._strike, beat))

    def _strike(self, beat: int) -> None:
        now = self._clock.now()
        for woken in self._due.pop(beat):
            woken(now)
