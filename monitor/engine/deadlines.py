"""When delays and suppressions end: indexes in memory over what the alarms themselves say, rebuilt at start."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from monitor.domain import transition
from monitor.domain.alarm import Alarm
from monitor.domain.instant import Instant


class Delays:
    """Alarms to look at on steady time, each once: a breaker that flutters under an hour's delay has one entry, not thousands.

    One may be looked at too early (its delay began anew meanwhile), never too late: who looks says when to look again.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, str]] = []
        self._next: dict[str, float] = {}

    def expect(self, alarm: str, due: float | None) -> None:
        """Look at it at `due` (steady s) or before; None for nothing to wait for."""
        if due is None or self._next.get(alarm, float("inf")) <= due:
            return
        self._next[alarm] = due
        heapq.heappush(self._heap, (due, alarm))

    def over(self, now: Instant) -> Iterator[str]:
        """Those that are due, the earliest first; each is forgotten with that."""
        while self._heap and self._heap[0][0] <= now.steady:
            due, alarm = heapq.heappop(self._heap)
            if self._next.get(alarm) == due:
                del self._next[alarm]
                yield alarm

    @property
    def next(self) -> float | None:
        """Steady time (s) of the nearest look."""
        return self._heap[0][0] if self._heap else None


class Suppressed:
    """Alarms with a suppression that ends by the wall clock; few, and the clock may be set back, so all are looked at."""

    def __init__(self) -> None:
        self._alarms: dict[str, float] = {}

    def note(self, alarm: Alarm) -> None:
        """It is now so."""
        due = transition.next_wall_due(alarm)
        if due is None:
            self._alarms.pop(alarm.id, None)
        else:
            self._alarms[alarm.id] = due

    def over(self, now: Instant) -> list[str]:
        """Those whose end has come."""
        return [alarm for alarm, due in self._alarms.items() if due <= now.wall]
