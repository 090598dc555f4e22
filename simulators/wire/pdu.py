"""Answers of a read-only Modbus unit, as pure functions from request bytes to answer bytes.

Modbus Application Protocol V1.1b3, sections 6.1-6.4 (reads) and 7 (exceptions).
"""

from __future__ import annotations

import struct

from simulators.wire.registers import RegisterBank, Table

ILLEGAL_FUNCTION = 0x01
ILLEGAL_ADDRESS = 0x02
ILLEGAL_VALUE = 0x03
GATEWAY_TARGET_FAILED = 0x0B

_MAX_BITS = 2000


def exception(function: int, code: int) -> bytes:
    """The exception answer: the function code with its top bit set, and the reason."""
    return bytes((function | 0x80, code))


def answer(bank: RegisterBank, request: bytes) -> bytes:
    """The answer to one request. Only function codes 1-4 are understood: this plant cannot be written to."""
    function = request[0]
    if function not in (1, 2, 3, 4):
        return exception(function, ILLEGAL_FUNCTION)
    if len(request) != 5:
        return exception(function, ILLEGAL_VALUE)
    start, count = struct.unpack(">HH", request[1:])
    table = Table(function)
    if not 1 <= count <= (_MAX_BITS if function <= 2 else bank.max_registers):
        return exception(function, ILLEGAL_VALUE)
    values = bank.read(table, start, count)
    if values is None:
        return exception(function, ILLEGAL_ADDRESS)
    body = _packed_bits(values) if function <= 2 else struct.pack(f">{count}H", *values)
    return bytes((function, len(body))) + body


def _packed_bits(values: list[int]) -> bytes:
    """First bit in the lowest place of the first byte; unused places are zero."""
    packed = bytearray((len(values) + 7) // 8)
    for index, value in enumerate(values):
        packed[index // 8] |= value << (index % 8)
    return bytes(packed)
