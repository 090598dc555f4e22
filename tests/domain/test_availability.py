"""Lamps working among those commanded on: bounds, never a guess."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.availability import Lamps, count, with_count
from monitor.domain.reading import Quality

ON = (True, Quality.GOOD)
WORKS, FAILED = (True, Quality.GOOD), (False, Quality.GOOD)


def unseen(quality: Quality = Quality.COMM_FAILURE, value: Any = None) -> tuple[Any, Quality]:
    return value, quality


@pytest.mark.parametrize(
    ("lamps", "lower", "upper", "unknown_share"),
    [
        (Lamps(120, 0, 0), 1.0, 1.0, 0.0),
        (Lamps(114, 6, 0), 0.95, 0.95, 0.0),
        (Lamps(110, 6, 4), 110 / 120, 0.95, 4 / 120),
        (Lamps(0, 0, 120), 0.0, 1.0, 1.0),
        (Lamps(0, 120, 0), 0.0, 0.0, 0.0),
    ],
)
def test_the_truth_lies_between_the_bounds(
    lamps: Lamps, lower: float, upper: float, unknown_share: float
) -> None:
    assert (lamps.lower, lamps.upper, lamps.unknown_share) == (lower, upper, unknown_share)
    assert lamps.commanded_on == 120


def test_six_of_120_failed_is_exactly_95_per_cent_and_not_below() -> None:
    assert not Lamps(114, 6, 0).upper < 0.95
    assert Lamps(113, 7, 0).upper < 0.95


def test_nothing_commanded_on_divides_by_nothing() -> None:
    assert (Lamps(0, 0, 0).lower, Lamps(0, 0, 0).upper, Lamps(0, 0, 0).unknown_share) == (1.0, 1.0, 0.0)


def test_a_lamp_that_is_not_seen_neither_works_nor_has_failed() -> None:
    seen = [WORKS, FAILED, unseen(), unseen(Quality.STALE, True), unseen(Quality.STALE, False)]
    assert count(ON, seen) == Lamps(1, 1, 3)


@pytest.mark.parametrize("quality", [q for q in Quality if q is not Quality.GOOD])
def test_only_good_readings_count(quality: Quality) -> None:
    assert count(ON, [(True, quality), (False, quality)]) == Lamps(0, 0, 2)
    assert count((True, quality), [WORKS, FAILED]) == Lamps(0, 0, 0)


@pytest.mark.parametrize("off", [False, 0, 0.0, None])
def test_nothing_counts_while_the_lamps_are_off(off: Any) -> None:
    assert count((off, Quality.GOOD), [WORKS, FAILED]) == Lamps(0, 0, 0)


def test_a_text_is_neither_on_nor_off() -> None:
    assert count(("off", Quality.GOOD), [WORKS]) == Lamps(0, 0, 0)
    assert count(ON, [("failed", Quality.GOOD), WORKS]) == Lamps(1, 0, 1)


@given(st.lists(st.tuples(st.sampled_from((True, False, None)), st.sampled_from(Quality))))
def test_bounds_hold_whatever_the_unseen_lamps_do(seen: list[tuple[Any, Quality]]) -> None:
    lamps = count(ON, seen)
    assert lamps.commanded_on == len(seen)
    for truth in (True, False):
        fact = count(
            ON, [s if s[1] is Quality.GOOD and s[0] is not None else (truth, Quality.GOOD) for s in seen]
        )
        assert lamps.lower <= fact.lower == fact.upper <= lamps.upper


@pytest.mark.parametrize(
    ("seen", "counted", "together"),
    [
        (Lamps(100, 2, 18), 5, Lamps(115, 5, 0)),  # eyes saw three more than the controller
        (Lamps(100, 8, 12), 5, Lamps(112, 8, 0)),  # and never fewer
        (Lamps(0, 0, 0), 7, Lamps(113, 7, 0)),  # by day the night's count speaks for all 120
        (Lamps(0, 0, 120), 0, Lamps(120, 0, 0)),
        (Lamps(3, 0, 0), 900, Lamps(0, 3, 0)),
    ],
)
def test_telemetry_and_a_count_by_eye_together(seen: Lamps, counted: float, together: Lamps) -> None:
    assert with_count(seen, counted, 120) == together
