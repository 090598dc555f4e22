"""The machine's own clock, for tests with real sockets."""

import asyncio
import time

from monitor.domain.instant import Instant


class RealClock:
    """Implements ports.Clock."""

    def now(self) -> Instant:
        """This instant."""
        return Instant(time.time(), time.monotonic())

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
