"""A server that sends exactly the bytes a test says, right or wrong, and remembers every request it got."""

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class Send:
    """Bytes that leave after a pause in seconds."""

    data: bytes
    after: float = 0.0


class Reset:
    """The connection is torn down (RST)."""


class HalfClose:
    """The server will say no more, and leaves the connection standing."""


Action = Send | Reset | HalfClose
Answer = Callable[[bytes], Sequence[Action]]


@dataclass
class RawServer:
    """`answer` turns a request frame into actions; it may be exchanged while the server runs."""

    answer: Answer
    length: int = 12
    """Bytes of a read request: 12 with an MBAP header, 8 for RTU."""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.shut()

    async def open(self) -> None:
        """Listen, on the same port as before where there was one."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Nobody there any more: listener and connections are closed."""
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await self._server.wait_closed()

    async def hang_up(self) -> None:
        """End all connections; new ones are taken."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await asyncio.sleep(0.01)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            while True:
                request = await reader.readexactly(self.length)
                self.requests.append(request)
                later = asyncio.create_task(self._act(writer, self.answer(request)))
                self._tasks.add(later)
                later.add_done_callback(self._tasks.discard)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
        except asyncio.CancelledError:
            writer.transport.abort()

    async def _act(self, writer: asyncio.StreamWriter, actions: Sequence[Action]) -> None:
        for action in actions:
            if isinstance(action, Send):
                if action.after:
                    await asyncio.sleep(action.after)
                if not writer.is_closing():
                    writer.write(action.data)
                    await asyncio.sleep(0.001)
            elif isinstance(action, HalfClose):
                writer.write_eof()
            else:
                raw: socket.socket = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()


# Frames by hand: nothing here comes from the driver.


def mbap(tid: int, unit: int, pdu: bytes, protocol: int = 0, length: int | None = None) -> bytes:
    """A frame of Modbus TCP."""
    return struct.pack(">HHHB", tid, protocol, len(pdu) + 1 if length is None else length, unit) + pdu


@dataclass(frozen=True)
class Asked:
    """A request of Modbus TCP taken apart."""

    tid: int
    unit: int
    function: int
    start: int
    count: int

    def frame(self, pdu: bytes) -> bytes:
        """The right frame around an answer."""
        return mbap(self.tid, self.unit, pdu)

    def words(self, *words: int) -> bytes:
        """The right frame around registers."""
        return self.frame(bytes((self.function, 2 * len(words))) + struct.pack(f">{len(words)}H", *words))


def asked(request: bytes) -> Asked:
    """Take a request apart."""
    tid, _, _, unit, function, start, count = struct.unpack(">HHHBBHH", request)
    return Asked(tid, unit, function, start, count)


def crc(data: bytes) -> bytes:
    """CRC-16 of Modbus over Serial Line V1.02, 6.2.2, bit by bit."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value.to_bytes(2, "little")


def rtu(unit: int, pdu: bytes) -> bytes:
    """A frame of Modbus RTU."""
    body = bytes((unit,)) + pdu
    return body + crc(body)
