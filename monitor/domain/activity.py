"""How long and how often something ran, from what its signal showed. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Activity:
    """What is known of a signal in a stretch of time: ms on, ms in which it was known at all, and how often it went on."""

    on_ms: int
    known_ms: int
    starts: int

    @property
    def duty(self) -> float | None:
        """Share (0 to 1) of the known time in which it was on; None when nothing is known."""
        return self.on_ms / self.known_ms if self.known_ms else None


def activity(shown: Iterable[tuple[int, bool | None]], start_ms: int, end_ms: int, hold_ms: int) -> Activity:
    """Over [start_ms, end_ms), from (POSIX milliseconds, value) rising in time; None is a bad reading.

    A value is in force until the next one, at most for `hold_ms`: after that nothing is known, it is neither on nor off.
    Values before the start only say what was in force there. A start is a change from off to on that was seen, also
    across a gap, because it must have happened; on after a gap that began with on is none, because nobody knows.
    """
    on = known = starts = 0
    before: tuple[int, bool | None] | None = None
    last: bool | None = None
    for at, value in shown:
        if at >= end_ms:
            break
        if before is not None:
            share = _in_force(before, at, start_ms, end_ms, hold_ms)
            known += share
            on += share if before[1] else 0
        if value and last is False and at >= start_ms:
            starts += 1
        last = last if value is None else value
        before = (at, value)
    if before is not None:
        share = _in_force(before, end_ms, start_ms, end_ms, hold_ms)
        known += share
        on += share if before[1] else 0
    return Activity(on, known, starts)


def _in_force(value: tuple[int, bool | None], until: int, start_ms: int, end_ms: int, hold_ms: int) -> int:
    """ms of [start, end) in which a value was in force; none for a bad one."""
    if value[1] is None:
        return 0
    return max(0, min(until, value[0] + hold_ms, end_ms) - max(value[0], start_ms))
