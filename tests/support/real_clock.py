"""The machine's own clock, for tests with real sockets."""

import asyncio
import time
from collections.abc import Callable

from monitor.domain.instant import Instant


class RealClock:
    """Implements ports.Timer."""

    def now(self) -> Instant:
        """This instant."""
        return Instant(time.time(), time.monotonic())

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call."""
        asyncio.get_running_loop().call_later(seconds, call)
