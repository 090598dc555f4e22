"""Who is due when. Pure: times are steady seconds.

Every equipment has its own phase on a small grid (10 or 50 ms) and is due at base + phase + k x interval, whatever the turns
before took: no drift, no bursts. A point of the grid that has gone by is missed, never caught up. The grid is the same for all
connections, so that their turns fall into few wakings of the machine.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

GRID: Final = 0.010
COARSE: Final = 0.050
"""The grid of those whose equipment lie so far apart anyway: the more turns fall into one waking, the less each costs."""
FIRST_ROUND: Final = 1.0
"""Seconds after the start within which everybody is asked for the first time, rarely asked ones included."""


class Due(NamedTuple):
    """One turn: the steady time, and whose it is, as an index into the intervals."""

    at: float
    who: int


_due: Callable[[tuple[float, int]], Due] = partial(tuple.__new__, Due)


class Cadence:
    """The turns of all equipment of one connection, in order."""

    def __init__(self, intervals: Sequence[float], base: float, shift: float = 0.0) -> None:
        """`intervals` in seconds, each more than zero. `shift`, from 0 to 1, is this connection's place among the others:
        its equipment are so much of their distance later."""
        count = len(intervals)
        spacing = min(intervals, default=math.inf) / max(count, 1)
        on_grid = partial(_on_grid, COARSE if spacing >= COARSE else GRID)
        base = on_grid(base)
        places = [(i + shift) / count for i in range(count)]
        self._intervals = tuple(intervals)
        self._origins = [
            base + on_grid(interval * place) for interval, place in zip(intervals, places, strict=True)
        ]
        self._heap = [
            Due(base + on_grid(min(interval, FIRST_ROUND) * place), i)
            for i, (interval, place) in enumerate(zip(intervals, places, strict=True))
        ]
        heapq.heapify(self._heap)

    def next(self) -> Due:
        """The earliest turn. Raises IndexError when there is no equipment."""
        return self._heap[0]

    def take(self, now: float) -> tuple[Due, int]:
        """Take the earliest turn at `now`: the turn, and how many later ones of the same equipment are missed by now.

        Its following turn is the next one on its grid, at least half an interval after this one was due.
        """
        due = self._heap[0]
        interval = self._intervals[due.who]
        following = self._after(due.who, max(now, due.at + interval / 2))
        heapq.heapreplace(self._heap, _due((following, due.who)))
        return due, max(0, int((now - due.at) / interval + 1e-9))

    def _after(self, who: int, time: float) -> float:
        """The first point of the grid after `time`."""
        origin, interval = self._origins[who], self._intervals[who]
        turns = math.floor((time - origin) / interval + 1e-9) + 1
        return origin + turns * interval


def _on_grid(grid: float, seconds: float) -> float:
    return round(seconds / grid) * grid
