"""The load on an operator, the worst of it first."""

import pytest

from monitor.domain.alarm import EventCause
from monitor.domain.flood import Flood
from monitor.domain.kpi import Worst, busiest, kpis
from monitor.domain.rules import Priority
from tests.domain.record import START, event, ordered, trip

HOUR = 3600.0


@pytest.mark.parametrize(
    ("times", "worst"),
    [
        ([], None),
        ([5.0], Worst(5.0, 1)),
        ([0.0, 599.0, 600.0, 700.0], Worst(599.0, 3)),
        ([0.0, 10.0, 1000.0, 1010.0], Worst(0.0, 2)),
    ],
)
def test_the_busiest_ten_minutes(times: list[float], worst: Worst | None) -> None:
    assert busiest(times, 600.0) == worst


def test_an_hour_with_a_flood() -> None:
    burst = [trip(600 + i, 1600 + i, f"a-{i}.x", Priority.LOW) for i in range(15)]
    late = [trip(3000, None, "leak-1.leak", Priority.CRITICAL)]
    found = kpis(ordered(*burst, *late), {}, START, START + HOUR)
    assert found.annunciations == 16
    assert found.per_ten_minutes == pytest.approx(16 / 6)
    assert found.worst_ten_minutes == Worst(START + 600, 15)
    assert found.floods == (Flood(START + 600, START + 600 + 10 + 600, 15),)
    assert found.flood_share == pytest.approx(610 / HOUR)
    assert found.mix == {
        Priority.CRITICAL: 1 / 16,
        Priority.HIGH: 0,
        Priority.MEDIUM: 0,
        Priority.LOW: 15 / 16,
    }
    assert found.top_share == pytest.approx(10 / 16)


def test_what_stood_before_the_span_is_known_and_not_counted() -> None:
    already = {"old-1.x": START - 90_000, "gone-1.x": START - 95_000}
    events = ordered([event(5, EventCause.RETURNED, "gone-1.x")], trip(10, 20, "b-1.x"))
    found = kpis(events, {}, START, START + HOUR, already)
    assert found.annunciations == 1
    assert [(actor.alarm, actor.standing) for actor in found.actors] == [("b-1.x", None), ("old-1.x", 93_600)]
    assert found.standing == 1


def test_a_calm_day() -> None:
    found = kpis([], {}, START, START + 86_400)
    assert (found.annunciations, found.worst_hour, found.flood_share, found.mix, found.actors) == (
        0,
        None,
        0.0,
        {},
        (),
    )
