import itertools

import pytest

from monitor.domain.activity import Activity, activity
from monitor.domain.periods import Period, cut

HOLD = 150_000


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([], Activity(0, 0, 0)),
        ([(0, True), (60_000, False)], Activity(60_000, 210_000, 0)),
        ([(0, False), (60_000, True), (120_000, True), (180_000, False)], Activity(120_000, 330_000, 1)),
        # On since before the start: no start of this stretch.
        ([(-60_000, True), (60_000, False)], Activity(60_000, 210_000, 0)),
        ([(-60_000, False), (60_000, True)], Activity(150_000, 210_000, 1)),
        # A gap is neither on nor off; the change across it happened all the same.
        ([(0, False), (500_000, True)], Activity(100_000, 250_000, 1)),
        ([(0, True), (500_000, True)], Activity(250_000, 250_000, 0)),
        ([(0, True), (30_000, None), (60_000, True)], Activity(180_000, 180_000, 0)),
        ([(0, False), (30_000, None), (60_000, True)], Activity(150_000, 180_000, 1)),
        ([(0, True), (700_000, False)], Activity(150_000, 150_000, 0)),
    ],
)
def test_activity(shown: list[tuple[int, bool | None]], expected: Activity) -> None:
    assert activity(shown, 0, 600_000, HOLD) == expected


def test_duty_of_nothing_known_is_none() -> None:
    assert activity([], 0, 1000, HOLD).duty is None
    assert activity([(0, True), (100, False)], 0, 200, HOLD).duty == 0.5


def test_days_of_summer_time_have_23_and_25_hours() -> None:
    spring = 1_774_738_800.0  # 2026-03-29 00:00 in Berlin
    days = cut(spring - 86_400, spring + 3 * 86_400, Period.DAY, "Europe/Berlin")
    assert [round((b - a) / 3600) for a, b in days] == [24, 23, 24, 24, 1]
    hours = cut(spring, spring + 23 * 3600, Period.HOUR, "Europe/Berlin")
    assert len(hours) == 23
    assert {b - a for a, b in hours} == {3600.0}


def test_parts_of_months_at_both_ends() -> None:
    start = 1_790_000_000.0  # 2026-09-21 in Shanghai
    months = cut(start, start + 100 * 86_400, Period.MONTH, "Asia/Shanghai")
    assert len(months) == 4
    assert (months[0][0], months[-1][1]) == (start, start + 100 * 86_400)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(months))
    assert cut(5.0, 5.0, Period.DAY, "Asia/Shanghai") == []
    assert len(cut(0.5, 7200.0, Period.HOUR, "Asia/Kathmandu")) == 3
