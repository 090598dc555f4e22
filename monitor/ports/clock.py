"""Time as the engine sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from monitor.domain.instant import Instant


class Clock(Protocol):
    """The machine's two clocks."""

    def now(self) -> Instant:
        """This instant on both clocks."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait on steady time; virtual in tests."""
        ...


class Timer(Clock, Protocol):
    """A clock that calls back."""

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call in so many seconds of steady time, once."""
        ...
