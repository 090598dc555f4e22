"""A Modbus connection as the engine sees it: equipment by name, read or probed."""

from __future__ import annotations

from collections.abc import Sequence

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
        count = settings.connections or settings.in_flight
        each = -(-settings.in_flight // count)
        self._links = [Link(settings, clock, each) for _ in range(count)]
        self._busy = [0] * count

    async def read(self, equipment: str) -> Scan:
        """Read everything of one equipment once. Raises Transient when it, or the link, does not answer."""
        return await self._read(equipment, None)

    async def probe(self, equipment: str) -> tuple[Scan, Sequence[RawRead]]:
        """As `read`, with the raw answers beside: the data bytes, or function and code of an exception."""
        raw: list[RawRead] = []
        return await self._read(equipment, raw), tuple(raw)

    async def _read(self, equipment: str, raw: list[RawRead] | None) -> Scan:
        """Over the first of the least busy links: while one request at a time is enough, one connection is enough."""
        unit, busy = self._units[equipment], self._busy
        which = busy.index(min(busy)) if len(busy) > 1 else 0
        busy[which] += 1
        try:
            return await unit.read(self._links[which], raw)
        finally:
            busy[which] -= 1

    async def close(self) -> None:
        """Let go of the sockets; idempotent."""
        for link in self._links:
            await link.close()
