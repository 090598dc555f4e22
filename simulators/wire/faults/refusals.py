"""Requests that a device refuses for what they ask: too much at a time, or an address that it does not have."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from simulators import fields
from simulators.wire.behaviour import Behaviour, Request, Sending
from simulators.wire.faults.fault import WireFault
from simulators.wire.pdu import ILLEGAL_ADDRESS, exception

_ASKED: Final = struct.Struct(">HH")
"""First address and quantity behind the function code of a read (Modbus Application Protocol V1.1b3, 6.1-6.4)."""


@dataclass(frozen=True, kw_only=True)
class Few:
    """At most so many addresses in one request; more are answered with this exception code."""

    most: int = fields.integer(1, 2000, default=4)
    code: int = fields.integer(1, 255, default=2)


@dataclass(frozen=True, kw_only=True)
class Absent:
    """These addresses do not exist, in any table: both are included."""

    first: int = fields.integer(0, 65535, default=7)
    last: int = fields.integer(0, 65535, default=7)


def _refusing(code: int, refuses: Callable[[int, int], bool]) -> Behaviour:
    """`refuses` is asked with first address and quantity; what is no read is answered as it is."""

    def behave(request: Request, right: bytes) -> Sequence[Sending]:
        asked = request.pdu[1:]
        if len(asked) == _ASKED.size and refuses(*_ASKED.unpack(asked)):
            return (Sending(request.frame(exception(request.function, code))),)
        return (Sending(right),)

    return behave


def _few(arguments: Few) -> Behaviour:
    return _refusing(arguments.code, lambda start, count: count > arguments.most)


def _absent(arguments: Absent) -> Behaviour:
    return _refusing(
        ILLEGAL_ADDRESS,
        lambda start, count: start <= arguments.last and arguments.first < start + count,
    )


FAULTS: Final = (
    WireFault(
        "few_at_a_time", "requests for more than `most` addresses get exception `code`", _few, arguments=Few
    ),
    WireFault(
        "illegal_address",
        "requests that touch an address from `first` to `last` get exception 2",
        _absent,
        arguments=Absent,
    ),
)
