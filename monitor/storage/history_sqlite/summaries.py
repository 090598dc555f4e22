"""Runs of equal width, such as the minutes of an hour, as one compressed value of the file."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

from monitor.storage.history_sqlite.block import Block, decode, encode, expand, squeeze
from monitor.storage.history_sqlite.columns import (
    pack_integers,
    pack_numbers,
    unpack_integers,
    unpack_numbers,
)
from monitor.storage.runs import Run

_HEAD = struct.Struct("<HI")
_CLOSE = 1e-12
"""An area is a sum of floats: below this share of it there is nothing but rounding."""
_EXACT = 2.0**53


def pack_runs(runs: Sequence[Run]) -> bytes:
    """Runs in order of time, at least one."""
    with_number = [run for run in runs if run.minimum is not None]
    has = bytes([run.minimum is not None for run in runs]) if len(with_number) < len(runs) else b""
    lasts = encode(Block.of([(run.last_ms, run.last, run.quality) for run in runs]))
    figures = b"".join(
        (
            pack_integers([run.last_ms - run.first_ms for run in runs]),
            pack_integers([run.count for run in runs]),
            pack_integers([run.recorded_ms for run in runs]),
            pack_integers([run.recorded_ms - run.weighed_ms for run in runs]),
            pack_integers([run.recorded_ms - run.good_ms for run in runs]),
            pack_numbers([run.minimum or 0.0 for run in with_number]),
            pack_numbers([run.maximum or 0.0 for run in with_number]),
            pack_numbers(_rounded([run.area for run in runs])),
        )
    )
    return squeeze(_HEAD.pack(len(has), len(lasts)) + has + lasts + figures)


def unpack_runs(data: bytes) -> list[Run]:
    """The runs that `pack_runs` was given. Raises ValueError for damaged data."""
    data = expand(data)
    flags, length = _HEAD.unpack_from(data)
    at = _HEAD.size + flags
    has = data[_HEAD.size : at]
    lasts = decode(data[at : at + length])
    at += length
    count = len(lasts)
    columns: list[list[int]] = []
    for _ in range(5):
        column, at = unpack_integers(data, at, count)
        columns.append(column)
    present = has.count(1) if has else count
    least, at = unpack_numbers(data, at, present)
    most, at = unpack_numbers(data, at, present)
    areas, _ = unpack_numbers(data, at, count)
    return list(
        map(
            _run,
            lasts.rows(),
            *columns,
            _spread(least.values(0, present), has),
            _spread(most.values(0, present), has),
            areas.values(0, count),
        )
    )


def _run(
    last: tuple[int, object, int],
    span: int,
    count: int,
    recorded: int,
    unweighed: int,
    not_good: int,
    least: float | None,
    most: float | None,
    area: float,
) -> Run:
    at_ms, value, quality = last
    return Run(
        at_ms - span, at_ms, count, least, most, area, recorded - unweighed, recorded, recorded - not_good,
        value, quality,  # type: ignore[arg-type]
    )  # fmt: skip


def _spread(numbers: list[float], has: bytes) -> Sequence[float | None]:
    if not has:
        return numbers
    following = iter(numbers)
    return [next(following) if present else None for present in has]


def _rounded(areas: list[float]) -> list[float]:
    """Without the rounding errors of their sums, where few decimals are left then: those are stored in half the bytes."""
    if not all(map(math.isfinite, areas)):  # values of a wrong byte order may be that large
        return areas
    largest = max(map(abs, areas), default=0.0)
    for decimals in range(4):
        by = 10.0**decimals
        if largest * by >= _EXACT:
            return areas
        rounded = [round(area * by) / by for area in areas]
        if all(abs(a - b) <= _CLOSE * abs(a) for a, b in zip(areas, rounded, strict=True)):
            return rounded
    return areas
