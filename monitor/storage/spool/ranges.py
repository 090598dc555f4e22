"""Stretches of sequence numbers that were delivered out of turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class Ranges:
    """Half-open stretches [start, end), in order, none touching another."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._ranges: list[tuple[int, int]] = sorted(ranges)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self._ranges)

    def add(self, start: int, end: int) -> None:
        """One more stretch; it may touch or overlap others."""
        apart = [(a, b) for a, b in self._ranges if b < start or a > end]
        touching = [(a, b) for a, b in self._ranges if not (b < start or a > end)]
        merged = (min([start, *(a for a, _ in touching)]), max([end, *(b for _, b in touching)]))
        self._ranges = sorted([*apart, merged])

    def absorb(self, at: int) -> int:
        """The first number from `at` on that is in no stretch; what lies before it is forgotten."""
        while self._ranges and self._ranges[0][0] <= at:
            at = max(at, self._ranges.pop(0)[1])
        return at

    def within(self, start: int, end: int) -> int:
        """How many numbers of [start, end) are in stretches."""
        return sum(max(0, min(b, end) - max(a, start)) for a, b in self._ranges)

    def free_until(self, at: int) -> int | None:
        """Where the first stretch behind `at` begins; None when there is none."""
        return next((a for a, _ in self._ranges if a > at), None)

    def behind(self, at: int) -> int:
        """`at`, or the end of the stretch it lies in."""
        return next((b for a, b in self._ranges if a <= at < b), at)
