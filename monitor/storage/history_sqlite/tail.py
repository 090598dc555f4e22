"""What came last, batch by batch as it was written: a row of the table `tail` holds one batch, sorted by point.

A batch is one short append instead of a page touched for each of its points; every hour the batches become blocks.
"""

from __future__ import annotations

import json
import struct
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain

from monitor.domain.point import Value
from monitor.storage.history_sqlite.block import NOTHING, OTHER, Row, columns_of, value_of
from monitor.storage.history_sqlite.columns import floats_of, integers_of, little

_HEAD = struct.Struct("<II")
_ROW = 8 + 8 + 1 + 1
"""Bytes of a row: time, number, form, quality."""


def pack(batch: Mapping[int, Sequence[Row]]) -> bytes:
    """Rows by point number, each point's in order of time; there is at least one."""
    points = sorted(batch)
    times, values, qualities = zip(*chain.from_iterable(batch[point] for point in points), strict=True)
    forms, numbers, others = columns_of(values)
    if NOTHING in forms or OTHER in forms:
        following = iter(numbers)
        numbers = [0.0 if form in (NOTHING, OTHER) else next(following) for form in forms]
    where = (str(i) for i, form in enumerate(forms) if form == OTHER)
    beside = json.dumps(dict(zip(where, others, strict=True)), ensure_ascii=False).encode() if others else b""
    return b"".join(
        (
            _HEAD.pack(len(points), len(times)),
            little(array("I", points)),
            little(array("I", accumulate(len(batch[point]) for point in points))),
            little(array("q", times)),
            little(array("d", numbers)),
            forms,
            bytes(qualities),
            beside,
        )
    )


class Batch:
    """One batch as it stands in the file; a point's rows are made when they are asked for."""

    def __init__(self, data: bytes) -> None:
        points, self._count = _HEAD.unpack_from(data)
        at = _HEAD.size
        self.points = integers_of("I", data[at : at + 4 * points])
        self._ends = integers_of("I", data[at + 4 * points : at + 8 * points])
        self._data = data
        self._at = at + 8 * points

    def rows(self, point: int) -> list[Row]:
        """The rows of one point in order of time."""
        i = bisect_left(self.points, point)
        if i == len(self.points) or self.points[i] != point:
            return []
        start, end = self._ends[i - 1] if i else 0, self._ends[i]
        data, at, count = self._data, self._at, self._count
        times = integers_of("q", data[at + 8 * start : at + 8 * end])
        at += 8 * count
        numbers = floats_of("d", data[at + 8 * start : at + 8 * end])
        at += 8 * count
        forms, qualities = data[at + start : at + end], data[at + count + start : at + count + end]
        values: list[Value | None] = list(map(value_of, numbers, forms))
        if OTHER in forms:
            others = json.loads(data[self._at + _ROW * count :])
            for k, form in enumerate(forms):
                if form == OTHER:
                    values[k] = others[str(start + k)]
        return list(zip(times, values, qualities, strict=True))
