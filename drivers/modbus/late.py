"""Last step, pure: values that need other points of the same scan: their power of ten, their transformer ratios."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from drivers.modbus.codec import Bad, Field, Values
from drivers.modbus.convert import plus, times
from monitor.domain.point import Value
from monitor.domain.reading import Quality

MAX_EXPONENT: Final = 30
"""Powers of ten that a scale register may reasonably hold, up or down (SunSpec stays within 10)."""


def complete(fields: Sequence[Field], values: Values, bad: Bad) -> None:
    """Scale what is `late`. Without the points that it needs a field has no value either."""
    for field in fields:
        if not field.late or field.index in bad:
            continue
        raw = values[field.index]
        if raw is None:  # its block was not read this time
            continue
        if any(values[other] is None and other not in bad for other in _needed(field)):
            values[field.index] = None  # nor was theirs
            continue
        values[field.index] = value = None if _lacking(field, bad) else _scaled(field, raw, values)
        if value is None:
            bad[field.index] = Quality.DECODE_ERROR


def _needed(field: Field) -> Iterator[int]:
    if field.exponent is not None:
        yield field.exponent
    yield from field.factors


def _lacking(field: Field, bad: Bad) -> bool:
    return any(other in bad for other in _needed(field))


def _scaled(field: Field, raw: Value, values: Values) -> Value | None:
    if isinstance(raw, str):
        return None
    number: int | float | None = times(raw, field.point.scale)
    if field.exponent is not None:
        number = _power(number, values[field.exponent])
    for factor in field.factors:
        number = _product(number, values[factor])
    if number is None:
        return None
    result = plus(number, field.point.offset)
    return result if math.isfinite(result) else None


def _power(number: int | float | None, exponent: Value | None) -> int | float | None:
    if number is None or not isinstance(exponent, int) or abs(exponent) > MAX_EXPONENT:
        return None
    ten: int = 10 ** abs(exponent)
    return number * ten if exponent >= 0 else number / ten


def _product(number: int | float | None, factor: Value | None) -> int | float | None:
    """A ratio of zero is a meter that was never set up: it would make every value zero."""
    if number is None or not factor or isinstance(factor, bool | str):
        return None
    return number * factor
