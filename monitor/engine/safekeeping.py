"""When what was taken is safe with us: committed to the journal and durable in the spool."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from monitor.engine.tally import Tally
from monitor.ports import Clock, Spool

log = structlog.get_logger("safekeeping")

RETRY = 1.0
"""Seconds between attempts while the spool's disk takes nothing."""
HELD = 10.0
"""Seconds after which a wait is told."""


class Record(Protocol):
    """What is asked of the journal's writer."""

    async def caught_up(self) -> None: ...


class Safekeeping:
    """The barrier that drivers wait at before a sender may forget what it sent.

    Several may wait at once: one sync serves all whose samples were there when it began. It is called only while
    somebody waits, so that an idle disk stays idle.
    """

    def __init__(
        self,
        record: Record,
        spool: Spool,
        clock: Clock,
        tally: Tally,
        *,
        settle: Callable[[], None],
        offload: Callable[..., Awaitable[None]] = asyncio.to_thread,
    ) -> None:
        """`settle` submits and appends whatever is still in memory: delays that began, thinned readings."""
        self._record = record
        self._spool = spool
        self._clock = clock
        self._tally = tally
        self._settle = settle
        self._offload = offload
        self._turn = asyncio.Lock()
        self._held = False

    async def reached(self) -> None:
        """Wait until all that was taken so far is safe. Never gives up: what is not safe is not said to be."""
        self._settle()
        started = self._clock.now().steady
        watch = asyncio.create_task(self._watch())
        try:
            await self._synced(self._spool.appended)
            await self._record.caught_up()
        finally:
            watch.cancel()
        self._released(self._clock.now().steady - started)

    async def _synced(self, mark: int) -> None:
        while self._spool.durable < mark:
            async with self._turn:
                if self._spool.durable < mark:
                    await self._offload(self._spool.sync, self._clock.now())
            if self._spool.durable < mark:
                await self._clock.sleep(RETRY)

    async def _watch(self) -> None:
        await self._clock.sleep(HELD)
        if not self._held:
            self._held = True
            log.error("acknowledgements.held", reason="journal or spool does not write", seconds=HELD)

    def _released(self, seconds: float) -> None:
        self._tally.observe("safe_seconds", seconds)
        if self._held:
            self._held = False
            log.warning("acknowledgements.go_on", held=round(seconds, 1))
