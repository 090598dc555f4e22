"""How a device that dials in says who it is, pure: its registration packet, and heartbeats that mean nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from enum import Enum
from typing import Final

LONGEST: Final = 128
"""Bytes of the longest registration packet or heartbeat."""
_ENDS: Final = b"\r\n\x00"
"""What devices put behind a packet without being told to."""


class Verdict(Enum):
    """What the first bytes of a caller are."""

    MORE = "more must come"
    UNKNOWN = "nobody that is expected"


def parse_packet(text: object) -> bytes:
    """The bytes of `DTU-0001` (as text) or `hex:44 54 55`. Raises ValueError."""
    if isinstance(text, int | float):
        raise ValueError(
            f'{text} is read as a number, and zeros before it are lost: put it in quotes, "{text}"'
        )
    if not isinstance(text, str) or not text:
        raise ValueError('must be text such as "DTU-0001", or bytes such as "hex:FE 01"')
    if text.startswith("hex:"):
        try:
            packet = bytes.fromhex(text.removeprefix("hex:"))
        except ValueError:
            raise ValueError(f"{text!r}: behind hex: stand pairs of hexadecimal digits") from None
    else:
        packet = text.encode()
    if not 1 <= len(packet) <= LONGEST:
        raise ValueError(f"{text!r}: must have 1 to {LONGEST} bytes")
    return packet


def show(packet: bytes) -> str:
    """A packet for people: as text where it is, else as hex:."""
    text = packet.decode("ascii", "replace")
    return text if text.isprintable() and "�" not in text else f"hex:{packet.hex(' ').upper()}"


class Door:
    """Tells callers apart by the packets that are expected."""

    def __init__(self, expected: Collection[bytes], heartbeats: Sequence[bytes] = ()) -> None:
        self._expected = sorted(expected, key=len, reverse=True)
        self._fillers = (*heartbeats, *(_ENDS[at : at + 1] for at in range(len(_ENDS))))

    def judge(self, heard: bytes) -> bytes | Verdict:
        """The registration that these first bytes are, or why they are none (yet)."""
        readings = tuple(self._readings(heard))
        for packet in self._expected:
            for rest in readings:
                if rest.startswith(packet) and not self._past(rest[len(packet) :]):
                    return packet
        if any(
            len(rest) <= LONGEST and self._may_become(p, rest) for rest in readings for p in self._expected
        ):
            return Verdict.MORE
        return Verdict.UNKNOWN

    def longer(self, heard: bytes) -> bool:
        """Whether these bytes may still become the registration of another, longer name."""
        return any(
            packet.startswith(rest) and packet != rest
            for rest in self._readings(heard)
            if rest
            for packet in self._expected
        )

    def _may_become(self, packet: bytes, rest: bytes) -> bool:
        if packet.startswith(rest):
            return True
        behind = self._past(rest.removeprefix(packet)) if rest.startswith(packet) else b"?"
        return any(filler.startswith(behind) for filler in self._fillers)

    def _readings(self, heard: bytes) -> Iterator[bytes]:
        """Where the name may begin: a filler before it may as well be its first byte, such as the zeros of 00 00 2A."""
        yield heard
        while filler := next((each for each in self._fillers if heard.startswith(each)), b""):
            heard = heard[len(filler) :]
            yield heard

    def _past(self, heard: bytes) -> bytes:
        while filler := next((each for each in self._fillers if heard.startswith(each)), b""):
            heard = heard[len(filler) :]
        return heard
