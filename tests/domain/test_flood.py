"""Ten annunciations in ten minutes begin a flood; fewer than five in ten minutes end it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.flood import Flood, FloodWatch, floods


def spaced(count: int, gap: float, start: float = 0.0) -> list[float]:
    return [start + gap * i for i in range(count)]


@pytest.mark.parametrize(
    ("times", "found"),
    [
        pytest.param([], (), id="nothing"),
        pytest.param(spaced(9, 1), (), id="nine at once are none"),
        pytest.param(
            spaced(10, 1), (Flood(0, 605, 10),), id="ten in ten seconds; ends when only four are young"
        ),
        pytest.param(spaced(10, 66), (Flood(0, 930, 10),), id="ten in 594 seconds"),
        pytest.param(spaced(30, 70), (), id="one every seventy seconds never is"),
        pytest.param(
            spaced(10, 1) + spaced(10, 60, 300),
            (Flood(0, 1200, 20),),
            id="what comes during it belongs to it",
        ),
        pytest.param(
            spaced(10, 1) + spaced(10, 1, 5000),
            (Flood(0, 605, 10), Flood(5000, 5605, 10)),
            id="two with a calm hour between",
        ),
    ],
)
def test_floods(times: list[float], found: tuple[Flood, ...]) -> None:
    assert floods(times, 10_000.0) == found


def test_one_that_goes_on_has_no_end() -> None:
    assert floods(spaced(12, 10), 120.0) == (Flood(0, None, 12),)


def test_it_is_known_when_it_begins_and_said_once() -> None:
    watch = FloodWatch()
    assert [watch.annunciated(at) for at in spaced(12, 1)] == [False] * 9 + [True, False, False]
    assert watch.passed(606.9) is None
    assert watch.passed(607.0) == Flood(0, 607.0, 12)
    assert watch.passed(608.0) is None


@given(st.lists(st.floats(0, 50_000), max_size=200))
def test_asking_more_often_changes_nothing(times: list[float]) -> None:
    times.sort()
    watch, found = FloodWatch(), []
    now = 0.0
    for at in [*times, 60_000.0]:
        while now < at:
            if ended := watch.passed(now):
                found.append(ended)
            now += 97.0
        if ended := watch.passed(at):
            found.append(ended)
        if at != 60_000.0:
            watch.annunciated(at)
    assert tuple(found) == floods(times, 60_000.0)
