"""From raw bytes to values, pure: everything that can be known beforehand is compiled once for each block.

A block is unpacked by few `struct` calls, whatever the number of points: one for each byte order in use.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, compress
from operator import ne
from typing import Any, Final, TypeVar

from drivers.modbus.convert import CODES, UNSIGNED, Converter, Decoded, converter, divisor, swap
from drivers.modbus.encoding import Order
from drivers.modbus.plan import Block, Want
from drivers.modbus.point import ModbusPointSettings
from monitor.domain.point import Value
from monitor.domain.reading import Quality

Values = list[Value | None]
Bad = dict[int, Quality]
T = TypeVar("T")

_ORDERS: Final[tuple[tuple[Order, bool, str], ...]] = (
    ("ABCD", False, ">"),
    ("CDAB", True, "<"),
    ("BADC", True, ">"),
    ("DCBA", False, "<"),
)
"""Each order as: swap the bytes of every register first? then big or little end first."""
_EIGHT_BITS: Final = tuple(tuple(bool(byte >> place & 1) for place in range(8)) for byte in range(256))


@dataclass(frozen=True, slots=True)
class Field:
    """One point as the decoder sees it: its place in the scan, and how it is written."""

    index: int
    point: ModbusPointSettings
    order: Order
    exponent: int | None = None
    """Index of the point that holds the power of ten."""
    factors: tuple[int, ...] = ()
    """Indices of the points that it is multiplied by."""

    @property
    def late(self) -> bool:
        """True when its value needs that of other points (drivers.modbus.late)."""
        return self.exponent is not None or bool(self.factors)

    @property
    def want(self) -> Want:
        """The addresses that it needs."""
        return Want(self.point.read.table, self.point.read.address, self.point.span)


class Decoder:
    """Decodes the data of one block into the places of its points."""

    def __init__(self, block: Block, fields: Iterable[Field]) -> None:
        wanted = frozenset(block.wants)
        mine = [field for field in fields if field.want in wanted]
        self.indices: Final = tuple(field.index for field in mine)
        self._bits = [
            (f.index, f.point.read.address - block.start, f.point.invert) for f in mine if block.table.bits
        ]
        self._of_bit = _by_place((place, (index, inverted)) for index, place, inverted in self._bits)
        self._passes = [] if block.table.bits else _passes(block, mine)

    def into(self, data: bytes, values: Values, bad: Bad) -> None:
        """Fill in `values` and `bad`. `data` is the data part of a verified answer, so its length is right."""
        if self._bits:
            states = list(chain.from_iterable(map(_EIGHT_BITS.__getitem__, data)))
            for index, place, inverted in self._bits:
                values[index] = states[place] is not inverted
        for one in self._passes:
            one.into(data, values, bad)

    def renew(self, before: bytes, data: bytes, values: Values, bad: Bad) -> list[int]:
        """As `into` where `values` are those of `before` and none of them was bad: what differs is decoded. Returns where
        the values are others now."""
        if self._bits:
            return self._turn_bits(before, data, values)
        moved: list[int] = []
        for one in self._passes:
            moved += one.renew(before, data, values, bad)
        return moved

    def _turn_bits(self, before: bytes, data: bytes, values: Values) -> list[int]:
        moved: list[int] = []
        turned = int.from_bytes(before, "little") ^ int.from_bytes(data, "little")
        while turned:
            lowest = turned & -turned
            turned ^= lowest
            place = lowest.bit_length() - 1
            for index, inverted in self._of_bit.get(place, ()):
                values[index] = (data[place >> 3] >> (place & 7) & 1 == 1) is not inverted
                moved.append(index)
        return moved


@dataclass(frozen=True, slots=True)
class _Pass:
    """One `struct` over the block: fields of the same byte order that do not overlap."""

    swapped: bool
    layout: struct.Struct
    whole: tuple[tuple[int, int], ...]
    """(place in the unpacked tuple, index of the point) of numbers that are the value as they stand."""
    divided: tuple[tuple[slice, slice, int], ...]
    """(places, indices, divisor) of whole numbers with a scale such as 0.1, the most common kind of register: runs of
    neighbours with the same divisor."""
    bits: tuple[tuple[int, int, int, bool], ...]
    """(place, index, mask, inverted) of single bits of a register."""
    others: tuple[tuple[int, int, Converter], ...]
    of_place: Mapping[int, Sequence[tuple[int, Converter]]]
    """The same once more by place: (index, converter) of all that is made of a number."""
    indices: tuple[int, ...]
    """All of its points."""

    def renew(self, before: bytes, data: bytes, values: Values, bad: Bad) -> list[int]:
        """As Decoder.renew."""
        if self.swapped:
            before, data = swap(before), swap(data)
        raws = self.layout.unpack(data)
        places = list(compress(range(len(raws)), map(ne, raws, self.layout.unpack(before))))
        if 2 * len(places) > len(raws):
            was = [values[index] for index in self.indices]
            self._take(raws, values, bad)
            return [index for index, value in zip(self.indices, was, strict=True) if values[index] != value]
        moved: list[int] = []
        for place in places:
            for index, convert in self.of_place[place]:
                value = convert(raws[place])
                if isinstance(value, Quality):
                    bad[index] = value
                elif value != values[index]:
                    values[index] = value
                    moved.append(index)
        return moved

    def into(self, data: bytes, values: Values, bad: Bad) -> None:
        self._take(self.layout.unpack(swap(data) if self.swapped else data), values, bad)

    def _take(self, raws: tuple[Any, ...], values: Values, bad: Bad) -> None:
        for place, index in self.whole:
            values[index] = raws[place]
        for places, indices, by in self.divided:
            values[indices] = [raw / by for raw in raws[places]]
        for place, index, mask, inverted in self.bits:
            values[index] = (raws[place] & mask != 0) is not inverted
        for place, index, convert in self.others:
            result = convert(raws[place])
            if isinstance(result, Quality):
                bad[index] = result
            else:
                values[index] = result


# Compiling


def _passes(block: Block, fields: list[Field]) -> list[_Pass]:
    """Fields by byte order, each group in as many layers as overlaps make necessary."""
    passes: list[_Pass] = []
    for order, swapped, endian in _ORDERS:
        layers = _layers(sorted((f for f in fields if f.order == order), key=lambda f: f.want))
        passes += [_compile(block, layer, swapped, endian) for layer in layers]
    return passes


def _layers(fields: list[Field]) -> list[list[Field]]:
    """Fields that share a slot (same address, same code) stay together; others that overlap go a layer down."""
    layers: list[list[Field]] = []
    for field in fields:
        for layer in layers:
            last = layer[-1]
            if field.want.address >= last.want.end or (
                field.want == last.want and _code(field) == _code(last)
            ):
                layer.append(field)
                break
        else:
            layers.append([field])
    return layers


def _compile(block: Block, fields: list[Field], swapped: bool, endian: str) -> _Pass:
    layout, at, place = [endian], block.start, -1
    whole: list[tuple[int, int]] = []
    divided: list[tuple[int, int, int]] = []
    bits: list[tuple[int, int, int, bool]] = []
    others: list[tuple[int, int, Converter]] = []
    before: Want | None = None
    for field in fields:
        if field.want != before:
            layout.append(f"{(field.want.address - at) * 2}x{_code(field)}")
            before, at, place = field.want, field.want.end, place + 1
        point = field.point
        if _plain(field) and point.scale == 1:
            whole.append((place, field.index))
        elif _plain(field) and not field.late and (by := divisor(point.scale)) is not None:
            divided.append((place, field.index, by))
        elif point.as_.family == "bool" and not point.invalid:
            bits.append((place, field.index, _mask(point), point.invert))
        else:
            others.append((place, field.index, converter(point, field.order, deferred=field.late)))
    layout.append(f"{(block.start + block.count - at) * 2}x")
    return _Pass(
        swapped,
        struct.Struct("".join(layout)),
        tuple(whole),
        _runs(divided),
        tuple(bits),
        tuple(others),
        _converters(whole, divided, bits, others),
        tuple(field.index for field in fields),
    )


def _converters(
    whole: Iterable[tuple[int, int]],
    divided: Iterable[tuple[int, int, int]],
    bits: Iterable[tuple[int, int, int, bool]],
    others: Iterable[tuple[int, int, Converter]],
) -> Mapping[int, Sequence[tuple[int, Converter]]]:
    """Each kind as a converter, by place."""
    all_: list[tuple[int, tuple[int, Converter]]] = [(place, (index, _as_it_is)) for place, index in whole]
    all_ += [(place, (index, _divided_by(by))) for place, index, by in divided]
    all_ += [(place, (index, _bit_of(mask, inverted))) for place, index, mask, inverted in bits]
    all_ += [(place, (index, convert)) for place, index, convert in others]
    return _by_place(all_)


def _as_it_is(raw: Decoded) -> Decoded:
    return raw


@lru_cache(maxsize=256)
def _divided_by(by: int) -> Converter:
    return lambda raw: raw / by


@lru_cache(maxsize=256)
def _bit_of(mask: int, inverted: bool) -> Converter:
    return lambda raw: (raw & mask != 0) is not inverted


def _by_place(items: Iterable[tuple[int, T]]) -> dict[int, list[T]]:
    found: dict[int, list[T]] = {}
    for place, item in items:
        found.setdefault(place, []).append(item)
    return found


def _runs(divided: list[tuple[int, int, int]]) -> tuple[tuple[slice, slice, int], ...]:
    """(place, index, divisor) by runs in which place and index rise together."""
    runs: list[tuple[slice, slice, int]] = []
    for place, index, by in divided:
        if runs and (runs[-1][0].stop, runs[-1][1].stop, runs[-1][2]) == (place, index, by):
            places, indices, _ = runs[-1]
            runs[-1] = slice(places.start, place + 1), slice(indices.start, index + 1), by
        else:
            runs.append((slice(place, place + 1), slice(index, index + 1), by))
    return tuple(runs)


def _code(field: Field) -> str:
    encoding = field.point.as_
    if encoding.family == "string":
        return f"{encoding.registers * 2}s"
    # A sentinel is compared with the raw bits, so a number that has one is taken unsigned first.
    if field.point.invalid or (encoding.family, encoding.width) not in CODES:
        return UNSIGNED[encoding.width]
    return CODES[encoding.family, encoding.width]


def _plain(field: Field) -> bool:
    """A whole number as it stands, but for its scale."""
    point = field.point
    return (
        point.as_.family in ("int", "uint")
        and point.offset == 0
        and not (point.bits or point.values or point.invalid)
    )


def _mask(point: ModbusPointSettings) -> int:
    return 0xFFFF if point.bit is None else 1 << point.bit
