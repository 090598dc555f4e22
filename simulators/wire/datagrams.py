"""Modbus over UDP: one datagram, one frame. What a fault says of connections ends the answer there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from simulators.wire.behaviour import Sending, Then
from simulators.wire.bus import Bus, Unit
from simulators.wire.framing import MBAP, NotModbus


class DatagramServer(asyncio.DatagramProtocol):
    """Serve `units` by their number."""

    def __init__(self, units: Mapping[int, Unit]) -> None:
        self.bus = Bus(units, MBAP)
        self._transport: asyncio.DatagramTransport | None = None
        self._late: set[asyncio.TimerHandle] = set()

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; port 0 takes a free one. Gives the address taken. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        name = self._transport.get_extra_info("sockname")
        return name[0], name[1]

    async def stop(self) -> None:
        """Close the socket; what is late is not sent any more."""
        for handle in self._late:
            handle.cancel()
        if self._transport is not None:
            self._transport.close()
            await asyncio.sleep(0)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Answer one datagram."""
        try:
            request = self.bus.take(bytearray(data))
        except NotModbus:
            self.bus.recorder.bad_frames += 1
            return
        if request is None:
            return
        for sending in self.bus.sendings(request):
            self._send(sending, addr)
            if sending.then is not Then.STAY:
                return

    def _send(self, sending: Sending, addr: Any) -> None:
        if not sending.data or self._transport is None:
            return
        loop = asyncio.get_running_loop()
        self._late.add(loop.call_later(sending.after, self._transport.sendto, sending.data, addr))
        if len(self._late) > 1000:
            self._late = {handle for handle in self._late if handle.when() > loop.time()}
