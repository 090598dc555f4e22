"""Alarms as bars on a time line."""

from dataclasses import replace

from monitor.domain.alarm import AlarmEvent, AlarmState, EventCause
from monitor.domain.replay.alarms import fold
from monitor.domain.replay.bars import bars
from monitor.domain.rules import AlarmKind, Priority

NORM, UNACK, ACK = AlarmState.NORM, AlarmState.UNACK, AlarmState.ACK


def event(
    at: float,
    cause: EventCause,
    before: AlarmState,
    after: AlarmState,
    alarm: str = "pit-1.level",
    number: int = 1,
) -> AlarmEvent:
    return AlarmEvent(
        int(at), alarm, AlarmKind.LIMIT, "pit-1", Priority.HIGH, cause, before, after, number, 1, at, at
    )


RAISED = event(10, EventCause.RAISED, NORM, UNACK)
ACKED = event(20, EventCause.ACKNOWLEDGED, UNACK, ACK)
OVER = event(30, EventCause.RETURNED, ACK, NORM)


def drawn(*events: AlarmEvent, start: float = 0, end: float = 100) -> list[tuple[str, float, float]]:
    begun = fold(e for e in events if e.at <= start)
    standing = [past for past in begun.values() if past.state is not NORM]
    found = bars(standing, [e for e in events if e.at > start], start, end)
    return [(bar.state.value, bar.start, bar.end) for bar in found]


def test_each_state_is_a_bar_and_normal_is_none() -> None:
    assert drawn(RAISED, ACKED, OVER) == [("UNACK", 10, 20), ("ACK", 20, 30)]


def test_what_stood_before_begins_at_the_edge_and_what_stands_ends_there() -> None:
    assert drawn(RAISED, ACKED, OVER, start=15) == [("UNACK", 15, 20), ("ACK", 20, 30)]
    assert drawn(RAISED, ACKED, start=50) == [("ACK", 50, 100)]


def test_a_remark_cuts_nothing() -> None:
    remark = event(15, EventCause.COMMENTED, UNACK, UNACK)
    assert drawn(RAISED, remark, ACKED, OVER) == [("UNACK", 10, 20), ("ACK", 20, 30)]


def test_a_new_occurrence_is_a_new_bar() -> None:
    closed = replace(event(40, EventCause.SUPERSEDED, UNACK, NORM), sequence=40)
    again = replace(event(40, EventCause.TRIPPED, NORM, UNACK, number=2), sequence=41)
    assert drawn(RAISED, closed, again) == [("UNACK", 10, 40), ("UNACK", 40, 100)]


def test_alarms_do_not_mix() -> None:
    other = event(12, EventCause.RAISED, NORM, UNACK, alarm="pit-1.fault")
    assert drawn(RAISED, other, OVER) == [("UNACK", 10, 30), ("UNACK", 12, 100)]
