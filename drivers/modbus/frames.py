"""Frames of Modbus TCP, pure: a request for a block, and the stream of answers cut into frames.

Modbus Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3: transaction, protocol (0), length of what follows, unit.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

from drivers.modbus.plan import Block

_HEADER: Final = struct.Struct(">HHHB")
_START: Final = struct.Struct(">HHH")
HEADER: Final = _HEADER.size
SHORTEST, LONGEST = 3, 254
"""Unit, function and one byte more; unit and the largest PDU (253 bytes)."""


class Frame(NamedTuple):
    """One answer: `pdu` is function code and what follows."""

    transaction: int
    unit: int
    pdu: bytes


_frame: Callable[[tuple[int, int, bytes]], Frame] = partial(tuple.__new__, Frame)


class Garbled(ValueError):
    """The stream is not Modbus TCP, or has lost its step: no byte behind can be trusted."""


def read_request(transaction: int, unit: int, block: Block) -> bytes:
    """The frame that asks for a block: function codes 1 to 4, there are no others here."""
    return _HEADER.pack(transaction, 0, 6, unit) + block.pdu


class Cutter:
    """Cuts a stream into frames, however it was torn or joined on the way."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    @property
    def midway(self) -> bool:
        """True while the beginning of a frame waits for its end."""
        return bool(self._rest)

    def only(self, data: bytes) -> Frame | None:
        """The one frame that `data` is, as nearly always; None when it is anything else, and `cut` takes it."""
        size = len(data)
        if self._rest or size < HEADER:
            return None
        transaction, protocol, length, unit = _HEADER.unpack_from(data)
        if protocol or length + _START.size != size or not SHORTEST <= length <= LONGEST:
            return None
        return _frame((transaction, unit, data[HEADER:]))

    def cut(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole with `data`. Raises Garbled at the first header that cannot be one."""
        data = self._rest + data if self._rest else data
        at, size = 0, len(data)
        while size - at >= _START.size:
            transaction, protocol, length = _START.unpack_from(data, at)
            if protocol or not SHORTEST <= length <= LONGEST:
                raise Garbled(f"protocol {protocol}, length {length}")
            end = at + _START.size + length
            if end > size:
                break
            yield _frame((transaction, data[at + 6], data[at + HEADER : end]))
            at = end
        self._rest = data[at:]
