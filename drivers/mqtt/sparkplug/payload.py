"""A Sparkplug B payload (specification 3.0.0, chapter 6.4): what a message carries. Pure.

Field numbers are those of sparkplug_b.proto. Values keep what was sent; what is no scalar (data sets, templates, files,
arrays) is kept as UNREADABLE, so that its point can say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from drivers.mqtt.sparkplug.protobuf import (
    FIXED32,
    FIXED64,
    LENGTH,
    VARINT,
    Malformed,
    fields,
    float32,
    float64,
    text,
)

MAX_METRICS = 20_000
"""In one message."""
Raw = bool | int | float | str

_SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}
"""Bits of Int8 to Int64 (6.4.16): they travel as unsigned numbers, two's complement."""
_UNSIGNED = {5: 8, 6: 16, 7: 32, 8: 64}
_FLOAT, _DOUBLE, _BOOLEAN, _DATETIME = 9, 10, 11, 13
_TEXTS = (12, 14, 15)
"""String, Text, UUID."""
_TIMESTAMP, _METRICS, _SEQ = 1, 2, 3
_NAME, _ALIAS, _AT, _DATATYPE, _HISTORICAL, _NULL, _PROPERTIES = 1, 2, 3, 4, 5, 7, 9
_INT, _LONG, _FLOAT_VALUE, _DOUBLE_VALUE, _BOOLEAN_VALUE, _STRING = 10, 11, 12, 13, 14, 15
_KINDS = {
    _INT: VARINT,
    _LONG: VARINT,
    _FLOAT_VALUE: FIXED32,
    _DOUBLE_VALUE: FIXED64,
    _BOOLEAN_VALUE: VARINT,
    _STRING: LENGTH,
}
_KINDS |= {
    _NAME: LENGTH,
    _ALIAS: VARINT,
    _AT: VARINT,
    _DATATYPE: VARINT,
    _HISTORICAL: VARINT,
    _NULL: VARINT,
    _PROPERTIES: LENGTH,
}


class Odd(Enum):
    """What stands in place of a value."""

    ABSENT = "no value field"
    NULL = "is_null"
    UNREADABLE = "a data set, template, file or array, or a value that does not fit its type"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `at` is in milliseconds since 1970; `datatype` 0 where it was not sent, as in data messages.

    `quality` is the property of that name (6.4.17: 0 bad, 192 good, 500 stale), None where there is none.
    """

    name: str | None = None
    alias: int | None = None
    at: int | None = None
    datatype: int = 0
    historical: bool = False
    value: Raw | Odd = Odd.ABSENT
    quality: int | None = None


@dataclass(frozen=True, slots=True)
class Payload:
    """One message."""

    at: int | None
    seq: int | None
    metrics: tuple[Metric, ...]

    def number(self, name: str) -> int | None:
        """A whole number by name, such as `bdSeq`; None where there is none."""
        for metric in self.metrics:
            if metric.name == name and isinstance(metric.value, int) and not isinstance(metric.value, bool):
                return metric.value
        return None


def parse(raw: bytes) -> Payload:
    """A payload. Raises Malformed."""
    at: int | None = None
    seq: int | None = None
    metrics: list[Metric] = []
    for number, kind, content in fields(memoryview(raw)):
        if number == _TIMESTAMP and kind == VARINT:
            at = _whole(content)
        elif number == _SEQ and kind == VARINT:
            seq = _whole(content)
        elif number == _METRICS and isinstance(content, memoryview):
            if len(metrics) == MAX_METRICS:
                raise Malformed("too many metrics")
            metrics.append(_metric(content))
    return Payload(at, seq, tuple(metrics))


def _metric(raw: memoryview) -> Metric:
    found: dict[int, Any] = {}
    other = False
    for number, kind, content in fields(raw):
        if number in _KINDS and kind != _KINDS[number]:
            raise Malformed(f"metric field {number} of wire type {kind}")
        if number in _KINDS:
            found[number] = content
        else:
            other = other or number >= 16  # bytes, data set, template, extension
    return Metric(
        name=text(found[_NAME]) if _NAME in found else None,
        alias=_whole(found.get(_ALIAS)),
        at=_whole(found.get(_AT)),
        datatype=found.get(_DATATYPE, 0),
        historical=bool(found.get(_HISTORICAL)),
        value=Odd.NULL if found.get(_NULL) else _value(found, other),
        quality=_quality(found[_PROPERTIES]) if _PROPERTIES in found else None,
    )


def _whole(content: int | memoryview | None) -> int | None:
    return content if isinstance(content, int) else None


def _value(found: dict[int, Any], other: bool) -> Raw | Odd:
    """As it was sent; `typed` makes a value of it where its type is known."""
    for number, make in _MAKE.items():
        if number in found:
            return make(found[number])
    return Odd.UNREADABLE if other else Odd.ABSENT


_MAKE: Mapping[int, Callable[[Any], Raw]] = {
    _STRING: text, _BOOLEAN_VALUE: bool, _INT: int, _LONG: int, _FLOAT_VALUE: float32, _DOUBLE_VALUE: float64,
}  # fmt: skip


def typed(value: Raw | Odd, datatype: int) -> Raw | Odd:
    """The value in the type that its birth declared: signs restored, and nothing taken that does not fit."""
    if isinstance(value, Odd):
        return value
    if datatype in _SIGNED or datatype in _UNSIGNED:
        return _integer(value, datatype)
    if datatype == _BOOLEAN:
        return bool(value) if isinstance(value, (bool, int)) and value in (0, 1) else Odd.UNREADABLE
    if datatype in (_FLOAT, _DOUBLE):
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else Odd.UNREADABLE
    if datatype == _DATETIME:
        return value if isinstance(value, int) and not isinstance(value, bool) else Odd.UNREADABLE
    return value if datatype in _TEXTS and isinstance(value, str) else Odd.UNREADABLE


def _integer(value: Raw, datatype: int) -> Raw | Odd:
    if isinstance(value, bool) or not isinstance(value, int):
        return Odd.UNREADABLE
    if datatype in _UNSIGNED:
        return value if value < 1 << _UNSIGNED[datatype] else Odd.UNREADABLE
    bits = _SIGNED[datatype]
    for width in (bits, 32, 64):  # a negative Int8 comes as 8, 32 or 64 bits, by library
        if value < 1 << width:
            signed = value - (1 << width) if value >= 1 << (width - 1) else value
            return signed if -(1 << (bits - 1)) <= signed < 1 << (bits - 1) else Odd.UNREADABLE
    return Odd.UNREADABLE


def _quality(raw: memoryview) -> int | None:
    """The property `Quality` of a PropertySet: keys (1) and values (2) in the same order; a value's number is field 3 or 4."""
    keys: list[str] = []
    values: list[int | None] = []
    for number, _, content in fields(raw):
        if number == 1:
            keys.append(text(content))
        elif number == 2 and isinstance(content, memoryview):
            values.append(
                next((_whole(v) for n, k, v in fields(content) if n in (3, 4) and k == VARINT), None)
            )
    return dict(zip(keys, values, strict=False)).get("Quality")
