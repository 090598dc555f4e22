"""A Modbus connection as the engine sees it: equipment by name, read or probed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from drivers.modbus.dialled import DialledLink
from drivers.modbus.line import Asker
from drivers.modbus.link import Link
from drivers.modbus.lobby import Lobby
from drivers.modbus.patience import Pace
from drivers.modbus.settings import ModbusConnectionSettings
from drivers.modbus.unit import Unit
from monitor.domain.scan import Scan
from monitor.domain.source import EquipmentSource
from monitor.ports import Clock, RawRead, Reception

PATIENCE: Final = 60.0
"""Seconds that a probe waits for a device that dials in: modems try again about so often."""


class ModbusConnection:
    """Implements ports.PolledConnection and ports.DialledInto. Nothing is opened before the first read."""

    def __init__(
        self, id: str, settings: ModbusConnectionSettings, equipment: Sequence[EquipmentSource], clock: Clock
    ) -> None:
        """Raises ValueError, naming point and field, for what no reading could ever satisfy."""
        self.id = id
        # Over UDP answers are numbered, but the library does not tell of late ones.
        numbered = settings.url.numbered and settings.url.scheme != "udp"
        neighbours = Pace()
        self._units = {
            source.id: Unit(source, clock, settings.timeout, numbered=numbered, neighbours=neighbours)
            for source in equipment
        }
        self._links: list[Asker] = []
        self._of: dict[str, Asker] = {}
        self._lobby: Lobby | None = None
        if settings.url.listens:
            self._lobby, self._of = _dialled(id, settings, equipment)
            self._links = list(self._of.values())
            return
        count = settings.connections or settings.in_flight
        each = -(-settings.in_flight // count)
        self._links.extend(Link(settings, clock, each) for _ in range(count))
        self._busy = [0] * count

    async def read(self, equipment: str) -> Scan:
        """Read everything of one equipment once. Raises Transient when it, or the link, does not answer."""
        return await self._read(equipment, None)

    def start(self, equipment: str, told: Callable[[Scan | Exception], None]) -> None:
        """As `read`, without waiting: `told` hears the scan, or what `read` would raise."""
        unit = self._units[equipment]
        if self._of:
            unit.start(self._of[equipment], told)
        elif len(self._links) == 1:
            unit.start(self._links[0], told)
        else:
            which = self._least_busy()
            self._busy[which] += 1
            unit.start(self._links[which], partial(self._told, which, told))

    def _told(self, which: int, told: Callable[[Scan | Exception], None], outcome: Scan | Exception) -> None:
        self._busy[which] -= 1
        told(outcome)

    async def probe(self, equipment: str) -> tuple[Scan, Sequence[RawRead]]:
        """As `read`, with the raw answers beside: the data bytes, or function and code of an exception."""
        raw: list[RawRead] = []
        link = self._of.get(equipment)
        if isinstance(link, DialledLink):
            await link.called(within=PATIENCE)
        return await self._read(equipment, raw), tuple(raw)

    async def _read(self, equipment: str, raw: list[RawRead] | None) -> Scan:
        """Over the first of the least busy links: while one request at a time is enough, one connection is enough."""
        unit = self._units[equipment]
        if self._of:
            return await unit.read(self._of[equipment], raw)
        which = self._least_busy()
        self._busy[which] += 1
        try:
            return await unit.read(self._links[which], raw)
        finally:
            self._busy[which] -= 1

    def _least_busy(self) -> int:
        return self._busy.index(min(self._busy))

    def announce(self, reception: Reception) -> bool:
        """Implements ports.DialledInto."""
        if self._lobby is not None:
            self._lobby.reception = reception
        return self._lobby is not None

    async def close(self) -> None:
        """Let go of the sockets; idempotent."""
        for link in self._links:
            await link.close()


def _dialled(
    id: str, settings: ModbusConnectionSettings, equipment: Sequence[EquipmentSource]
) -> tuple[Lobby, dict[str, Asker]]:
    """Where they dial in, and the way to each equipment: those who stand behind the same device share one."""
    behind: dict[bytes, list[str]] = {}
    for source in equipment:
        behind.setdefault(source.settings.dial_in or settings.registration or b"", []).append(source.id)
    lobby = Lobby(id, settings, behind)
    whole = settings.registration is not None
    ways: dict[str, Asker] = {}
    for name, ids in behind.items():
        ways.update(dict.fromkeys(ids, DialledLink(lobby, name, whole)))
    return lobby, ways
