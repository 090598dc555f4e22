"""The library's client, dressed for us: it frames and sends; what an answer means is judged in `answers`.

The library accepts short answers and those of another function, so answers are taken from it undecoded.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from typing import Any, Final

from pymodbus import FramerType
from pymodbus.client import (
    AsyncModbusSerialClient,
    AsyncModbusTcpClient,
    AsyncModbusTlsClient,
    AsyncModbusUdpClient,
)
from pymodbus.client.base import ModbusBaseClient
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

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
        case "tcp":
            client = AsyncModbusTcpClient(address.host, port=address.port, **common)
        case "rtu+tcp":
            client = AsyncModbusTcpClient(address.host, port=address.port, framer=FramerType.RTU, **common)
        case "udp":
            client = AsyncModbusUdpClient(address.host, port=address.port, **common)
        case "tls":
            client = AsyncModbusTlsClient(address.host, port=address.port, sslctx=_tls(settings), **common)
            # The library's TLS framer takes whatever comes in one piece for one frame; the frames are those of TCP.
            client.ctx.framer = FramerSocket(_Undecoded())
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


def _tls(settings: ModbusConnectionSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.certificate_file:
        context.load_cert_chain(settings.certificate_file, settings.key_file)
    return context
