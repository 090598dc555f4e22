"""The way of an order: every move that is allowed, every one that is not."""

from dataclasses import replace

import pytest

from monitor.domain.workorder import OrderRefusal, OrderState, WorkOrder, move, overdue

ORDER = WorkOrder("1", "Pump 2 blocked", "pit-1", "person", 100.0, "chen", due=1900.0)
S = OrderState
ALLOWED = {
    (S.OPEN, S.ON_SITE),
    (S.OPEN, S.REPAIRED),
    (S.OPEN, S.CANCELLED),
    (S.ON_SITE, S.REPAIRED),
    (S.ON_SITE, S.CANCELLED),
    (S.REPAIRED, S.VERIFIED),
    (S.REPAIRED, S.ON_SITE),
}


@pytest.mark.parametrize("before", list(S))
@pytest.mark.parametrize("after", list(S))
def test_every_pair_of_states(before: OrderState, after: OrderState) -> None:
    order = replace(ORDER, state=before)
    moved = move(order, after, 500.0, "a reason")
    if before is after:
        assert moved is order
    elif (before, after) in ALLOWED:
        assert isinstance(moved, WorkOrder)
        assert moved.state is after
    else:
        assert moved is OrderRefusal.NOT_FROM_HERE


def test_each_station_has_its_time() -> None:
    order = ORDER
    for at, state in ((200.0, S.ON_SITE), (300.0, S.REPAIRED), (400.0, S.VERIFIED)):
        moved = move(order, state, at)
        assert isinstance(moved, WorkOrder)
        order = moved
    assert (order.on_site_at, order.repaired_at, order.verified_at) == (200.0, 300.0, 400.0)


def test_a_repair_that_did_not_hold_keeps_the_first_arrival() -> None:
    repaired = replace(ORDER, state=S.REPAIRED, on_site_at=200.0, repaired_at=300.0)
    again = move(repaired, S.ON_SITE, 900.0, "leaks again")
    assert isinstance(again, WorkOrder)
    assert (again.on_site_at, again.repaired_at, again.note) == (200.0, None, "leaks again")


def test_cancelling_needs_a_reason() -> None:
    assert move(ORDER, S.CANCELLED, 500.0, "  ") is OrderRefusal.REASON_MISSING


@pytest.mark.parametrize(
    ("state", "now", "late"),
    [
        (S.OPEN, 1899.9, False),
        (S.OPEN, 1900.0, True),
        (S.ON_SITE, 5000.0, False),
        (S.CANCELLED, 5000.0, False),
    ],
)
def test_an_order_is_late_when_nobody_came_in_time(state: OrderState, now: float, late: bool) -> None:
    assert overdue(replace(ORDER, state=state), now) is late
