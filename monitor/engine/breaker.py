"""When to stop asking somebody who does not answer, and when to try again. Pure: `now` is steady time in seconds."""

from __future__ import annotations

from typing import Final

FAILURES: Final = 3
FAILING: Final = 10.0
"""Seconds of nothing but failures that also suffice, for those who are asked rarely."""
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 300.0


class Breaker:
    """Of one equipment. Closed while it answers; open once it is given up, and then it is asked only now and then."""

    def __init__(self) -> None:
        self.open = False
        self._failures = 0
        self._failing_since = 0.0
        self._pause = 0.0
        self._until = 0.0

    def allows(self, now: float) -> bool:
        """Whether it may be asked at `now`."""
        return now >= self._until

    def failed(self, now: float, spread: float, *, costly: bool = True, hopeless: bool = False) -> bool:
        """Note a failure; True when it is given up by it.

        `spread` from 0 to 1 shortens the pause by up to a quarter, so that many who failed together are not asked
        together. A failure that was known at once is not `costly`: asking goes on without a pause. With `hopeless`
        it is given up at once, for the longest pause.
        """
        if self._failures == 0:
            self._failing_since = now
        self._failures += 1
        enough = self._failures >= FAILURES or (self._failures > 1 and now - self._failing_since >= FAILING)
        given_up = not self.open and (enough or hopeless)
        self.open = self.open or given_up
        if self.open and costly:
            self._pause = LONGEST_PAUSE if hopeless else min(LONGEST_PAUSE, max(FIRST_PAUSE, self._pause * 2))
            self._until = now + self._pause * (1 - spread / 4)
        return given_up

    def answered(self) -> None:
        """It is there: closed, and all is forgiven."""
        self.open = False
        self._failures = 0
        self._pause = self._until = 0.0

    def hasten(self) -> None:
        """What kept it away may be over: it may be asked at once, and its pauses begin small again."""
        self._pause = self._until = 0.0
