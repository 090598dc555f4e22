"""Frames that are not ours, not whole, or not alone: wrong header, wrong check, noise, echo, twice."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulators import fields
from simulators.wire.behaviour import Behaviour, Request, Sending
from simulators.wire.faults.fault import MBAP_ONLY, SERIAL, WireFault, plain

_SECOND_PIECE: Final = 0.005
"""Seconds that make two pieces two segments on loopback."""


@dataclass(frozen=True, kw_only=True)
class Rubbish:
    """So many random bytes."""

    bytes: int = fields.integer(1, 4096, default=64)


@dataclass(frozen=True, kw_only=True)
class Noise:
    """So many random bytes before the frame, as a line driver makes when it switches over."""

    bytes: int = fields.integer(1, 64, default=3)


@dataclass(frozen=True, kw_only=True)
class Cut:
    """So many bytes at the end never come."""

    missing: int = fields.integer(1, 255, default=2)


@dataclass(frozen=True, kw_only=True)
class Length:
    """The length in the header is wrong by so much."""

    by: int = fields.integer(-255, 60000, default=4)


def _instead(frame: Callable[[Request, bytes], bytes]) -> Behaviour:
    return lambda request, right: (Sending(frame(request, right)),)


def _content(request: Request, right: bytes) -> bytes:
    return request.framing.content(right)


def _other_transaction(request: Request, right: bytes) -> bytes:
    return request.frame(_content(request, right), transaction=(request.transaction + 1) & 0xFFFF)


def _other_unit(request: Request, right: bytes) -> bytes:
    return request.frame(_content(request, right), unit=request.unit % 247 + 1)


def _broadcast(request: Request, right: bytes) -> bytes:
    return request.frame(_content(request, right), unit=0)


def _foreign_protocol(request: Request, right: bytes) -> bytes:
    return right[:2] + b"\x00\x01" + right[4:]


def _wrong_length(arguments: Length) -> Behaviour:
    def frame(request: Request, right: bytes) -> bytes:
        length = int.from_bytes(right[4:6], "big") + arguments.by
        return right[:4] + struct.pack(">H", min(max(length, 0), 0xFFFF)) + right[6:]

    return _instead(frame)


def _wrong_check(request: Request, right: bytes) -> bytes:
    """One bit of the check is turned; in ASCII, where the check is two digits, one digit."""
    if request.framing.name == "ascii":
        return right[:-3] + (b"1" if right[-3:-2] == b"0" else b"0") + right[-2:]
    return right[:-1] + bytes((right[-1] ^ 0x10,))


def _random(count: int) -> Callable[[], bytes]:
    """Bytes that differ each time, and are the same in each run."""
    rng = random.Random(f"rubbish/{count}")
    return lambda: rng.randbytes(count)


def _rubbish(arguments: Rubbish) -> Behaviour:
    rubbish = _random(arguments.bytes)
    return lambda request, right: (Sending(rubbish()),)


def _rubbish_then_right(arguments: Rubbish) -> Behaviour:
    rubbish = _random(arguments.bytes)
    return lambda request, right: (Sending(rubbish()), Sending(right, after=_SECOND_PIECE))


def _noise(arguments: Noise) -> Behaviour:
    rubbish = _random(arguments.bytes)
    return lambda request, right: (Sending(rubbish() + right),)


def _cut(arguments: Cut) -> Behaviour:
    return _instead(lambda request, right: right[: max(1, len(right) - arguments.missing)])


def _unasked(request: Request, right: bytes) -> bytes:
    """An answer like this one with other data, under the number of a request that was never sent."""
    pdu = _content(request, right)
    other = pdu[:2] + bytes(byte ^ 0x5A for byte in pdu[2:])
    return request.frame(other, transaction=(request.transaction + 1) & 0xFFFF)


FAULTS: Final = (
    plain(
        "wrong_transaction",
        "the number of a request that was never sent",
        _instead(_other_transaction),
        MBAP_ONLY,
    ),
    plain("wrong_unit", "another unit answers", _instead(_other_unit)),
    plain("broadcast_answer", "the answer comes from unit 0", _instead(_broadcast)),
    plain(
        "foreign_protocol",
        "protocol 1 in the header, which is not Modbus",
        _instead(_foreign_protocol),
        MBAP_ONLY,
    ),
    WireFault(
        "wrong_length", "the length in the header is wrong `by` so much", _wrong_length, Length, MBAP_ONLY
    ),
    plain(
        "crc_error",
        "one bit of the check is turned (of an ASCII frame: one digit)",
        _instead(_wrong_check),
        SERIAL,
    ),
    WireFault("cut_short", "the last `missing` bytes never come", _cut, Cut),
    WireFault("garbage", "`bytes` random bytes instead of an answer", _rubbish, Rubbish),
    WireFault(
        "garbage_then_right",
        "`bytes` random bytes, then the right answer as a segment of its own",
        _rubbish_then_right,
        Rubbish,
    ),
    WireFault("noise", "`bytes` random bytes before the answer, in the same segment", _noise, Noise),
    plain("duplicate", "the answer twice in one segment", _instead(lambda request, right: right + right)),
    plain(
        "two_answers",
        "the answer, and in the same segment one that nobody asked for",
        _instead(lambda request, right: right + _unasked(request, right)),
    ),
    plain(
        "echo",
        "the request comes back before the answer, as some RS-485 adapters do it",
        _instead(lambda request, right: request.raw + right),
        SERIAL,
    ),
    plain(
        "echo_only",
        "the request comes back and nothing else",
        _instead(lambda request, right: request.raw),
        SERIAL,
    ),
)
