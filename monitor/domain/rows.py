"""Samples that stand together: what one scan brought, kept as it came. Most are never looked at one by one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, repeat
from typing import NamedTuple, overload

from monitor.domain.history import Sample, sample_of
from monitor.domain.point import Value


class Row(NamedTuple):
    """Good values of one equipment at one time: `values` of the points at `places` among `ids`, its points' ids."""

    ids: tuple[str, ...]
    at_ms: int
    places: Sequence[int]
    values: Sequence[Value]


class Rows(Sequence[Sample]):
    """Rows as the samples that they are. Whoever knows of rows takes them as such, all others see samples."""

    __slots__ = ("_ends", "_length", "rows")

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = tuple(rows)
        self._ends = list(accumulate([len(row.places) for row in self.rows]))
        """Behind each row, in samples."""
        self._length = self._ends[-1] if self._ends else 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Sample]:
        return chain.from_iterable(map(_samples, self.rows))

    @overload
    def __getitem__(self, index: int) -> Sample: ...

    @overload
    def __getitem__(self, index: slice) -> Rows: ...

    def __getitem__(self, index: int | slice) -> Sample | Rows:
        if isinstance(index, slice):
            start, stop, step = index.indices(self._length)
            if step != 1:
                raise ValueError("rows are cut, not picked from")
            return self._between(start, stop)
        at = index + self._length if index < 0 else index
        if not 0 <= at < self._length:
            raise IndexError(index)
        return next(iter(self._between(at, at + 1)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(other) == self._length and all(map(_same, self, other))

    def __hash__(self) -> int:
        return hash(self.rows)

    def _between(self, start: int, stop: int) -> Rows:
        if start == 0 and stop == self._length:
            return self
        if start >= stop:
            return Rows(())
        first, last = bisect_right(self._ends, start), bisect_left(self._ends, stop)
        kept = list(self.rows[first : last + 1])
        kept[-1] = _cut(kept[-1], 0, stop - self._ends[last] + len(kept[-1].places))
        kept[0] = _cut(kept[0], start - (self._ends[first - 1] if first else 0), None)
        return Rows(kept)


def _cut(row: Row, start: int, stop: int | None) -> Row:
    ids, at_ms, places, values = row
    if start == 0 and (stop is None or stop == len(places)):
        return row
    return Row(ids, at_ms, places[start:stop], values[start:stop])


def joined(runs: Sequence[Sequence[Sample]]) -> Sequence[Sample]:
    """One run of several, of rows where all are."""
    if len(runs) == 1:
        return runs[0]
    rows = [run.rows for run in runs if isinstance(run, Rows)]
    return Rows(chain.from_iterable(rows)) if len(rows) == len(runs) > 0 else tuple(chain.from_iterable(runs))


def _samples(row: Row) -> Iterator[Sample]:
    return map(sample_of, zip(map(row.ids.__getitem__, row.places), repeat(row.at_ms), row.values, repeat(0)))


def _same(one: object, other: object) -> bool:
    return one == other
