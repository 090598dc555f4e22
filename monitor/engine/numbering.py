"""The numbers of the journal's events: one sequence, given before the commit, never twice."""

from __future__ import annotations

from monitor.domain.alarm import Alarm, AlarmEvent, AlarmState, EventCause, Transition
from monitor.domain.instant import Instant
from monitor.domain.rules import AlarmKind, AlarmRule, Priority
from monitor.engine.selfwatch import EQUIPMENT, rule_id


class Numbering:
    """Makes journal rows of what happened. `last` is the highest number given."""

    def __init__(self, last: int = 0) -> None:
        self.last = last

    def number(self, rule: AlarmRule, priority: Priority, moved: Transition) -> AlarmEvent:
        """The row of a transition."""
        self.last += 1
        return AlarmEvent(
            sequence=self.last,
            alarm=rule.id,
            kind=rule.kind,
            equipment=rule.equipment,
            priority=priority,
            cause=moved.cause,
            before=moved.before,
            after=moved.after,
            occurrence=moved.occurrence,
            annunciation=moved.annunciation,
            at=moved.at.wall,
            steady=moved.at.steady,
            actor=moved.actor,
            note=moved.note,
            value=moved.value,
            quality=moved.quality,
            source_time=moved.source_time,
            annunciates=moved.annunciates,
        )

    def orphan(self, before: Alarm, after: Alarm, now: Instant) -> AlarmEvent:
        """The row that closes an alarm whose rule, and with it its kind, nobody knows any more."""
        self.last += 1
        return AlarmEvent(
            sequence=self.last,
            alarm=before.id,
            kind=AlarmKind.SELF,
            equipment=before.id.rpartition(".")[0],
            priority=before.priority,
            cause=EventCause.RULE_REMOVED,
            before=before.state,
            after=after.state,
            occurrence=after.occurrence,
            annunciation=after.annunciation,
            at=now.wall,
            steady=now.steady,
        )

    def own(self, now: Instant, subject: str, cause: EventCause, note: str) -> AlarmEvent:
        """The row of something that is no alarm and belongs into the record all the same."""
        self.last += 1
        return AlarmEvent(
            sequence=self.last,
            alarm=rule_id(subject),
            kind=AlarmKind.SELF,
            equipment=EQUIPMENT,
            priority=Priority.LOW,
            cause=cause,
            before=AlarmState.NORM,
            after=AlarmState.NORM,
            occurrence=0,
            annunciation=0,
            at=now.wall,
            steady=now.steady,
            note=note,
        )
