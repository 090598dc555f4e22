"""How a unit behaves on the wire: a behaviour turns the right answer into what is really sent.

A behaviour sees the request and the right answer (whole frames) and says which bytes leave when. All that a
bad device can do - late, short, foreign transaction, garbage, twice, hang up - is a list of sendings.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One request as it came: MBAP header fields and the protocol data unit (function code first)."""

    transaction: int
    unit: int
    pdu: bytes

    @property
    def function(self) -> int:
        """The function code asked for."""
        return self.pdu[0]

    def frame(self, pdu: bytes) -> bytes:
        """An answer frame to this request: same transaction and unit."""
        return struct.pack(">HHHB", self.transaction, 0, len(pdu) + 1, self.unit) + pdu


@dataclass(frozen=True)
class Sending:
    """Bytes that leave `after` seconds, counted from the request; with `hang_up` the connection ends then."""

    data: bytes
    after: float = 0.0
    hang_up: bool = False


Behaviour = Callable[[Request, bytes], Sequence[Sending]]


def normal(request: Request, right: bytes) -> Sequence[Sending]:
    """Answer rightly and at once."""
    return (Sending(right),)


def silent(request: Request, right: bytes) -> Sequence[Sending]:
    """Take the request and never answer; the connection stays open."""
    return ()


def delayed(seconds: float) -> Behaviour:
    """Answer rightly, but late."""
    return lambda request, right: (Sending(right, after=seconds),)


def exceptional(code: int) -> Behaviour:
    """Answer every request with one exception code (4 = device failure, 6 = busy, 11 = gateway)."""
    return lambda request, right: (Sending(request.frame(bytes((request.function | 0x80, code)))),)
