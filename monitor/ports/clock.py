"""Time as the engine sees it."""

from __future__ import annotations

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
