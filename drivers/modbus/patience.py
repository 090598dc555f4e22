"""How long an answer is waited for: a device that has fallen silent must not cost its neighbours a time-out at each trial.

Where answers are numbered, a trial waits only as long as an answer normally takes on this connection, and goes on
listening: an answer that comes later is no value, but says that the device lives and needs longer. Where they are not, the
connection is made anew after each time-out, so a late answer is lost; the device's own pace is then the measure, and each
fourth trial is patient.
"""

from __future__ import annotations

from typing import Final

FLOOR: Final = 0.05
"""Seconds that are always waited: an operating system may be busy for as long."""
UNNUMBERED_FLOOR: Final = 0.1
ROOM: Final = 3.0
"""A trial waits so many times as long as an answer takes."""
SILENT_TURNS: Final = 3
"""Unanswered turns, without numbers, after which a device is asked briefly; each fourth time patiently."""
PATIENT_AGAIN: Final = 600.0
"""Seconds after which a device long silent gets the whole time-out once more: a gateway may throw late answers away."""
FORGETS: Final = 0.99
"""The slowest answer seen weighs so much less with each that is quicker."""


class Pace:
    """How long answers take: the slowest of late, in seconds; 0 while there was none."""

    __slots__ = ("slowest",)

    def __init__(self) -> None:
        self.slowest = 0.0

    def took(self, seconds: float) -> None:
        """An answer came after so long."""
        self.slowest = max(self.slowest * FORGETS, seconds)


class Patience:
    """Of one device. `now` is steady time, everything in seconds."""

    def __init__(self, timeout: float, *, numbered: bool, neighbours: Pace) -> None:
        """`numbered`: late answers are told of. `neighbours` is shared by all behind one connection."""
        self._timeout = timeout
        self._numbered = numbered
        self._neighbours = neighbours
        self._own = Pace()
        self._silent = 0
        self._patient_at = 0.0

    def next(self, now: float, *, doubted: bool = False) -> float:
        """How long the next answer is waited for. `doubted`: this block went unanswered before, though others did not."""
        if not (self._silent or doubted):
            return self._timeout
        return self._numbered_trial(now) if self._numbered else self._blind_trial(doubted=doubted)

    def _numbered_trial(self, now: float) -> float:
        needs = self._own.slowest or self._neighbours.slowest
        if not needs:  # nobody ever answered here, so nobody is kept waiting either
            return self._timeout
        if now >= self._patient_at:
            self._patient_at = now + PATIENT_AGAIN
            return self._timeout
        return min(self._timeout, max(FLOOR, ROOM * needs))

    def _blind_trial(self, *, doubted: bool) -> float:
        brief = self._silent >= SILENT_TURNS and self._silent % 4 != 0
        if not (brief or doubted) or not self._own.slowest:
            return self._timeout
        return min(self._timeout, max(UNNUMBERED_FLOOR, ROOM * self._own.slowest))

    def took(self, seconds: float) -> None:
        """An answer came in time."""
        self._own.took(seconds)
        self._neighbours.took(seconds)

    def came_late(self, seconds: float) -> None:
        """The right answer came when it was no longer waited for: from now on it gets the time it needs."""
        self._own.slowest = max(self._own.slowest, min(seconds, self._timeout))

    def turned(self, now: float, *, answered: bool) -> None:
        """A turn is over: something of the device came, or nothing."""
        if answered:
            self._silent = 0
        else:
            self._silent += 1
            if self._silent == 1:
                self._patient_at = now + PATIENT_AGAIN
