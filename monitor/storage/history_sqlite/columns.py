"""Columns of numbers as few bytes: differences in the narrowest width, byte planes beside each other for the compressor.

Everything comes back bit for bit. What a meter says has few decimals, so most columns are whole numbers of some power of
ten; what came as a 32-bit float stays one.
"""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections.abc import Sequence
from itertools import accumulate
from operator import sub
from typing import NamedTuple

_INTEGERS = struct.Struct("<Bq")
_NUMBERS = struct.Struct("<bq")
_WIDTHS = ((1, "B"), (2, "H"), (4, "I"), (8, "Q"))
_TYPES = dict(_WIDTHS)
MOST_DECIMALS = 6
_EXACT = 2.0**53
"""Whole numbers below this are exact as floats."""
_SINGLE, _DOUBLE = -1, -2
"""Stand where the number of decimals stands, for columns that have no few decimals."""
_TRIED = 4
"""Values that must agree before a whole column is tried with so many decimals."""


class Numbers(NamedTuple):
    """A column of floats: `scaled` whole numbers over 10 ** `decimals`, or else the `floats` themselves."""

    scaled: list[int] | None
    decimals: int
    floats: list[float] | None

    def values(self, start: int, end: int) -> list[float]:
        """The floats in [start, end)."""
        if self.scaled is None:
            return (self.floats or [])[start:end]
        by = 10.0**self.decimals
        return [number / by for number in self.scaled[start:end]]


def pack_integers(integers: Sequence[int]) -> bytes:
    """Whole numbers within 64 bits, as distances from the least of them."""
    least = min(integers, default=0)
    span = max(integers, default=0) - least
    if span == 0:
        return _INTEGERS.pack(0, least)
    width, code = next((width, code) for width, code in _WIDTHS if span < 1 << 8 * width)
    column = array(code, list(map((-least).__add__, integers)) if least else integers)
    return _INTEGERS.pack(width, least) + _planes(little(column), width)


def unpack_integers(data: bytes, at: int, count: int) -> tuple[list[int], int]:
    """`count` numbers from offset `at`, and the offset behind them."""
    width, least = _INTEGERS.unpack_from(data, at)
    at += _INTEGERS.size
    if not width:
        return [least] * count, at
    integers = integers_of(_TYPES[width], _whole(data[at : at + count * width], width))
    return list(map(least.__add__, integers) if least else integers), at + count * width


def pack_numbers(numbers: Sequence[float]) -> bytes:
    """Finite floats."""
    exact = _with_decimals(numbers)
    if exact is not None:
        integers, decimals = exact
        return _NUMBERS.pack(decimals, integers[0] if integers else 0) + pack_integers(differences(integers))
    singles = _singles(numbers)
    if singles is not None:
        return _NUMBERS.pack(_SINGLE, 0) + _planes(little(singles), 4)
    return _NUMBERS.pack(_DOUBLE, 0) + _planes(little(array("d", numbers)), 8)


def unpack_numbers(data: bytes, at: int, count: int) -> tuple[Numbers, int]:
    """`count` floats from offset `at`, and the offset behind them."""
    decimals, first = _NUMBERS.unpack_from(data, at)
    at += _NUMBERS.size
    if decimals >= 0:
        steps, at = unpack_integers(data, at, max(count - 1, 0))
        return Numbers(list(accumulate(steps, initial=first))[:count], decimals, None), at
    width, code = (4, "f") if decimals == _SINGLE else (8, "d")
    floats = floats_of(code, _whole(data[at : at + count * width], width))
    return Numbers(None, 0, floats), at + count * width


def differences(integers: Sequence[int]) -> list[int]:
    """From each to the next: one fewer than there are."""
    return list(map(sub, integers[1:], integers))


def _with_decimals(numbers: Sequence[float]) -> tuple[list[int], int] | None:
    """The numbers as whole numbers over a power of ten, when that gives back each bit of them."""
    if not all(map(math.isfinite, numbers)):  # the area of garbage near the largest number there is
        return None
    bits = array("d", numbers).tobytes()
    largest = max(map(abs, numbers), default=0.0)
    for decimals in range(MOST_DECIMALS + 1):
        by = 10.0**decimals
        if largest * by >= _EXACT:
            return None
        if any(round(number * by) / by != number for number in numbers[:_TRIED]):
            continue
        integers = [round(number * by) for number in numbers]
        # Bits, because a negative zero is equal to zero and not the same.
        if array("d", [number / by for number in integers]).tobytes() == bits:
            return integers, decimals
    return None


def _singles(numbers: Sequence[float]) -> array[float] | None:
    try:
        singles = array("f", numbers)
    except OverflowError:
        return None
    return singles if array("d", singles).tobytes() == array("d", numbers).tobytes() else None


def _planes(raw: bytes, width: int) -> bytes:
    """All lowest bytes, then all second ones, ...: like beside like."""
    return raw if width == 1 else b"".join(raw[plane::width] for plane in range(width))


def _whole(planes: bytes, width: int) -> bytes:
    if width == 1:
        return planes
    count = len(planes) // width
    raw = bytearray(len(planes))
    for plane in range(width):
        raw[plane::width] = planes[plane * count : (plane + 1) * count]
    return bytes(raw)


def little(column: array[int] | array[float]) -> bytes:
    """The bytes of an array, least significant first; the array is not to be used again."""
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def integers_of(code: str, raw: bytes) -> Sequence[int]:
    """Whole numbers of the array type `code` from the bytes that `little` made."""
    if code == "B":
        return raw
    column: array[int] = array(code)
    column.frombytes(raw)
    if sys.byteorder == "big":
        column.byteswap()
    return column


def floats_of(code: str, raw: bytes) -> list[float]:
    """Floats of the array type `code` from the bytes that `little` made."""
    column: array[float] = array(code)
    column.frombytes(raw)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tolist()
