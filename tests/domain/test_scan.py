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


def test_a_scan_says_whether_it_speaks_of_every_point() -> None:
    assert Scan(PLAN, (2.4, True), NOW).whole
    assert Scan(PLAN, (2.4, "on"), NOW).whole
    assert Scan(PLAN, (None, True), NOW, {0: Quality.SENTINEL}).whole
    assert not Scan(PLAN, (ABSENT, True), NOW).whole
    assert not Scan(PLAN, (2.4, ABSENT), NOW, {1: Quality.SENTINEL}).whole


@pytest.mark.parametrize("values", [(1e308, 1e308), (10**400, 1.5), (2.4, "on")])
def test_numbers_whose_sum_is_beyond_a_float_are_numbers_all_the_same(values: Any) -> None:
    assert Scan(PLAN, values, NOW).values == values


@pytest.mark.parametrize("values", [(math.inf, -math.inf), ("on", math.nan), (10**400, math.inf)])
def test_no_company_hides_what_is_not_finite(values: Any) -> None:
    with pytest.raises(ValueError, match="is not a finite number"):
        Scan(PLAN, values, NOW)


def test_a_scan_again_is_the_same_at_another_instant() -> None:
    scan = Scan(PLAN, (2.4, None), NOW, {1: Quality.SENTINEL})
    again = scan.again(NOW.after(1))
    assert (again.values is scan.values, again.bad, again.received) == (True, scan.bad, NOW.after(1))
    assert (scan.repeats, again.repeats) == (False, True)


def test_what_has_a_time_of_its_own_or_leaves_points_out_repeats_nothing() -> None:
    with pytest.raises(ValueError, match="pit-1: a scan with a time of its own repeats nothing"):
        Scan(PLAN, (2.4, True), NOW, source_time=NOW.wall, repeats=True)
    with pytest.raises(ValueError, match="pit-1: a scan that repeats speaks of every point"):
        Scan(PLAN, (2.4, ABSENT), NOW, repeats=True)
