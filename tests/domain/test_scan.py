"""One equipment, one instant, many values."""

import math
from typing import Any

import pytest

from monitor.domain.point import Point
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, NOTHING_BAD, Plan, Scan
from tests.domain.alarms import NOW

PLAN = Plan("pit-1", (Point("pit-1", "level"), Point("pit-1", "pump_1_run")))


def test_a_plan_finds_its_points_by_name() -> None:
    assert PLAN.index == {"level": 0, "pump_1_run": 1}
    assert [point.id for point in PLAN.points] == ["pit-1.level", "pit-1.pump_1_run"]


def test_a_scan_is_good_where_nothing_is_said_to_be_bad() -> None:
    scan = Scan(PLAN, (2.4, True), NOW)
    assert (scan.bad, scan.source_time) == (NOTHING_BAD, None)


@pytest.mark.parametrize(
    ("values", "bad"),
    [
        ((None, True), {0: Quality.SENTINEL}),
        ((9.9, True), {0: Quality.OUT_OF_RANGE}),
        ((ABSENT, True), {}),
        ((ABSENT, ABSENT), {}),
        ((0, ""), {}),
    ],
)
def test_what_a_scan_may_hold(values: Any, bad: dict[int, Quality]) -> None:
    assert Scan(PLAN, values, NOW, bad).values == values


@pytest.mark.parametrize(
    ("values", "bad", "told"),
    [
        ((2.4,), {}, "pit-1: 1 values for 2 points"),
        ((2.4, True, 1), {}, "pit-1: 3 values for 2 points"),
        ((None, True), {}, r"pit-1\.level: no value, yet called good"),
        ((2.4, None), {0: Quality.SENTINEL}, r"pit-1\.pump_1_run: no value"),
        ((math.nan, True), {}, r"pit-1\.level: nan is not a finite number"),
        ((math.inf, True), {0: Quality.DECODE_ERROR}, r"pit-1\.level: inf is not a finite number"),
    ],
)
def test_what_a_scan_may_not_hold(values: Any, bad: dict[int, Quality], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Scan(PLAN, values, NOW, bad)
