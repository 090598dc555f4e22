"""When the next message to somebody may go, and when a day is full: tables."""

from __future__ import annotations

import pytest

from monitor.domain.pacing import Allowance, next_slot, on_the_day_of

T = 1_795_406_400.0  # noon in Shanghai


@pytest.mark.parametrize(
    ("ago", "waits"),
    [
        ([], 0),
        ([1], 0),
        ([2, 1], 0),
        ([3, 2, 1], 29),
        ([40, 39, 38, 30], 0),
        ([40, 39, 38, 5], 25),
        ([61, 60, 59], 0),
        ([-3600, -3601, -3602], 0),  # the clock was set back
    ],
)
def test_a_few_go_one_by_one_and_many_are_gathered(ago: list[float], waits: float) -> None:
    assert next_slot([T - seconds for seconds in ago], T) == T + waits


@pytest.mark.parametrize(
    ("allowance", "today", "spent"),
    [
        (Allowance(), 10_000, False),
        (Allowance(50, 10), 39, False),
        (Allowance(50, 10), 40, True),
        (Allowance(50), 49, False),
        (Allowance(50), 50, True),
    ],
)
def test_what_a_day_holds(allowance: Allowance, today: int, spent: bool) -> None:
    assert allowance.spent(today) is spent


def test_a_day_is_the_local_one() -> None:
    times = [T - 12 * 3600, T - 12 * 3600 - 1, T - 1, T + 3600, T + 13 * 3600]
    assert on_the_day_of(times, T, "Asia/Shanghai") == 3
