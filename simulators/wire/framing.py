"""How requests and answers are packed: MBAP on TCP, UDP and TLS; RTU and ASCII on serial lines and over TCP.

MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3; MODBUS over Serial Line V1.02, 2.5.1 and 2.5.2.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Final

from simulators.wire.checks import crc16, lrc


class NotModbus(ValueError):
    """The stream has lost its frames for good; whoever reads it hangs up."""


@dataclass(frozen=True)
class Frame:
    """One frame as it was cut from a stream. `transaction` is 0 where the framing has none."""

    transaction: int
    unit: int
    pdu: bytes


class Framing(ABC):
    """One way to pack. `numbered`: frames carry a transaction; `gateway`: a missing unit is answered for by a gateway."""

    name: ClassVar[str]
    numbered: ClassVar[bool] = False
    gateway: ClassVar[bool] = False

    @abstractmethod
    def frame(self, transaction: int, unit: int, pdu: bytes) -> bytes:
        """The bytes on the wire."""

    @abstractmethod
    def content(self, frame: bytes) -> bytes:
        """The protocol data unit within a whole frame."""

    @abstractmethod
    def cut(self, heard: bytes) -> tuple[int, Frame | None]:
        """How many bytes are done with, and the request in them; (0, None) while more must come.

        Bytes without a frame are rubbish, to be counted. Raises NotModbus.
        """


class Mbap(Framing):
    """The header of Modbus TCP: transaction, protocol 0, length, unit."""

    name = "mbap"
    numbered = True
    gateway = True

    def frame(self, transaction: int, unit: int, pdu: bytes) -> bytes:
        return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu

    def content(self, frame: bytes) -> bytes:
        return frame[7:]

    def cut(self, heard: bytes) -> tuple[int, Frame | None]:
        if len(heard) < 7:
            return 0, None
        transaction, protocol, length, unit = struct.unpack(">HHHB", heard[:7])
        if protocol != 0 or not 2 <= length <= 254:
            raise NotModbus(heard[:7].hex(" "))
        end = 6 + length
        if len(heard) < end:
            return 0, None
        return end, Frame(transaction, unit, heard[7:end])


class Rtu(Framing):
    """Unit, protocol data unit, check; frames are told apart by silence, over TCP by the length their function has."""

    name = "rtu"

    def frame(self, transaction: int, unit: int, pdu: bytes) -> bytes:
        body = bytes((unit,)) + pdu
        return body + crc16(body)

    def content(self, frame: bytes) -> bytes:
        return frame[1:-2]

    def cut(self, heard: bytes) -> tuple[int, Frame | None]:
        length = _length_of_request(heard)
        if len(heard) < length:
            return 0, None
        frame = heard[:length]
        if crc16(frame[:-2]) != frame[-2:]:
            return len(heard), None
        return length, Frame(0, frame[0], self.content(frame))


class Ascii(Framing):
    """A colon, hexadecimal digits with their check, and the end of a line."""

    name = "ascii"

    def frame(self, transaction: int, unit: int, pdu: bytes) -> bytes:
        body = bytes((unit,)) + pdu
        return b":" + (body + bytes((lrc(body),))).hex().upper().encode() + b"\r\n"

    def content(self, frame: bytes) -> bytes:
        return bytes.fromhex(frame[1:-2].decode("ascii"))[1:-1]

    def cut(self, heard: bytes) -> tuple[int, Frame | None]:
        end = heard.find(b"\r\n") + 2
        if end < 2:
            return 0, None
        line = heard[: end - 2]
        try:
            body = bytes.fromhex(line[line.rindex(b":") + 1 :].decode("ascii"))
        except ValueError:
            return end, None
        if len(body) < 3 or lrc(body[:-1]) != body[-1]:
            return end, None
        return end, Frame(0, body[0], body[1:-1])


MBAP: Final = Mbap()
RTU: Final = Rtu()
ASCII: Final = Ascii()
FRAMINGS: Final[dict[str, Framing]] = {each.name: each for each in (MBAP, RTU, ASCII)}


def _length_of_request(heard: bytes) -> int:
    """Bytes of an RTU request with this beginning: reads and single writes have 8, writes of many tell it."""
    if len(heard) >= 2 and heard[1] in (15, 16):
        return 9 + heard[6] if len(heard) >= 7 else 9
    return 8
