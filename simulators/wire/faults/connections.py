"""The connection itself: reset, ended, half closed, half open. They need a transport that has connections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulators import fields
from simulators.wire.behaviour import Behaviour, Request, Sending, Then
from simulators.wire.faults.fault import WireFault, plain

_READ: Final = 0.005
"""Seconds in which the other side reads what came before a reset."""


@dataclass(frozen=True, kw_only=True)
class MidAnswer:
    """So much of the answer is sent before."""

    percent: int = fields.integer(0, 100, default=50)


@dataclass(frozen=True, kw_only=True)
class Instead:
    """So much of the answer is sent before."""

    percent: int = fields.integer(0, 100, default=0)


def _part(right: bytes, percent: int) -> bytes:
    return right[: len(right) * percent // 100]


def _reset(arguments: MidAnswer) -> Behaviour:
    def behave(request: Request, right: bytes) -> Sequence[Sending]:
        return Sending(_part(right, arguments.percent)), Sending(b"", _READ, Then.RESET)

    return behave


def _hang_up(arguments: Instead) -> Behaviour:
    return lambda request, right: (Sending(_part(right, arguments.percent), then=Then.HANG_UP),)


def _half_close(request: Request, right: bytes) -> Sequence[Sending]:
    return (Sending(b"", then=Then.HALF_CLOSE),)


def _half_open(request: Request, right: bytes) -> Sequence[Sending]:
    return (Sending(b"", then=Then.DEAF),)


FAULTS: Final = (
    WireFault("reset", "the connection is torn down (RST) after `percent` of the answer", _reset, MidAnswer),
    WireFault(
        "hang_up", "the connection ends in order (FIN) after `percent` of the answer", _hang_up, Instead
    ),
    plain("half_close", "the device says no more and takes what comes; the connection stands", _half_close),
    plain(
        "half_open", "the connection stands and nobody is there any more, for no unit behind it", _half_open
    ),
)
NAMES: Final = frozenset(fault.name for fault in FAULTS)
