"""One connection: requests come in, sendings go out, each when it is due.

Requests are answered independently: a late answer of one unit does not hold up another.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Sequence

from simulators.wire.behaviour import Sending, Then
from simulators.wire.bus import Bus
from simulators.wire.framing import NotModbus


class Conversation:
    """Serves a bus over a stream until the other side leaves, or a fault ends it."""

    def __init__(self, bus: Bus, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._bus = bus
        self._reader = reader
        self._writer = writer
        self._deaf = False
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Return when the connection is closed."""
        self._bus.recorder.connections += 1
        try:
            await self._answer_all()
        except OSError:
            pass  # the other side left, possibly in the middle of a request
        except NotModbus:
            self._bus.recorder.bad_frames += 1
        finally:
            await self._close()

    async def _answer_all(self) -> None:
        heard = bytearray()
        while data := await self._reader.read(4096):
            if self._deaf:
                continue
            heard += data
            while (request := self._bus.take(heard, self)) is not None:
                if sendings := self._bus.sendings(request):
                    task = asyncio.create_task(self._send(sendings))
                    self._sending.add(task)
                    task.add_done_callback(self._sending.discard)

    async def _send(self, sendings: Sequence[Sending]) -> None:
        asked_at = asyncio.get_running_loop().time()
        for sending in sorted(sendings, key=lambda each: each.after):
            if sending.after > 0:
                await asyncio.sleep(asked_at + sending.after - asyncio.get_running_loop().time())
            if self._deaf or self._writer.is_closing():
                return
            if sending.data:
                self._writer.write(sending.data)
            with contextlib.suppress(OSError):
                await self._writer.drain()
            self._then(sending.then)

    def _then(self, then: Then) -> None:
        match then:
            case Then.HANG_UP:
                self._writer.close()
            case Then.RESET:
                reset(self._writer)
            case Then.HALF_CLOSE if self._writer.can_write_eof():
                self._writer.write_eof()
            case Then.HALF_CLOSE | Then.DEAF:  # TLS cannot be half closed: it falls silent instead
                self._deaf = True

    async def _close(self) -> None:
        for task in self._sending:
            task.cancel()
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


def reset(writer: asyncio.StreamWriter) -> None:
    """Tear a connection down at once, so that the other side sees a reset and not an end."""
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
