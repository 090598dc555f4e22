"""How old the news is of a source that sends its own time, whatever is done to our wall clock meanwhile.

Its time is compared with our wall clock. When that is stepped (by hand, by a time service that found it wrong), what the source
says is no older or newer for it: a source that was in step with us is then held against our clock as it was, which the steady
clock carries on, until it is seen to have been stepped likewise.
"""

from __future__ import annotations

from typing import NamedTuple

from monitor.domain.instant import Instant

IN_STEP = 300.0
"""Seconds by which a source may be ahead of us and be believed, and behind us and count as in step."""
STEP = 2.0
"""Seconds by which the wall clock may part from the steady one between two messages and still not count as stepped."""
SURE = 10.0
"""Seconds for which a source must have kept the stepped time before it is taken for stepped with us. What a gateway stored and
sends in one go is not: its times run faster than the clock."""


class Pace(NamedTuple):
    """What is remembered of one source."""

    apart: float
    """Our wall clock less the steady one (s), when the source was last in step with us."""
    trial: tuple[float, float] | None = None
    """A message that was in step with our stepped clock only: its own time, and when it came (steady, s)."""


def reckon(before: Pace | None, at: float, received: Instant) -> tuple[Pace | None, float]:
    """The age in seconds of what a source dates `at` (POSIX s), negative where it is ahead of us; and what to remember."""
    age, apart = received.wall - at, received.wall - received.steady
    if before is None or abs(apart - before.apart) <= STEP:
        return Pace(apart) if abs(age) <= IN_STEP else before, age
    own = received.steady + before.apart - at
    if abs(own) <= IN_STEP:
        return Pace(before.apart), own
    if abs(age) > IN_STEP:
        return before, own
    # Stepped with us, or an old report that our stepped clock makes look new.
    since, came = before.trial or (at, received.steady)
    kept_on = abs((at - since) - (received.steady - came)) <= STEP
    if kept_on and received.steady - came >= SURE:
        return Pace(apart), age
    return Pace(before.apart, (since, came) if kept_on else (at, received.steady)), own


class SourceClock:
    """One source's clock, as it is known from its messages."""

    def __init__(self) -> None:
        self._pace: Pace | None = None

    def age(self, at: float, received: Instant) -> float:
        """See `reckon`. To ask again of the same message gives the same answer."""
        self._pace, age = reckon(self._pace, at, received)
        return age
