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

    async def stop(self, *names: str) -> None:
        """Cancel the named loops (all, when none is named) and wait until they are gone."""
        chosen = [self._tasks.pop(name) for name in (names or tuple(self._tasks)) if name in self._tasks]
        for task in chosen:
            task.cancel()
        await asyncio.gather(*chosen, return_exceptions=True)
