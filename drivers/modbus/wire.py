"""The library's client, dressed for us: it frames and sends; what an answer means is judged in `answers`.

The library accepts short answers and those of another function, so answers are taken from it undecoded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from pymodbus import FramerType
from pymodbus.client import (
    AsyncModbusSerialClient,
    AsyncModbusUdpClient,
)
from pymodbus.client.base import ModbusBaseClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from drivers.modbus.answers import LinkLost, Refused, Unanswered, data_of
from drivers.modbus.line import Gone, Late
from drivers.modbus.location import Table
from drivers.modbus.plan import Block
from drivers.modbus.settings import ModbusConnectionSettings

_REQUESTS: Final[dict[Table, type[ModbusPDU]]] = {
    Table.COIL: ReadCoilsRequest,
    Table.DISCRETE: ReadDiscreteInputsRequest,
    Table.HOLDING: ReadHoldingRegistersRequest,
    Table.INPUT: ReadInputRegistersRequest,
}
# A late answer and the right one may come together; the library's own limit, one frame, would drop both.
_BUFFER: Final = 4096
# Time-outs are ours (they differ from request to request); the library's must only not come first.
_NEVER: Final = 3600.0

# It logs an error for each request that is not answered; we log when something changes.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)


class Answer(ModbusPDU):
    """An answer as it came: function code and the bytes behind it."""

    def __init__(self, frame: bytes) -> None:
        super().__init__()
        self.function_code = frame[0]
        self.content = bytes(frame[1:])


class _Undecoded(DecodePDU):
    """Leaves answers as they are, and knows the lengths of read answers only."""

    def __init__(self) -> None:
        super().__init__(is_server=False)

    def lookupPduClass(self, data: bytes) -> type[ModbusPDU] | None:
        known = data[1] & 0x7F in _REQUESTS
        return super().lookupPduClass(data) if known else None

    def decode(self, frame: bytes) -> ModbusPDU:
        return Answer(frame)


def request(unit: int, block: Block) -> ModbusPDU:
    """The request for a block: function codes 1 to 4, there are no others here."""
    return _REQUESTS[block.table](dev_id=unit, address=block.start, count=block.count)


class LibraryLine:
    """Implements line.Line for serial lines and UDP. One request at a time."""

    def __init__(self, client: ModbusBaseClient, numbered: bool) -> None:
        self._client = client
        self._numbered = numbered
        self._awaiting = False
        self._spoilt = False

    async def exchange(self, unit: int, block: Block, timeout: float, late: Late | None = None) -> bytes:
        """One request and its answer, as line.Line says; a late answer is not heard here."""
        asked = request(unit, block)
        # Until the right answer is here: without a number, what comes later would be taken for the next one's.
        self._spoilt = not self._numbered
        self._awaiting = True
        try:
            async with asyncio.timeout(timeout):
                answer: ModbusPDU = await self._client.ctx.execute(False, asked)
        except ModbusException as error:
            self._spoilt = True
            raise Unanswered(f"{block}: {error}") from error
        finally:
            self._awaiting = False
        data = self._verified(answer, asked, block)
        self._spoilt = False
        return data

    def _verified(self, answer: ModbusPDU, asked: ModbusPDU, block: Block) -> bytes:
        self._spoilt = True
        if self._numbered and answer.transaction_id != asked.transaction_id:
            raise Unanswered(f"{block}: an answer to another request")
        if not isinstance(answer, Answer) or answer.dev_id != asked.dev_id:
            raise Unanswered(f"{block}: unit {answer.dev_id} answered for unit {asked.dev_id}")
        try:
            return data_of(answer.function_code, answer.content, block)
        except Refused:
            self._spoilt = False
            raise

    @property
    def sound(self) -> bool:
        """False after a wrong answer, after a silence where answers carry no number, and in the middle of one."""
        return not self._spoilt and not self._client.ctx.recv_buffer

    def lost(self) -> None:
        """The library's word that the connection ended; unless it is passed on, a request would wait its whole time-out."""
        if self._awaiting and not self._client.ctx.response_future.done():
            self._client.ctx.response_future.set_exception(
                LinkLost("the connection was lost while waiting for the answer")
            )

    def close(self) -> None:
        """Let go of the socket; idempotent."""
        self._client.close()


async def open_library_line(settings: ModbusConnectionSettings, gone: Gone) -> LibraryLine:
    """Connect once. Raises OSError or termios.error."""
    line: LibraryLine | None = None

    def connected(up: bool) -> None:
        if not up and line is not None:
            line.lost()
            gone()

    client = open_client(settings, connected)
    line = LibraryLine(client, settings.url.numbered)
    try:
        # Not client.connect(): that one keeps the reason to itself.
        client.ctx.transport, _ = await client.ctx.call_create()
    except BaseException:
        client.close()
        raise
    return line


def open_client(settings: ModbusConnectionSettings, connected: Callable[[bool], None]) -> ModbusBaseClient:
    """A client that is not connected yet, tries once when told to and never by itself.

    `connected` hears when the link came up and when the other side, or the network, ended it.
    """
    address = settings.url
    common: dict[str, Any] = {
        "retries": 0,
        "reconnect_delay": 0,
        "timeout": _NEVER,
        "trace_connect": connected,
    }
    client: ModbusBaseClient
    match address.scheme:
        case "udp":
            client = AsyncModbusUdpClient(address.host, port=address.port, **common)
        case scheme:
            client = AsyncModbusSerialClient(
                address.host,
                framer=FramerType.ASCII if scheme == "ascii" else FramerType.RTU,
                baudrate=address.baud,
                parity=address.parity,
                stopbits=address.stop,
                **common,
            )
    client.ctx.framer.decoder = _Undecoded()
    client.ctx.max_buffer_size = _BUFFER
    return client
