"""Which points a condition looks at, and the unit of its alarm's value."""

from __future__ import annotations

import pytest

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
from monitor.domain.mentions import main_point, points_in, unit_of, value_point
from monitor.domain.point import Point
from monitor.domain.rules import (
    AlarmKind,
    AlarmRule,
    AvailabilityBelow,
    Comm,
    Condition,
    High,
    Leak,
    Priority,
    Reported,
    Stale,
    State,
)
from monitor.domain.wording import Subject, value_text

RUN = State("run", True)


@pytest.mark.parametrize(
    ("condition", "points", "main", "unit"),
    [
        (High("p", 1.0), ("p",), "p", "m"),
        (Leak("wet", 2, "where"), ("wet", "where"), "wet", "m"),
        (Rate("p", 1.0, 60.0, 600.0, when=RUN), ("p", "run"), "p", "m/min"),
        (Rate("p", 1.0, 3600.0, 600.0), ("p",), "p", "m/h"),
        (Rate("p", -0.1, 120.0, 120.0), ("p",), "p", "m/2 min"),
        (Stuck("p", 60.0, when=RUN), ("p", "run"), "p", ""),
        (Starts("p", 6), ("p",), "p", "/h"),
        (Unceasing("p", 0.2, 7200.0), ("p",), "p", "m"),
        (Unproven("p", 1.0), ("p",), "p", ""),
        (Deviation(("a", "b"), 1.0), ("a", "b"), "a", "m"),
        (Deviation(("a", "b", "c"), 10.0, percent=True), ("a", "b", "c"), "a", "%"),
        (AtLeast(1, (RUN, High("p", 1.0), RUN)), ("run", "p"), None, "m"),
        (MonthlyUptimeBelow(AtLeast(1, (RUN,)), 0.99, "UTC"), ("run",), None, "%"),
        (AvailabilityBelow(("a", "b"), "on", 0.9), ("a", "b", "on"), None, "%"),
        (Stale(("a", "b")), ("a", "b"), None, "m"),
        (Comm(), (), None, "m"),
        (Reported("x"), (), None, "m"),
    ],
)
def test_points_and_units(condition: Condition, points: tuple[str, ...], main: str | None, unit: str) -> None:
    assert points_in(condition) == points
    assert main_point(condition) == main
    assert unit_of(condition, "m") == unit


def test_where_along_the_rope_stands_in_the_message() -> None:
    assert value_point(Leak("wet", 2, "where")) == "where"
    assert value_point(Leak("wet")) == "wet"


@pytest.mark.parametrize(
    ("condition", "value", "text"),
    [
        (Leak("wet", 2, "where"), 12.5, "12.5 m"),
        (Leak("wet", 2, "where"), True, ""),
        (Rate("p", 1.0, 60.0, 600.0), 0.1234567, "0.1235 m/min"),
        (Starts("p", 6), 9.0, "9/h"),
        (Deviation(("a", "b"), 10.0, percent=True), 31.25, "31.25%"),
        (MonthlyUptimeBelow(RUN, 0.99, "UTC"), 0.9871, "98.71%"),
        (Unproven("p", 1.0), False, ""),
    ],
)
def test_the_value_of_a_message(condition: Condition, value: float | bool, text: str) -> None:
    kind = AlarmKind.AVAILABILITY if isinstance(condition, MonthlyUptimeBelow) else AlarmKind.LEAK
    rule = AlarmRule("e.r", "e", kind, condition, Priority.HIGH)
    subject = Subject(rule, Priority.HIGH, 0.0, value, point=Point("e", "p", unit="m"))
    assert value_text(subject, "en") == text
