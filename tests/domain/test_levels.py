"""High-high and low-low: one alarm that grows more urgent."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.domain.levels import Climb, climb
from monitor.domain.reading import Quality
from monitor.domain.rules import AlarmKind, AlarmRule, High, Level, Low, Priority
from tests.domain.test_rules import Seen

RULE = AlarmRule(
    "e.r",
    "e",
    AlarmKind.LIMIT,
    High("p", 100.0, 5.0),
    Priority.MEDIUM,
    on_delay=2.0,
    off_delay=10.0,
    levels=(Level(120.0, Priority.HIGH), Level(150.0, Priority.CRITICAL)),
)


def story(*looks: tuple[float, Any, Quality] | tuple[float, Any], rule: AlarmRule = RULE) -> list[int]:
    """Levels reached after looks at (steady s, value)."""
    state, found = Climb(), []
    for at, value, *quality in looks:
        state = climb(rule, state, Seen({"p": (value, quality[0] if quality else Quality.GOOD)}), at)  # type: ignore[arg-type]
        found.append(state.reached)
    return found


@pytest.mark.parametrize(
    ("looks", "reached"),
    [
        ([(0, 119), (5, 119)], [0, 0]),
        ([(0, 121), (1, 121), (2, 121)], [0, 0, 1]),
        ([(0, 160), (2, 160)], [0, 2]),
        ([(0, 160), (1, 90), (2, 160)], [0, 0, 0]),
        ([(0, 121), (1, 160), (2, 160)], [0, 0, 2]),
        ([(0, 160), (2, 160), (3, 146), (20, 146)], [0, 2, 2, 2]),
        ([(0, 160), (2, 160), (3, 144), (12, 144), (13, 144)], [0, 2, 2, 2, 1]),
        ([(0, 160), (2, 160), (3, 90), (13, 90)], [0, 2, 2, 0]),
        ([(0, 160), (2, 160), (3, 90), (12, 160), (13, 90), (20, 90)], [0, 2, 2, 2, 2, 2]),
    ],
)
def test_levels_rise_and_fall_with_the_delays_and_the_deadband(
    looks: list[tuple[float, Any]], reached: list[int]
) -> None:
    assert story(*looks) == reached


def test_bad_data_leaves_the_level_and_uncertain_data_never_lowers_it() -> None:
    bad, doubtful = Quality.COMM_FAILURE, Quality.OUT_OF_RANGE
    assert story((0, 160), (2, 160), (3, None, bad), (50, None, bad)) == [0, 2, 2, 2]
    assert story((0, 160), (2, 160), (3, 90, doubtful), (50, 90, doubtful)) == [0, 2, 2, 2]
    assert story((0, 160, doubtful), (2, 160, doubtful)) == [0, 2]


def test_low_low() -> None:
    low = AlarmRule(
        "e.r", "e", AlarmKind.LIMIT, Low("p", 10.0, 1.0), Priority.MEDIUM, on_delay=0.0, off_delay=0.0,
        levels=(Level(5.0, Priority.HIGH),),
    )  # fmt: skip
    assert story((0, 9), (1, 4), (2, 5.5), (3, 6), (4, 12), rule=low) == [0, 1, 1, 0, 0]
