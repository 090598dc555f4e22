"""What a rule need not be asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.alarm import Alarm, Pending
from monitor.domain.band import NOWHERE, Band, band, points_of
from monitor.domain.reading import Quality
from monitor.domain.rules import (
    AvailabilityBelow,
    Comm,
    Condition,
    High,
    Leak,
    Low,
    Priority,
    Reported,
    SensorFault,
    Stale,
    State,
    TooManyUnknown,
    Unreadable,
    Verdict,
    judge,
)

QUIET = Alarm("e.r", Priority.LOW)
ACTIVE = replace(QUIET, active=True)
INFINITE = float("inf")


@pytest.mark.parametrize(
    ("condition", "points"),
    [
        (High("p", 1.0), ("p",)),
        (Low("p", 1.0), ("p",)),
        (State("p", True), ("p",)),
        (Leak("p"), ("p",)),
        (SensorFault("p"), ("p",)),
        (AvailabilityBelow(("a", "b"), "on", 0.9), ("a", "b", "on")),
        (TooManyUnknown(("a", "b"), None, 0.9), ("a", "b")),
        (Stale(("a", "b")), ("a", "b")),
        (Unreadable(("a", "b")), ("a", "b")),
        (Comm(), ()),
        (Reported("x"), ()),
        (object(), None),
    ],
)
def test_the_points_that_alone_move_a_verdict(condition: Any, points: Any) -> None:
    assert points_of(condition) == points


@pytest.mark.parametrize("condition", [State("p", 1), Leak("p"), SensorFault("p"), Comm(), Stale(("p",))])
def test_most_kinds_have_no_band(condition: Condition) -> None:
    assert band(condition, QUIET) == NOWHERE


def test_a_quiet_limit_is_looked_at_beyond_it() -> None:
    assert band(High("p", 2.0, 0.5), QUIET) == Band(-INFINITE, 2.0)
    assert band(Low("p", 2.0, 0.5), QUIET) == Band(2.0, INFINITE)


def test_an_active_limit_is_looked_at_past_its_deadband() -> None:
    assert band(High("p", 2.0, 0.5), ACTIVE) == pytest.approx((1.5, INFINITE))
    assert band(Low("p", 2.0, 0.5), ACTIVE) == pytest.approx((-INFINITE, 2.5))


@pytest.mark.parametrize(
    "alarm", [replace(QUIET, pending=Pending("raise", 5.0)), replace(ACTIVE, frozen=True)]
)
def test_while_a_delay_runs_or_the_data_could_not_say_every_look_counts(alarm: Alarm) -> None:
    assert band(High("p", 2.0), alarm) == NOWHERE


class One:
    """A view of one good value."""

    answering = True

    def __init__(self, value: float) -> None:
        self.value = value

    def read(self, key: str) -> tuple[float, Quality]:
        return self.value, Quality.GOOD


NUMBERS = st.floats(-1e12, 1e12)


@given(st.sampled_from([High, Low]), NUMBERS, st.floats(0, 1e6), st.booleans(), st.data())
def test_no_number_within_the_band_moves_the_alarm(
    kind: type[High] | type[Low], limit: float, deadband: float, active: bool, data: st.DataObject
) -> None:
    condition = kind("p", limit, deadband)
    low, high = band(condition, ACTIVE if active else QUIET)
    finite = max(low, -1e13), min(high, 1e13)
    value = data.draw(st.one_of(st.floats(*finite), st.sampled_from([max(low, -1e13), min(high, 1e13)])))
    verdict = judge(condition, One(value))
    assert verdict is not (Verdict.FALSE if active else Verdict.TRUE)
