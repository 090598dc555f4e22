"""Loops that must never end: each is watched, its death is an alarm, and it is started anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from monitor.engine.selfwatch import Selfwatch
from monitor.ports import Clock

log = structlog.get_logger("loops")

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
ASK_AGAIN = 1.0
"""Seconds that a loop gets to end before it is cancelled again."""


class Loops:
    """Keeps coroutines running until `stop`."""

    def __init__(self, clock: Clock, selfwatch: Selfwatch) -> None:
        self._clock = clock
        self._selfwatch = selfwatch
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run `run` for ever: when it ends or raises it is called again, after a pause that grows to 30 s."""
        self._tasks[name] = asyncio.create_task(self._keep(name, run), name=name)

    async def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        pause = FIRST_PAUSE
        while True:
            started = self._clock.now().steady
            try:
                await run()
                reason = "ended without being asked to"
                log.error("loop.ended", loop=name)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                log.exception("loop.died", loop=name)
            if self._clock.now().steady - started > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            self._selfwatch.died(name, reason)
            await self._clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            self._selfwatch.revived(name)

    async def stop(self) -> None:
        """Cancel all loops and wait until they are gone.

        They are asked again every second: a library that meets the cancellation in the moment when its own wait ends
        may swallow it (asyncio.wait_for does, before Python 3.12), and a stop must never hang.
        """
        remaining = set(self._tasks.values())
        self._tasks.clear()
        while remaining:
            for task in remaining:
                task.cancel()
            _, remaining = await asyncio.wait(remaining, timeout=ASK_AGAIN)
            if remaining:
                log.warning("loop.does_not_stop", loops=sorted(task.get_name() for task in remaining))
