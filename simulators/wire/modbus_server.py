"""Modbus over TCP or TLS: several units behind one address, like a gateway; in MBAP frames, or RTU over TCP.

MODBUS Messaging on TCP/IP Implementation Guide V1.0b; MODBUS/TCP Security (MB-TCP-Security-v21), the same frames in TLS.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping

from simulators.wire.bus import Bus, Unit
from simulators.wire.conversation import Conversation
from simulators.wire.framing import MBAP, Framing
from simulators.wire.recorder import WireRecorder

__all__ = ["ModbusServer", "Unit"]


class ModbusServer:
    """Serve units by their number, or a bus that is there already; `tls` makes it a server of TLS."""

    def __init__(
        self, units: Mapping[int, Unit] | Bus, framing: Framing = MBAP, tls: ssl.SSLContext | None = None
    ) -> None:
        self.bus = units if isinstance(units, Bus) else Bus(units, framing)
        self._tls = tls
        self._address: tuple[str, int] | None = None
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def units(self) -> dict[int, Unit]:
        """The devices, by number."""
        return self.bus.units

    @property
    def recorder(self) -> WireRecorder:
        """What was asked."""
        return self.bus.recorder

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; port 0 takes a free one. Gives the address taken. Raises OSError when it is in use."""
        self._server = await asyncio.start_server(self._accept, host, port, ssl=self._tls)
        name = self._server.sockets[0].getsockname()
        self._address = name[0], name[1]
        return self._address

    async def stop(self) -> None:
        """Close the listener and every connection; returns when all are closed."""
        if self._server is None:
            return
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def refuse(self, refusing: bool) -> None:
        """Refuse connections and end those there are, or take them again at the same address."""
        if refusing and self._server is not None:
            await self.stop()
        elif not refusing and self._server is None and self._address is not None:
            await self.start(*self._address)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(Conversation(self.bus, reader, writer).run())
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
