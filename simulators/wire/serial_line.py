"""A serial line that is not there: a pseudo terminal with several units on its far end, RTU or ASCII."""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import Mapping

from simulators.wire.behaviour import Sending, Then
from simulators.wire.bus import Bus, Unit
from simulators.wire.framing import RTU, Framing


class SerialLine:
    """Serve `units` by their number. A unit that is not on the line is silent, as on a real one."""

    def __init__(self, units: Mapping[int, Unit], framing: Framing = RTU) -> None:
        self.bus = Bus(units, framing)
        self._heard = bytearray()
        self._far = -1
        self._near = -1
        self._late: set[asyncio.TimerHandle] = set()

    def start(self) -> str:
        """Open the line; gives the path of the terminal that a master opens."""
        self._far, self._near = os.openpty()
        tty.setraw(self._near)
        asyncio.get_running_loop().add_reader(self._far, self._read)
        return os.ttyname(self._near)

    def stop(self) -> None:
        """Close both ends."""
        for handle in self._late:
            handle.cancel()
        asyncio.get_running_loop().remove_reader(self._far)
        os.close(self._far)
        os.close(self._near)

    def _read(self) -> None:
        self._heard += os.read(self._far, 4096)
        while (request := self.bus.take(self._heard)) is not None:
            for sending in self.bus.sendings(request):
                self._send(sending)
                if sending.then is not Then.STAY:
                    break

    def _send(self, sending: Sending) -> None:
        if sending.data:
            handle = asyncio.get_running_loop().call_later(sending.after, os.write, self._far, sending.data)
            self._late.add(handle)
