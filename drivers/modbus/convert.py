"""From the raw content of one value's registers to the value, pure. Built once for each point.

Raw content -> sentinel? -> number -> group of bits -> name of a state, or scale and offset.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any, Final

from drivers.modbus.encoding import Encoding, Order
from drivers.modbus.point import ModbusPointSettings
from monitor.domain.point import Value
from monitor.domain.reading import Quality

Decoded = Value | Quality
"""A value, or the reason why there is none."""
Converter = Callable[[Any], Decoded]
Step = Callable[[Any], Any]

CODES: Final = {("int", 16): "h", ("int", 32): "i", ("int", 64): "q", ("float", 32): "f", ("float", 64): "d"}
UNSIGNED: Final = {16: "H", 32: "I", 64: "Q"}
"""Format characters of `struct`."""


def converter(point: ModbusPointSettings, order: Order, *, deferred: bool) -> Converter:
    """The conversion of one point. With `deferred` scale and offset are left out, because a power of ten is to come.

    It takes what `struct` unpacked: unsigned where the point has sentinels, which are compared bit by bit.
    """
    if point.as_.family == "string":
        return _string(point.as_, order)
    steps: list[Step] = []
    if point.invalid:
        steps += [_sentinel(point), _typed(point.as_)]
    steps.append(_number(point))
    if point.bits is not None:
        steps.append(_group(*point.bits))
    if point.values:
        steps.append(_name(point))
    elif not deferred and (point.scale != 1 or point.offset != 0):
        steps.append(_scale(point.scale, point.offset))
    return _chain(steps)


def _chain(steps: list[Step]) -> Converter:
    if len(steps) == 1:
        return steps[0]

    def convert(raw: Any) -> Decoded:
        result: Any = raw
        for step in steps:
            result = step(result)
            if isinstance(result, Quality):
                break
        return result  # type: ignore[no-any-return]  # the last step gives a Decoded

    return convert


def _sentinel(point: ModbusPointSettings) -> Step:
    ones = (1 << point.as_.width) - 1
    patterns = {raw & ones for raw in point.invalid if isinstance(raw, int)}
    if point.as_.family == "float":  # 9999.0 in a datasheet is a number, 0x7FC00000 a pattern: both are taken
        patterns |= {_pattern(float(raw), point.as_) for raw in point.invalid if _holds(point.as_, raw)}
    return lambda raw: Quality.SENTINEL if raw in patterns else raw


def _holds(encoding: Encoding, number: float) -> bool:
    return encoding.width == 64 or abs(number) < 3.4e38


def _pattern(number: float, encoding: Encoding) -> int:
    packed = struct.pack(f"<{CODES['float', encoding.width]}", number)
    return int.from_bytes(packed, "little")


def _typed(encoding: Encoding) -> Step:
    """The unsigned content as what the datasheet calls it."""
    code = CODES.get((encoding.family, encoding.width))
    if code is None:
        return lambda raw: raw
    unsigned, typed = struct.Struct(f"<{UNSIGNED[encoding.width]}"), struct.Struct(f"<{code}")
    return lambda raw: typed.unpack(unsigned.pack(raw))[0]


def _number(point: ModbusPointSettings) -> Step:
    match point.as_.family:
        case "bool":
            return _bit(0xFFFF if point.bit is None else 1 << point.bit, inverted=point.invert)
        case "bcd":
            return _bcd
        case "sm":
            return _signed(1 << (point.as_.width - 1))
        case "mod10k":
            return _mod10k
        case "float":
            return _real
        case _:
            return lambda raw: raw


def _bit(mask: int, *, inverted: bool) -> Step:
    return lambda raw: (raw & mask != 0) is not inverted


def _bcd(raw: int) -> Decoded:
    digits = f"{raw:x}"
    return int(digits) if digits.isdecimal() else Quality.DECODE_ERROR


def _signed(sign: int) -> Step:
    """Sign and magnitude: 0x8005 is -5."""
    return lambda raw: sign - raw if raw & sign else raw


def _mod10k(raw: int) -> Decoded:
    """Words of 0 to 9999 each; a word beyond is rubbish."""
    number = 0
    for shift in (48, 32, 16, 0):
        word = raw >> shift & 0xFFFF
        if word > 9999:
            return Quality.DECODE_ERROR
        number = number * 10_000 + word
    return number


def _real(raw: float) -> Decoded:
    # NaN is how a float register says "no value"; infinity is what a broken computation leaves behind.
    if math.isnan(raw):
        return Quality.SENTINEL
    return raw if math.isfinite(raw) else Quality.DECODE_ERROR


def _group(low: int, high: int) -> Step:
    ones = (1 << (high - low + 1)) - 1
    return lambda raw: raw >> low & ones


def _name(point: ModbusPointSettings) -> Step:
    names = dict(point.values)
    return lambda raw: names.get(raw, Quality.DECODE_ERROR)


def _scale(scale: float, offset: float) -> Step:
    def scaled(number: int | float) -> Decoded:
        result = plus(times(number, scale), offset)
        return result if math.isfinite(result) else Quality.DECODE_ERROR

    return scaled


def times(number: int | float, scale: float) -> int | float:
    """number x scale. Dividing by ten is exact where multiplying by 0.1 is not: 3 becomes 0.3, not 0.30000000000000004."""
    if scale.is_integer():
        return number * int(scale)
    by = divisor(scale)
    return number * scale if by is None else number / by


def divisor(scale: float) -> int | None:
    """The whole number whose inverse the scale is, such as 10 for 0.1; None when there is none."""
    inverse = 0 if scale.is_integer() or abs(scale) < 1e-18 else round(1 / scale)
    return inverse if inverse and 1 / inverse == scale else None


def plus(number: int | float, offset: float) -> int | float:
    """number + offset; whole stays whole."""
    return number + (int(offset) if offset.is_integer() else offset)


def _string(encoding: Encoding, order: Order) -> Converter:
    length = encoding.width // 8
    # In a string there are no words to turn round: only BADC and DCBA swap the two characters of a register. The
    # block has been swapped for CDAB and BADC.
    swaps = order in ("CDAB", "DCBA")

    def convert(raw: bytes) -> Decoded:
        content = (swap(raw) if swaps else raw)[:length].split(b"\0", 1)[0]
        if not all(0x20 <= byte < 0x7F for byte in content):
            return Quality.DECODE_ERROR
        return content.decode("ascii").strip(" ")

    return convert


def swap(data: bytes) -> bytes:
    """The two bytes of every register exchanged."""
    swapped = bytearray(data)
    swapped[::2], swapped[1::2] = data[1::2], data[::2]
    return bytes(swapped)
