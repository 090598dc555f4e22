"""When to stop asking somebody who does not answer, and when to try again. Pure: `now` is steady time in seconds."""

from __future__ import annotations

from typing import Final

FAILURES: Final = 3
FAILING: Final = 10.0
"""Seconds of nothing but failures that also suffice, for those who are asked rarely."""
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 300.0
SOON: Final = 30.0
"""Longest pause between trials that cost the others next to nothing."""
SHARE: Final = 300.0
"""A trial that cost the others a second is followed by so many seconds of pause, once pauses have grown."""


class Breaker:
    """Of one equipment. Closed while it answers; open once it is given up, and then it is asked only now and then.

    Pauses double, so that one who returns is noticed within the time that it was away, and end where the trials take a
    300th of the others' time: at 30 s where a trial is cheap, at five minutes at most.
    """

    def __init__(self) -> None:
        self.open = False
        self.until = 0.0
        """Not asked before this time."""
        self._failures = 0
        self._failing_since = 0.0
        self._pause = 0.0

    def allows(self, now: float) -> bool:
        """Whether it may be asked at `now`."""
        return now >= self.until

    def failed(self, now: float, spread: float, *, cost: float | None = 1.0, hopeless: bool = False) -> bool:
        """Note a failure; True when it is given up by it.

        `spread` from 0 to 1 shortens the pause by up to a quarter, so that many who failed together are not asked
        together. `cost` is how many seconds of the others' time it took; None where the failure was known at once: asking
        goes on without a pause. With `hopeless` it is given up at once, for the longest pause.
        """
        if self._failures == 0:
            self._failing_since = now
        self._failures += 1
        enough = self._failures >= FAILURES or (self._failures > 1 and now - self._failing_since >= FAILING)
        given_up = not self.open and (enough or hopeless)
        self.open = self.open or given_up
        if self.open and cost is not None:
            self._pause = LONGEST_PAUSE if hopeless else self._longer(cost)
            self.until = now + self._pause * (1 - spread / 4)
        return given_up

    def _longer(self, cost: float) -> float:
        longest = min(LONGEST_PAUSE, max(SOON, SHARE * cost))
        return min(longest, max(FIRST_PAUSE, self._pause * 2))

    def answered(self) -> None:
        """It is there: closed, and all is forgiven."""
        if not self._failures:
            return
        self.open = False
        self._failures = 0
        self._pause = self.until = 0.0

    def hasten(self) -> None:
        """What kept it away may be over: it may be asked at once, and its pauses begin small again."""
        self._pause = self.until = 0.0
