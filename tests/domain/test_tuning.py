"""Trips of a rule as it is and as changed, side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.domain.conditions import Unceasing
from monitor.domain.nuisance import Trip
from monitor.domain.point import Point
from monitor.domain.rules import AlarmKind, AlarmRule, High, Priority
from monitor.domain.tuning import Candidate, Difference, best, candidates, compare, night_floor

RULE = AlarmRule(
    "pit-1.high",
    "pit-1",
    AlarmKind.LIMIT,
    High("level", 2.0, 0.1),
    Priority.HIGH,
    on_delay=0.0,
    off_delay=0.0,
)
LEVEL = Point("pit-1", "level", unit="m", range=(0, 4), stale_after=60)


def difference(before: list[Trip], after: list[Trip], changed: AlarmRule = RULE) -> Difference:
    return compare(RULE, before, changed, after, 10_000.0)


@pytest.mark.parametrize(
    ("before", "after", "removed", "lost", "new", "later"),
    [
        pytest.param([], [], 0, 0, 0, 0.0, id="nothing"),
        pytest.param([(0, 5), (9, 12)], [(0, 5), (9, 12)], 0, 0, 0, 0.0, id="the same"),
        pytest.param([(0, 5), (9, 12), (15, 16)], [(0, 24)], 2, 0, 0, 0.0, id="joined: told already"),
        pytest.param([(0, 3), (100, 400)], [(105, 400)], 1, 1, 0, 5.0, id="on-delay: told later, the short one lost"),
        pytest.param([(0, None)], [(7, None)], 0, 0, 0, 7.0, id="still standing"),
        pytest.param([(0, None)], [], 1, 1, 0, 0.0, id="one that stands is lost"),
        pytest.param([(50, 60)], [(40, 60), (90, 95)], 0, 0, 1, 0.0, id="a stricter limit: earlier, and one more"),
        pytest.param([(0, 100)], [(10, 20), (50, 60)], 0, 0, 1, 10.0, id="one becomes two"),
        pytest.param([(0, 10), (20, 300)], [(12, 14)], 2, 2, 1, 0.0, id="nothing touches"),
    ],
)  # fmt: skip
def test_sides(
    before: list[tuple[float, float | None]], after: list[tuple[float, float | None]],
    removed: int, lost: int, new: int, later: float,
) -> None:  # fmt: skip
    made = difference([Trip(*one) for one in before], [Trip(*one) for one in after])
    assert (len(made.removed), len(made.lost), len(made.new), made.later) == (removed, lost, new, later)


def test_what_is_lost_is_told_by_how_long_its_condition_lasted() -> None:
    slow = replace(RULE, on_delay=5.0, off_delay=300.0)
    made = compare(slow, [Trip(10, 312), Trip(1000, 1400)], slow, [], 10_000.0)
    assert [(one.at, one.held) for one in made.removed] == [(1000, 105.0), (10, 7.0)], "the longest first"
    assert made.longest_lost == 105.0


def test_figures_of_each_version() -> None:
    made = difference([Trip(0, 5), Trip(9, 12), Trip(9_990, None)], [Trip(0, 22)])
    assert (made.before.in_alarm, made.after.in_alarm) == (18.0, 22.0)
    assert made.before.worst_ten_minutes is not None
    assert made.before.worst_ten_minutes.count == 2


def test_what_is_tried_stays_within_what_check_allows() -> None:
    tried = candidates(replace(RULE, on_delay=30.0, off_delay=120.0), [LEVEL])
    assert [one.text for one in tried if one.field == "on_delay"] == ["45s"], "values are believed for 60 s"
    assert [one.text for one in tried if one.field == "off_delay"] == ["180s", "300s", "600s"]
    assert [one.text for one in tried if one.field == "deadband"] == ["0.2", "0.3", "0.5", "1"]


def test_of_each_field_the_least_that_does_about_all_and_nothing_that_loses_a_long_one() -> None:
    short, long = Trip(0, 20), Trip(100, 500)
    cases = {
        ("off_delay", "8s"): [short, long],
        ("off_delay", "15s"): [Trip(0, 500)],
        ("off_delay", "30s"): [Trip(0, 500)],
        ("on_delay", "30s"): [long],
        ("on_delay", "600s"): [],
    }
    tried = [(Candidate(*name, RULE), difference([short, long], after)) for name, after in cases.items()]
    assert [(one.field, one.text) for one, _ in best(tried)] == [("off_delay", "15s"), ("on_delay", "30s")]


NIGHT = replace(RULE, condition=Unceasing("flow", 0.01, 7200.0))
FLOW = Point("pit-1", "flow", unit="m³/h", range=(0, 10))


@pytest.mark.parametrize(
    ("minima", "limit"),
    [
        pytest.param([0.4, 0.5], None, id="two nights teach nothing"),
        pytest.param([0.4, 0.42, 0.41, 0.44, 0.4], "0.6", id="a fountain runs all night"),
        pytest.param([0.4, 0.42, 0.41, 0.4, 0.4, 2.1, 2.2, 2.2], "0.6", id="a leak does not teach itself as normal"),
        pytest.param([0.0, 0.0, 0.0, 0.0], "0.1", id="a quiet house: 1 % of the range"),
    ],
)  # fmt: skip
def test_the_floor_of_the_nights(minima: list[float], limit: str | None) -> None:
    found = night_floor(NIGHT, minima, FLOW)
    assert (found and found.text) == limit


def test_other_rules_have_no_floor() -> None:
    assert night_floor(RULE, [0.4] * 9, LEVEL) is None
    assert (
        night_floor(replace(NIGHT, condition=Unceasing("m", 0.1, 7200.0, counter=True)), [4.0] * 9, FLOW)
        is None
    )
