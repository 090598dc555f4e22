"""Whole frames around a wrong answer: another function, another length, an exception, a count that lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulators import fields
from simulators.wire import behaviour
from simulators.wire.behaviour import Behaviour, Request, Sending
from simulators.wire.faults.fault import WireFault, plain


@dataclass(frozen=True, kw_only=True)
class Exceptional:
    """Every request is answered with this exception code."""

    code: int = fields.integer(1, 255, default=4)


@dataclass(frozen=True, kw_only=True)
class Missing:
    """So many registers (of bits: bytes) are not there: 122 of 125."""

    missing: int = fields.integer(1, 125, default=3)


@dataclass(frozen=True, kw_only=True)
class Extra:
    """So many registers (of bits: bytes) too many."""

    extra: int = fields.integer(1, 60, default=2)


@dataclass(frozen=True, kw_only=True)
class Lie:
    """The byte count is wrong by so much."""

    by: int = fields.integer(-250, 250, default=2)


def _neighbour(function: int) -> int:
    """The other function that answers in the same form: 1 and 2, 3 and 4."""
    return {1: 2, 2: 1, 3: 4, 4: 3}.get(function, function)


def _changed(change: Callable[[bytes], bytes]) -> Behaviour:
    """Change a good answer's content; the frame around it stays right. Exceptions go out as they are."""

    def behave(request: Request, right: bytes) -> Sequence[Sending]:
        pdu = request.framing.content(right)
        return (Sending(right if pdu[0] & 0x80 else request.frame(change(pdu))),)

    return behave


def _step(pdu: bytes) -> int:
    return 2 if pdu[0] in (3, 4) else 1


def _short(arguments: Missing) -> Behaviour:
    def change(pdu: bytes) -> bytes:
        data = pdu[2 : max(2, len(pdu) - arguments.missing * _step(pdu))]
        return bytes((pdu[0], len(data))) + data

    return _changed(change)


def _long(arguments: Extra) -> Behaviour:
    def change(pdu: bytes) -> bytes:
        data = (pdu[2:] + bytes(arguments.extra * _step(pdu)))[:250]
        return bytes((pdu[0], len(data))) + data

    return _changed(change)


def _lying(arguments: Lie) -> Behaviour:
    return _changed(lambda pdu: bytes((pdu[0], (pdu[1] + arguments.by) & 0xFF)) + pdu[2:])


def _wrong_exception(request: Request, right: bytes) -> Sequence[Sending]:
    return (Sending(request.frame(bytes((_neighbour(request.function) | 0x80, 2)))),)


def _write_answer(request: Request, right: bytes) -> Sequence[Sending]:
    return (Sending(request.frame(bytes((6,)) + request.pdu[1:5])),)


def _fault(name: str, does: str, make: Callable[[Any], Behaviour], arguments: type[Any]) -> WireFault:
    return WireFault(name, does, make, arguments)


FAULTS: Final = (
    _fault(
        "exception",
        "every request gets exception `code`",
        lambda a: behaviour.exceptional(a.code),
        Exceptional,
    ),
    plain("wrong_exception", "an exception of another function", _wrong_exception),
    plain(
        "wrong_function",
        "right data under the neighbouring function: 4 for 3, 2 for 1",
        _changed(lambda pdu: bytes((_neighbour(pdu[0]),)) + pdu[1:]),
    ),
    plain("write_answer", "the answer to a write that nobody sent", _write_answer),
    _fault("short_count", "an answer whole in itself with `missing` registers too few", _short, Missing),
    _fault("too_long", "an answer whole in itself with `extra` registers too many", _long, Extra),
    _fault("lying_count", "the byte count is wrong `by` so much", _lying, Lie),
)
