"""The wire format of Protocol Buffers (developers.google.com/protocol-buffers/docs/encoding), as far as it is read here. Pure.

Every step is bounded by the bytes that came: hostile input costs linear time and raises Malformed, nothing else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
_MAX_VARINT = 10


class Malformed(ValueError):
    """Bytes that are no message; the text says why."""


def fields(raw: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """Number, wire type and content of each field in turn: an unsigned number, or the bytes of a length-delimited one."""
    at = 0
    while at < len(raw):
        key, at = _varint(raw, at)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise Malformed("field number 0")
        content: int | memoryview
        if kind == VARINT:
            content, at = _varint(raw, at)
        elif kind == LENGTH:
            length, at = _varint(raw, at)
            content, at = _slice(raw, at, length)
        elif kind in (FIXED64, FIXED32):
            bits, at = _slice(raw, at, 8 if kind == FIXED64 else 4)
            content = int.from_bytes(bits, "little")
        else:
            raise Malformed(f"wire type {kind}")
        yield number, kind, content


def _varint(raw: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_MAX_VARINT):
        if at + place >= len(raw):
            raise Malformed("cut off")
        byte = raw[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at + place + 1
    raise Malformed("a number of more than ten bytes")


def _slice(raw: memoryview, at: int, length: int) -> tuple[memoryview, int]:
    if length > len(raw) - at:
        raise Malformed("cut off")
    return raw[at : at + length], at + length


def text(content: int | memoryview) -> str:
    """A string field. Raises Malformed where it is not UTF-8."""
    try:
        return str(content, "utf-8")  # type: ignore[arg-type]
    except (UnicodeDecodeError, TypeError):
        raise Malformed("a text that is not UTF-8") from None


def float32(bits: int) -> float:
    """IEEE 754 single precision."""
    return float(struct.unpack("<f", bits.to_bytes(4, "little"))[0])


def float64(bits: int) -> float:
    """IEEE 754 double precision."""
    return float(struct.unpack("<d", bits.to_bytes(8, "little"))[0])
