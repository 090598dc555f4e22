"""Time as the domain sees it: always an argument, never read from a clock."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple


class Instant(NamedTuple):
    """One moment on two clocks, both in seconds.

    `wall` is POSIX time (UTC) and may be stepped by NTP or by hand: windows, shifts and shelf ends use it.
    `steady` never goes back and goes on across restarts (the host keeps it with a wall anchor): delays, stale
    times and escalations use it.
    """

    wall: float
    steady: float

    def after(self, seconds: float) -> Instant:
        """The instant `seconds` later on both clocks."""
        return Instant(self.wall + seconds, self.steady + seconds)


instant_of: Callable[[tuple[float, float]], Instant] = partial(tuple.__new__, Instant)
"""An instant of (wall, steady), in half the time of a call by name: for the clock, which is read at every answer."""
