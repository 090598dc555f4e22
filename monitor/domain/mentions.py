"""Which points a condition looks at, and what the value of its alarm is."""

from __future__ import annotations

from monitor.domain.conditions import (
    AtLeast,
    Deviation,
    MonthlyUptimeBelow,
    Rate,
    Starts,
    Stuck,
    Unceasing,
    Unproven,
)
from monitor.domain.rules import (
    AvailabilityBelow,
    Condition,
    High,
    Leak,
    Low,
    SensorFault,
    Stale,
    State,
    TooManyUnknown,
    Unreadable,
)


def points_in(condition: Condition) -> tuple[str, ...]:
    """Keys of all points that it looks at, each once, in the order in which they stand."""
    return tuple(dict.fromkeys(_all(condition)))


def _all(condition: Condition) -> tuple[str, ...]:
    match condition:
        case AtLeast(_, conditions):
            return tuple(key for one in conditions for key in _all(one))
        case Rate(point=point, when=when) | Stuck(point=point, when=when):
            return (point, *(_all(when) if when else ()))
        case MonthlyUptimeBelow(down):
            return _all(down)
        case Leak(point, position=position):
            return (point,) if position is None else (point, position)
        case AvailabilityBelow(points, when) | TooManyUnknown(points, when):
            return points if when is None else (*points, when)
        case Deviation(points) | Stale(points) | Unreadable(points):
            return points
        case _:
            main = main_point(condition)
            return () if main is None else (main,)


def main_point(condition: Condition) -> str | None:
    """The key of the one point that it is about, if it is one."""
    match condition:
        case High(point) | Low(point) | State(point) | Leak(point) | SensorFault(point):
            return point
        case Rate(point) | Stuck(point) | Starts(point) | Unceasing(point) | Unproven(point):
            return point
        case Deviation(points):
            return points[0]
        case _:
            return None


def value_point(condition: Condition) -> str | None:
    """The key of the point in whose unit the alarm's value is: of a rope the one that says where it is wet."""
    return condition.position if isinstance(condition, Leak) and condition.position else main_point(condition)


def unit_of(condition: Condition, unit: str) -> str:
    """The unit of the alarm's value, where that of `value_point` is `unit`."""
    match condition:
        case Rate(per=per):
            return f"{unit}/{_period(per)}"
        case Deviation(percent=True):
            return "%"
        case Starts(window=window):
            return f"/{_period(window)}"
        case AvailabilityBelow() | MonthlyUptimeBelow():
            return "%"
        case Stuck() | Unproven() | State():
            return ""
        case _:
            return unit


def _period(seconds: float) -> str:
    named = {1.0: "s", 60.0: "min", 3600.0: "h", 86400.0: "d"}
    if seconds in named:
        return named[seconds]
    size = 3600.0 if seconds >= 3600 else 60.0 if seconds >= 60 else 1.0
    return f"{seconds / size:g} {named[size]}"
