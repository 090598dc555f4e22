"""A Modbus TCP server on bare asyncio streams: several units behind one address, like a gateway.

MODBUS Messaging on TCP/IP Implementation Guide V1.0b, section 3.1.3: transaction, protocol 0, length, unit.
Requests of one connection are answered independently: a late answer of one unit does not hold up another.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from simulators.wire import pdu
from simulators.wire.behaviour import Behaviour, Request, Sending, normal
from simulators.wire.recorder import WireRecorder
from simulators.wire.registers import RegisterBank


@dataclass
class Unit:
    """One device behind the server; `behaviour` may be exchanged at any time."""

    bank: RegisterBank
    behaviour: Behaviour = normal


class ModbusServer:
    """Serve `units` by their number. `recorder` knows what was asked."""

    def __init__(self, units: Mapping[int, Unit]) -> None:
        self.units = dict(units)
        self.recorder = WireRecorder()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; port 0 takes a free one. Gives the address taken. Raises OSError when it is in use."""
        self._server = await asyncio.start_server(self._accept, host, port)
        name = self._server.sockets[0].getsockname()
        return name[0], name[1]

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

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.recorder.connections += 1
        late: set[asyncio.Task[None]] = set()
        try:
            while (request := await self._next(reader)) is not None:
                for sending in self._sendings(request):
                    task = asyncio.create_task(_send(writer, sending))
                    late.add(task)
                    task.add_done_callback(late.discard)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other side left, possibly in the middle of a request
        finally:
            for task in late:
                task.cancel()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _next(self, reader: asyncio.StreamReader) -> Request | None:
        """The next request; None when the stream is no longer Modbus and must be closed."""
        header = await reader.readexactly(7)
        transaction, protocol, length, unit = struct.unpack(">HHHB", header)
        if protocol != 0 or not 2 <= length <= 254:
            self.recorder.bad_frames += 1
            return None
        body = await reader.readexactly(length - 1)
        self.recorder.asked(unit, body[0])
        return Request(transaction, unit, body)

    def _sendings(self, request: Request) -> tuple[Sending, ...]:
        unit = self.units.get(request.unit)
        if unit is None:
            absent = pdu.exception(request.function, pdu.GATEWAY_TARGET_FAILED)
            return (Sending(request.frame(absent)),)
        right = request.frame(pdu.answer(unit.bank, request.pdu))
        return tuple(unit.behaviour(request, right))


async def _send(writer: asyncio.StreamWriter, sending: Sending) -> None:
    if sending.after > 0:
        await asyncio.sleep(sending.after)
    if writer.is_closing():
        return
    if sending.data:
        writer.write(sending.data)
    with contextlib.suppress(OSError):
        await writer.drain()
    if sending.hang_up:
        writer.close()
