"""For `watchroom probe`, pure: the bytes of each point, and what is odd about them."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from typing import Final

from drivers.modbus.codec import Field
from drivers.modbus.convert import CODES
from drivers.modbus.encoding import Order
from drivers.modbus.plan import Block
from monitor.domain.point import Point
from monitor.ports import RawPoint

_LEAST: Final = 1e-4
_MOST: Final = 1e9
"""Magnitudes that measured values have; a float with its words turned round is nearly always far outside."""
_ORDERS: Final[tuple[Order, ...]] = ("ABCD", "CDAB", "BADC", "DCBA")


def look(
    block: Block, data: bytes, fields: Sequence[Field], points: Sequence[Point]
) -> Iterator[tuple[str, RawPoint]]:
    """Each point of the block by key, in the order of the plan."""
    wanted = frozenset(block.wants)
    for field in fields:
        if field.want in wanted:
            point = points[field.index]
            raw = _bytes_of(field, block, data)
            yield point.key, RawPoint(raw, _odd(field, raw, point.range))


def refused(
    block: Block, said: str, fields: Sequence[Field], points: Sequence[Point]
) -> Iterator[tuple[str, RawPoint]]:
    """The points of a block that the device does not give, and in which words it says so."""
    wanted = frozenset(block.wants)
    for field in fields:
        if field.want in wanted:
            yield points[field.index].key, RawPoint(b"", said)


def _bytes_of(field: Field, block: Block, data: bytes) -> bytes:
    at = field.want.address - block.start
    if block.table.bits:
        return bytes([data[at // 8] >> at % 8 & 1])
    return data[2 * at : 2 * (at + field.want.count)]


def _odd(field: Field, raw: bytes, span: tuple[float, float] | None) -> str:
    """In which order a float would make sense that makes none; empty where it does, or where no order helps."""
    encoding = field.point.as_
    if encoding.family != "float" or field.late or not any(raw):
        return ""
    if _sensible(_read(field, raw, field.order), span):
        return ""
    better = {order: _read(field, raw, order) for order in _ORDERS if order != field.order}
    found = [f"{value:g} as {order}" for order, value in better.items() if _sensible(value, span)]
    return f"would be {' or '.join(found)}" if found else ""


def _read(field: Field, raw: bytes, order: Order) -> float:
    """The value if the bytes lay in `order` on the wire."""
    swapped, little = order in ("CDAB", "BADC"), order in ("CDAB", "DCBA")
    ordered = bytes(raw[i ^ 1] for i in range(len(raw))) if swapped else raw
    code = ("<" if little else ">") + CODES["float", field.point.as_.width]
    value: float = struct.unpack(code, ordered)[0]
    return value * field.point.scale + field.point.offset


def _sensible(value: float, span: tuple[float, float] | None) -> bool:
    if not math.isfinite(value):
        return False
    if span is not None and not span[0] <= value <= span[1]:
        return False
    return value == 0 or _LEAST <= abs(value) <= _MOST
