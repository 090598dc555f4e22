"""A device that dials in: a 4G modem (DTU) that opens the connection itself, says who it is, and then carries a bus.

It dials again when the connection has gone, and may send heartbeats.
"""

from __future__ import annotations

import asyncio
import contextlib

from simulators.wire.bus import Bus
from simulators.wire.conversation import Conversation


class DialOut:
    """Keeps one connection to `host:port` up until stopped; everything it says first is `registration`."""

    def __init__(
        self, bus: Bus, registration: bytes, heartbeat: bytes = b"", every: float = 30.0, again: float = 5.0
    ) -> None:
        """`heartbeat` is sent each `every` seconds; it dials again after `again` seconds."""
        self.bus = bus
        self.dialled = 0
        """How often it has dialled."""
        self._registration = registration
        self._heartbeat = heartbeat
        self._every = every
        self._again = again
        self._task: asyncio.Task[None] | None = None

    def start(self, host: str, port: int) -> None:
        """Begin to dial."""
        self._task = asyncio.create_task(self._keep(host, port))

    async def stop(self) -> None:
        """Hang up and dial no more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep(self, host: str, port: int) -> None:
        while True:
            with contextlib.suppress(OSError):
                await self._dial(host, port)
            await asyncio.sleep(self._again)

    async def _dial(self, host: str, port: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        self.dialled += 1
        writer.write(self._registration)
        beating = asyncio.create_task(self._beat(writer))
        try:
            await Conversation(self.bus, reader, writer).run()
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _beat(self, writer: asyncio.StreamWriter) -> None:
        while self._heartbeat:
            await asyncio.sleep(self._every)
            writer.write(self._heartbeat)
