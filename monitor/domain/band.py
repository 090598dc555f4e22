"""What a rule need not be asked: the points it looks at, and the band of values in which its alarm cannot move.

Nearly every look at a rule ends with nothing, so the engine asks only where something may come of it. All of it is a pure
function of condition and alarm, and none of it has to be said: a kind that `points_of` does not name is asked at every scan, one
without a band at each change of its points. tests/engine/test_banded_judging.py holds both ways to the same events.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from monitor.domain.alarm import Alarm
from monitor.domain.conditions import AtLeast, Deviation
from monitor.domain.mentions import points_in
from monitor.domain.reading import Quality
from monitor.domain.rules import (
    AvailabilityBelow,
    Comm,
    Condition,
    High,
    Leak,
    Low,
    Reported,
    SensorFault,
    Stale,
    State,
    TooManyUnknown,
    Unreadable,
)
from monitor.domain.verdict import View


class Band(NamedTuple):
    """From `low` to `high`, both included, in the point's unit."""

    low: float
    high: float


NOWHERE: Final = Band(math.inf, -math.inf)
"""Holds no value: look each time."""


def points_of(condition: Condition) -> tuple[str, ...] | None:
    """Keys of the points by which alone the verdict moves; None for a kind that wants every scan, changed or not.

    The verdict may also hang on whether the equipment answers: whoever learns that looks at all rules.
    """
    match condition:
        case Leak():
            return points_in(condition)
        case High(point) | Low(point) | State(point) | SensorFault(point):
            return (point,)
        case AvailabilityBelow(points, when) | TooManyUnknown(points, when):
            return points if when is None else (*points, when)
        case Stale(points) | Unreadable(points):
            return points
        case Deviation(points):
            return points
        case AtLeast(_, conditions):
            return None if any(points_of(one) is None for one in conditions) else points_in(condition)
        case Comm() | Reported():
            return ()
        case _:
            return None


def band(condition: Condition, alarm: Alarm) -> Band:
    """The numbers of good quality that leave this alarm as it is, a little less than all so that rounding has room.

    For an alarm with a running delay, or whose data could not say, every look counts: NOWHERE.
    """
    if alarm.pending is not None or alarm.frozen:
        return NOWHERE
    match condition:
        case High(_, limit, deadband):
            room = limit - deadband + _rounding(limit, deadband)
            return Band(room, math.inf) if alarm.active else Band(-math.inf, limit)
        case Low(_, limit, deadband):
            room = limit + deadband - _rounding(limit, deadband)
            return Band(-math.inf, room) if alarm.active else Band(limit, math.inf)
        case _:
            return NOWHERE


def within(room: Band, condition: Condition, view: View) -> bool:
    """True when the latest value surely moves nothing: good, and in the band of its condition."""
    low, high = room
    if low > high:
        return False
    value, quality = view.read(condition.point)  # type: ignore[union-attr]  # a band is of one point
    return (
        quality is Quality.GOOD and value is not None and not isinstance(value, str) and low <= value <= high
    )


def _rounding(limit: float, deadband: float) -> float:
    """Twice what `rules.judge` allows for rounding at the edge of the deadband."""
    return 8 * math.ulp(max(abs(limit), deadband))
