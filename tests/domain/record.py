"""A record of alarms for the tests of the figures drawn from it."""

from monitor.domain.alarm import AlarmEvent, AlarmState, EventCause
from monitor.domain.rules import AlarmKind, Priority

START = 1_795_363_200.0


def event(
    at: float,
    cause: EventCause,
    alarm: str = "pit-1.level",
    priority: Priority = Priority.MEDIUM,
    number: int = 0,
) -> AlarmEvent:
    """One event `at` seconds after START; a raise annunciates."""
    raised = cause is EventCause.RAISED
    return AlarmEvent(
        number,
        alarm,
        AlarmKind.LIMIT,
        alarm.partition(".")[0],
        priority,
        cause,
        AlarmState.NORM,
        AlarmState.UNACK if raised else AlarmState.RTN_UNACK,
        1,
        1,
        START + at,
        at,
        annunciates=raised,
    )


def trip(
    begin: float, end: float | None, alarm: str = "pit-1.level", priority: Priority = Priority.MEDIUM
) -> list[AlarmEvent]:
    """A raise and, unless `end` is None, its return."""
    raised = event(begin, EventCause.RAISED, alarm, priority)
    return [raised] if end is None else [raised, event(end, EventCause.RETURNED, alarm, priority)]


def ordered(*trips: list[AlarmEvent]) -> list[AlarmEvent]:
    """All of them as the journal gives them."""
    return sorted((one for each in trips for one in each), key=lambda one: one.at)
