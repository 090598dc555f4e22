"""What an alarm was: its events folded one by one, in the order of the journal.

An event tells the state before and after it, so that whatever people could see is exact. What lay beneath a suppression is
told by the causes; only whether it latched there, or ended with its acknowledgement, is not, and shows when the suppression
ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.domain.alarm import AlarmEvent, AlarmState, EventCause
from monitor.domain.point import Value

Flags = tuple[bool, bool, bool]
"""Active, acknowledged, latched."""

_SHOWN: dict[AlarmState, Flags] = {
    AlarmState.NORM: (False, True, False),
    AlarmState.UNACK: (True, False, False),
    AlarmState.ACK: (True, True, False),
    AlarmState.RTN_UNACK: (False, False, False),
    AlarmState.LATCH_UNACK: (False, False, True),
    AlarmState.LATCH_ACK: (False, True, True),
}
_RAISES = (EventCause.RAISED, EventCause.TRIPPED)
_ENDS = (EventCause.RETURNED, EventCause.ACKNOWLEDGED, EventCause.RULE_REMOVED)


@dataclass(frozen=True, slots=True)
class Past:
    """One alarm as its last event left it. Times are POSIX seconds, None where the events folded do not tell."""

    event: AlarmEvent
    """The last of those folded."""
    active: bool
    acknowledged: bool
    latched: bool
    raised_at: float | None = None
    returned_at: float | None = None
    acknowledged_at: float | None = None
    acknowledged_by: str | None = None
    value: Value | None = None

    @property
    def id(self) -> str:
        """The alarm's id."""
        return self.event.alarm

    @property
    def state(self) -> AlarmState:
        """The state shown to people."""
        return self.event.after

    @property
    def hidden(self) -> bool:
        """Something kept it from people."""
        return self.state not in _SHOWN


def fold(events: Iterable[AlarmEvent], begun: Iterable[Past] = ()) -> dict[str, Past]:
    """Every alarm as these events leave it, given in order of their sequence; `begun` are those of before."""
    found = {past.id: past for past in begun}
    for event in events:
        found[event.alarm] = follow(found.get(event.alarm), event)
    return found


def follow(past: Past | None, event: AlarmEvent) -> Past:
    """The alarm after one more event. Of one that is seen first in the middle of its life, what came before is unknown."""
    fresh = past is None or past.event.occurrence != event.occurrence
    was = _flags(past) if past else _SHOWN.get(event.before, _SHOWN[AlarmState.NORM])
    active, acknowledged, latched = _SHOWN.get(event.after) or _beneath(was, past, event)
    raised, acked = event.cause in _RAISES, event.cause is EventCause.ACKNOWLEDGED
    known = None if fresh else past
    at, by = (known.acknowledged_at, known.acknowledged_by) if known else (None, None)
    if acked:
        at, by = event.at, event.actor
    return Past(
        event,
        active,
        acknowledged,
        latched,
        raised_at=event.at if raised and fresh else known.raised_at if known else None,
        returned_at=_returned(known, was[0], active, event),
        acknowledged_at=at if acknowledged else None,
        acknowledged_by=by if acknowledged else None,
        value=event.value if raised else known.value if known else None,
    )


def urgency(past: Past) -> tuple[int, int, int, float]:
    """Sorts as the list of alarms: hidden last, unacknowledged first, most urgent first, newest first."""
    rank = past.event.priority.rank
    return (int(past.hidden), int(past.acknowledged), rank, -(past.raised_at or 0))


def _flags(past: Past) -> Flags:
    return past.active, past.acknowledged, past.latched


def _beneath(was: Flags, past: Past | None, event: AlarmEvent) -> Flags:
    """What a cause did while something hid the alarm."""
    active, acknowledged, latched = was
    again = past is not None and past.event.annunciation < event.annunciation
    match event.cause:
        case EventCause.RAISED | EventCause.TRIPPED:
            return True, False, False
        case EventCause.RETURNED:
            return False, acknowledged, latched
        case EventCause.SUPERSEDED:
            return False, True, False
        case EventCause.ACKNOWLEDGED:
            return active, True, latched
        case EventCause.RESET:
            return active, acknowledged, False
        case _:
            return active, acknowledged and not again, latched


def _returned(known: Past | None, was_active: bool, active: bool, event: AlarmEvent) -> float | None:
    if event.cause in _RAISES:
        return None
    before = known.returned_at if known else None
    if event.cause is EventCause.SUPERSEDED:
        return event.at
    return before or event.at if event.cause in _ENDS and was_active and not active else before
