"""A Modbus connection as the engine sees it: equipment by name, read or probed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from drivers.modbus.link import Link
from drivers.modbus.settings import ModbusConnectionSettings
from drivers.modbus.unit import Unit
from monitor.domain.scan import Scan
from monitor.domain.source import EquipmentSource
from monitor.ports import Clock, RawRead


class ModbusConnection:
    """Implements ports.PolledConnection. Nothing is opened before the first read."""

    def __init__(
        self, id: str, settings: ModbusConnectionSettings, equipment: Sequence[EquipmentSource], clock: Clock
    ) -> None:
        """Raises ValueError, naming point and field, for what no reading could ever satisfy."""
        self.id = id
        self._units = {source.id: Unit(source, clock, settings.timeout) for source in equipment}
        self._links = [Link(settings, clock) for _ in range(settings.in_flight)]
        # Last in, first out: while one request at a time is enough, one connection is enough.
        self._free: asyncio.LifoQueue[Link] = asyncio.LifoQueue()
        for link in self._links:
            self._free.put_nowait(link)

    async def read(self, equipment: str) -> Scan:
        """Read everything of one equipment once. Raises Transient when it, or the link, does not answer."""
        async with self._link() as link:
            return await self._units[equipment].read(link)

    async def probe(self, equipment: str) -> tuple[Scan, Sequence[RawRead]]:
        """As `read`, with the raw answers beside: the data bytes, or function and code of an exception."""
        raw: list[RawRead] = []
        async with self._link() as link:
            scan = await self._units[equipment].read(link, raw)
        return scan, tuple(raw)

    async def close(self) -> None:
        """Let go of the sockets; idempotent."""
        for link in self._links:
            await link.close()

    @asynccontextmanager
    async def _link(self) -> AsyncIterator[Link]:
        link = await self._free.get()
        try:
            yield link
        finally:
            self._free.put_nowait(link)
