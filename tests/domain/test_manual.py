"""A value that a person states: of the point's kind, with an end and a reason."""

import math

import pytest

from monitor.domain.instant import Instant
from monitor.domain.manual import LONGEST, Substitution, SubstitutionRefusal, refusal
from monitor.domain.point import Kind, Point, Value

NOW = Instant(1000.0, 5.0)
LEVEL = Point("pit-1", "level")
FLOAT = Point("pit-1", "float", kind=Kind.DISCRETE)
MODE = Point("pit-1", "mode", kind=Kind.DISCRETE, states={"0": "stopped", "1": "auto"})
DOOR = Point("lift-1", "door", kind=Kind.TEXT)
WRONG = SubstitutionRefusal.NOT_OF_THIS_KIND


@pytest.mark.parametrize(
    ("point", "value", "wrong"),
    [
        (LEVEL, 1.25, None),
        (LEVEL, 2, None),
        (LEVEL, True, WRONG),
        (LEVEL, "1.25", WRONG),
        (LEVEL, math.inf, WRONG),
        (FLOAT, True, None),
        (FLOAT, 1, WRONG),
        (MODE, "auto", None),
        (MODE, "manual", WRONG),
        (MODE, True, WRONG),
        (DOOR, "open", None),
        (DOOR, "x" * 201, WRONG),
        (DOOR, 1.0, WRONG),
    ],
)
def test_a_value_is_of_the_points_kind(point: Point, value: Value, wrong: SubstitutionRefusal | None) -> None:
    assert refusal(point, value, 2000.0, "by eye", NOW) is wrong


@pytest.mark.parametrize(
    ("until", "reason", "wrong"),
    [
        (1000.0, "x", SubstitutionRefusal.END_NOT_IN_FUTURE),
        (math.nan, "x", SubstitutionRefusal.END_NOT_IN_FUTURE),
        (math.inf, "x", SubstitutionRefusal.END_NOT_IN_FUTURE),
        (1001.0 + LONGEST, "x", SubstitutionRefusal.END_TOO_FAR),
        (2000.0, " ", SubstitutionRefusal.REASON_MISSING),
    ],
)
def test_an_end_and_a_reason(until: float, reason: str, wrong: SubstitutionRefusal) -> None:
    assert refusal(LEVEL, 1.0, until, reason, NOW) is wrong


def test_it_is_over_at_its_end_or_when_it_is_taken_back() -> None:
    stated = Substitution("pit-1.level", 1.0, 1000.0, 2000.0, "li", "by eye")
    assert (stated.holds(1999.0), stated.holds(2000.0)) == (True, False)
    assert not Substitution("pit-1.level", None, 1000.0, 2000.0, "li", "by eye").holds(1500.0)
