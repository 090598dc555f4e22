"""What must be looked at as time goes by: some of it often, some of it now and then. One loop, so that it can be watched."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from monitor.domain.instant import Instant
from monitor.ports import Clock

TICK = 0.25
"""Seconds between looks at delays and stale times."""
SELDOM = 5.0
"""Seconds between looks at health, disk and anchors."""
SLOWEST_TURN = 10.0
"""Seconds that one turn may take before the loop counts as stuck."""

Look = Callable[[Instant], None]


class Clockwork:
    """Calls every look in `often` each tick and those in `seldom` every five seconds, in order."""

    def __init__(
        self, clock: Clock, often: Sequence[Look], seldom: Sequence[Look], late: Callable[[float], None]
    ) -> None:
        """`late` hears after each tick by how many seconds the loop woke later than it wanted."""
        self._clock = clock
        self._often = often
        self._seldom = seldom
        self._late = late
        self.turned_at = clock.now().steady
        """Steady time (s) of the last full turn."""

    async def run(self) -> None:
        """Turn until cancelled."""
        seldom_at = 0.0
        while True:
            now = self._clock.now()
            for look in self._often:
                look(now)
            if now.steady >= seldom_at:
                seldom_at = now.steady + SELDOM
                for look in self._seldom:
                    look(now)
            self.turned_at = now.steady
            await self._clock.sleep(TICK)
            self._late(self._clock.now().steady - now.steady - TICK)
