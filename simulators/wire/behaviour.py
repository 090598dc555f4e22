"""How a unit behaves on the wire: a behaviour turns the right answer into what is really sent.

A behaviour sees the request and the right answer (whole frames) and says which bytes leave when. All that a
bad device can do - late, short, foreign transaction, garbage, twice, hang up - is a list of sendings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from simulators.wire.framing import MBAP, Framing


@dataclass(frozen=True)
class Request:
    """One request as it came, taken from its frame: the protocol data unit has the function code first."""

    transaction: int
    unit: int
    pdu: bytes
    framing: Framing = MBAP
    raw: bytes = b""
    """The whole frame, as it was heard."""
    connection: object = field(default=None, compare=False)
    """Which connection it came by; None where there is but one, as on a serial line."""

    @property
    def function(self) -> int:
        """The function code asked for."""
        return self.pdu[0]

    def frame(self, pdu: bytes, *, transaction: int | None = None, unit: int | None = None) -> bytes:
        """An answer frame to this request: same transaction and unit, unless told otherwise."""
        number = self.transaction if transaction is None else transaction
        return self.framing.frame(number, self.unit if unit is None else unit, pdu)


class Then(Enum):
    """What becomes of the connection after some bytes were sent. Without connections, nothing more is sent."""

    STAY = "stay"
    HANG_UP = "hang up"
    """An orderly end (FIN)."""
    RESET = "reset"
    """Torn down (RST); the other side may lose what it has not read yet."""
    HALF_CLOSE = "half close"
    """Nothing more is said; what the other side says is still taken."""
    DEAF = "deaf"
    """It stays open and nobody is there: nothing is heard or said any more."""


@dataclass(frozen=True)
class Sending:
    """Bytes that leave `after` seconds, counted from the request, and what becomes of the connection then."""

    data: bytes
    after: float = 0.0
    then: Then = Then.STAY


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
