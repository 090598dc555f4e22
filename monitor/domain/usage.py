"""What a counter has counted between two instants, from what it showed. Pure.

A counter's readings are kept as the device gives them; only here are they taken for an amount. An amount is never
negative: a counter that goes backwards is a break, told with its place, and what cannot be known is not invented.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NEAR_THE_END: Final = 0.1
"""A roll-over leaves the last tenth of the counter's range and comes out in the first."""
HASTE: Final = 100.0
"""How many times its fastest pace so far a counter may take around the roll-over."""
NEW: Final = 0.01
"""A counter that shows less than this share of what it showed was set to zero."""
SLIP: Final = 0.001
"""A step backwards of less than this share is the meter's own wavering, or a balance of both directions."""


class Step(StrEnum):
    """Why a counter showed less than before."""

    ROLLOVER = "rollover"
    """It was full and began again at zero. The amount is exact."""
    RESET = "reset"
    """It was set to zero. What it counted before that, unseen, is not known; what it shows is counted."""
    REPLACED = "replaced"
    """Another meter, or another setting of the same. Nothing is counted for this step."""
    SLIP = "slip"
    """A little back. Nothing is counted until it is past its highest again."""


@dataclass(frozen=True, slots=True)
class Break:
    """A step backwards: when it was seen (POSIX milliseconds) and what was shown before and after."""

    at_ms: int
    kind: Step
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What was counted, in the counter's unit. `exact` is False where a break hides an unknown part."""

    amount: float
    breaks: tuple[Break, ...] = ()
    first_ms: int | None = None
    last_ms: int | None = None
    """Of the first and last value that counted: outside of them nothing is known."""

    @property
    def exact(self) -> bool:
        """True when every step is accounted for."""
        return all(one.kind in (Step.ROLLOVER, Step.SLIP) for one in self.breaks)


def usage(shown: Iterable[tuple[int, float]], rollover: float | None = None) -> Usage:
    """The amount counted over `shown`: (POSIX milliseconds, value), rising in time, good values only.

    `rollover` is the value at which the counter begins again at zero (`Point.rollover`); without it no step backwards
    is taken for one. A gap in time costs nothing: the counter went on counting. Fewer than two values are an amount
    of 0 over no time, which `first_ms` and `last_ms` show.
    """
    amount, pace = 0.0, 0.0
    breaks: list[Break] = []
    first: int | None = None
    at = 0
    highest = before = 0.0
    for now, value in shown:
        if first is None:
            first, at, highest, before = now, now, value, value
            continue
        gained, kind = _step(before, highest, value, rollover, pace * HASTE * max(now - at, 1))
        if kind is not None and value < before:
            breaks.append(Break(now, kind, before, value))
        if kind is None and now > at:
            pace = max(pace, gained / (now - at))
        amount += gained
        highest = highest if kind is Step.SLIP else value
        at, before = now, value
    return Usage(amount, tuple(breaks), first, at if first is not None else None)


def _step(
    before: float, highest: float, value: float, rollover: float | None, most: float
) -> tuple[float, Step | None]:
    """What one step adds, and why the counter is below its highest, where it is."""
    if value >= highest:
        return value - highest, None
    if highest > before and value >= before:
        return 0.0, Step.SLIP  # coming back up
    if rollover is not None and _rolled_over(highest, value, rollover, most):
        return rollover - highest + value, Step.ROLLOVER
    if highest - value <= SLIP * highest:
        return 0.0, Step.SLIP
    return (value, Step.RESET) if 0 <= value <= NEW * highest else (0.0, Step.REPLACED)


def _rolled_over(before: float, after: float, rollover: float, most: float) -> bool:
    """Near the end, then near the beginning, and not faster than it ever was: else a meter set to zero would count.

    Where no pace is known, because it stood still, near is very near.
    """
    near = (NEAR_THE_END if most else NEW) * rollover
    close = rollover - near <= before <= rollover and 0 <= after <= near
    return close and (not most or rollover - before + after <= most)
