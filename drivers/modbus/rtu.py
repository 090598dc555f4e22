"""Frames of Modbus RTU, pure: a request for a block, and what was heard judged against it.

Modbus over Serial Line V1.02, 2.5.1: unit, protocol data unit, CRC. Frames have no number and over TCP no silence
between them, so an answer is believed only where it stands alone: what comes with more behind it may be an older one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drivers.modbus.answers import Refused, Unanswered, data_of
from drivers.modbus.plan import Block

LONGEST: Final = 256
NOISE: Final = 4
"""Bytes that a line driver may make up before a frame when it switches over; shorter than any frame."""
_SHORTEST: Final = 5


def _table() -> tuple[int, ...]:
    """CRC-16 of each byte (appendix B of the specification), polynomial A001."""
    rows = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
        rows.append(value)
    return tuple(rows)


_CRC: Final = _table()


def checked(body: bytes) -> bytes:
    """A frame: the body and its check, low byte first."""
    value = 0xFFFF
    for byte in body:
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xFF]
    return body + value.to_bytes(2, "little")


def read_request(unit: int, block: Block) -> bytes:
    """The frame that asks for a block: function codes 1 to 4, there are no others here."""
    return checked(bytes((unit,)) + block.pdu)


class Ear:
    """Listens for the answer to one request."""

    def __init__(self, unit: int, block: Block, fillers: Sequence[bytes] = ()) -> None:
        """`fillers` are packets that may stand before and behind an answer and mean nothing (heartbeats)."""
        self._unit = unit
        self._block = block
        self._fillers = (read_request(unit, block), *fillers)  # some RS-485 adapters echo what we say
        self._heard = b""

    def hear(self, data: bytes) -> bytes | None:
        """The data of the block, or None while more must come. Raises Refused and Unanswered."""
        self._heard += data
        while (rest := self._past_fillers()) is not None:
            length = _length(rest)
            if length is None or len(rest) < length or checked(rest[: length - 2]) != rest[:length]:
                return self._behind_noise(rest)
            if rest[0] == self._unit:
                return self._judge(rest, length)
            self._heard = rest[length:]  # another unit's, too late for somebody else
        return None

    def _past_fillers(self) -> bytes | None:
        """What was heard behind echo and heartbeats; None where that is nothing, or may only be the beginning of one."""
        rest = self._heard
        while filler := next((each for each in self._fillers if rest.startswith(each)), b""):
            rest = rest[len(filler) :]
        return None if any(each.startswith(rest) for each in self._fillers) else rest

    def _judge(self, rest: bytes, length: int) -> bytes:
        frame, behind = rest[:length], rest[length:]
        data = data_of(frame[1], frame[2:-2], self._block)
        while filler := next((each for each in (frame, *self._fillers) if behind.startswith(each)), b""):
            behind = behind[len(filler) :]
        if behind:
            raise Unanswered(f"{self._block}: more than one answer came")
        return data

    def _behind_noise(self, rest: bytes) -> bytes | None:
        """A right answer behind a few bytes of noise; only as the very last of what was heard."""
        size = self._block.size + _SHORTEST
        for frame in (rest[-size:], rest[-_SHORTEST:]):
            noise = len(rest) - len(frame)
            if 0 < noise <= NOISE and frame[0] == self._unit and checked(frame[:-2]) == frame:
                return data_of(frame[1], frame[2:-2], self._block)
        if len(rest) > LONGEST:
            raise Unanswered(f"{self._block}: {len(rest)} bytes and no answer in them")
        return None


def _length(frame: bytes) -> int | None:
    """Bytes that a frame with this beginning has; None where that cannot be told (yet)."""
    if len(frame) < _SHORTEST:
        return None
    function = frame[1]
    if function & 0x80:
        return _SHORTEST
    if function in (1, 2, 3, 4):
        return _SHORTEST + frame[2]
    return 8 if function in (5, 6, 15, 16) else None


__all__ = ["LONGEST", "Ear", "Refused", "checked", "read_request"]
