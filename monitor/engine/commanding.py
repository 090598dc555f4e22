"""What people do to alarms: acknowledge, reset, shelve, serve, remark. Every command leaves who, when and why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from monitor.domain.alarm import (
    Acknowledge,
    Alarm,
    AlarmEvent,
    EventCause,
    Refusal,
    Reset,
    Shelve,
    TakeOutOfService,
    Transition,
    Unshelve,
)
from monitor.domain.people import AuditEntry
from monitor.engine.alarmbook import AlarmBook, Refused
from monitor.engine.judging import Judging
from monitor.engine.watch import Watch
from monitor.ports import Change, Clock

Command = Acknowledge | Reset | Shelve | Unshelve | TakeOutOfService

SLACK = 60.0
"""Seconds that the clock of who shelves may differ from ours."""
_ACTIONS: Mapping[type, str] = {
    Acknowledge: "alarm.acknowledge",
    Reset: "alarm.reset",
    Shelve: "alarm.shelve",
    Unshelve: "alarm.unshelve",
    TakeOutOfService: "alarm.out_of_service",
}


class Commanding:
    """`longest_shelf` in seconds."""

    def __init__(self, book: AlarmBook, judging: Judging, clock: Clock, longest_shelf: float) -> None:
        self._book = book
        self._judging = judging
        self._clock = clock
        self._longest_shelf = longest_shelf

    async def command(self, alarm: str, cause: Command) -> Alarm:
        """Carry out a person's command; returns the alarm once it is durable.

        Raises UnknownAlarm, Refused, and NotStored when the journal does not write (the command stands and is
        queued). A repeated acknowledgement changes nothing and returns at once.
        """
        watch = self._book.watches[alarm]
        now = self._clock.now()
        if isinstance(cause, Shelve) and now.wall + self._longest_shelf + SLACK < cause.until < math.inf:
            raise Refused(Refusal.END_TOO_FAR)
        audit = AuditEntry(
            now.wall,
            cause.actor,
            _ACTIONS[type(cause)],
            f"{alarm}#{watch.alarm.occurrence}.{watch.alarm.annunciation}",
            _detail(cause),
        )
        done = self._book.apply(watch, cause, now, along=Change(audit=(audit,)), by_person=True)
        await self._book.writer.settled(done)
        return self._book.watches.alarm(alarm)

    def serve(
        self, equipment: str, until: float | None, actor: str, reason: str, *, missing_only: bool = False
    ) -> None:
        """Take every alarm of an equipment out of service until `until` (wall, POSIX s), or back with None.

        `missing_only` leaves those alone that are out already: after a start, for rules that are new.
        """
        now = self._clock.now()
        cause = TakeOutOfService(until, actor, reason)
        for watch in self._book.watches.of(equipment):
            out = watch.alarm.suppressions.out_of_service_until is not None
            if not (missing_only and out):
                self._book.apply(watch, cause, now)

    async def comment(self, alarm: str, actor: str, note: str) -> None:
        """Write a remark into the alarm's record. Raises UnknownAlarm."""
        await self._book.writer.write(self._remark(self._book.watches[alarm], actor, note, "alarm.comment"))

    async def tested(self, alarm: str, actor: str, note: str) -> None:
        """A person tested the sensor of a rule that asks for it: its time begins anew. Raises UnknownAlarm, Refused."""
        watch, now = self._book.watches[alarm], self._clock.now()
        if not watch.tested(now):
            raise Refused(Refusal.NO_TEST)
        remark = self._remark(watch, actor, note, "sensor.tested")
        done = self._book.writer.write(replace(remark, marks=self._book.memories.of(watch)))
        self._judging.glance(watch, now)
        await done

    def silenced(
        self, alarm: str, occurrence: int, annunciation: int, actor: str, where: str
    ) -> AlarmEvent | None:
        """The row that says that its horn was silenced; None when it no longer waits in this very annunciation."""
        watch = self._book.watches.seen(alarm)
        if watch is None or watch.alarm.acknowledged:
            return None
        if (watch.alarm.occurrence, watch.alarm.annunciation) != (occurrence, annunciation):
            return None
        return self._said(watch, EventCause.SILENCED, actor, where)

    def proven(self, alarm: str) -> float | None:
        """When the sensor of a rule that asks for tests last spoke or was tested (POSIX s). Raises UnknownAlarm."""
        watch = self._book.watches.seen(alarm)
        if watch is None:
            self._book.watches.rule(alarm)  # asks for no test, if there is such a rule
            return None
        return watch.proven(self._clock.now())

    def _remark(self, watch: Watch, actor: str, note: str, action: str) -> Change:
        event = self._said(watch, EventCause.COMMENTED, actor, note)
        audit = AuditEntry(event.at, actor, action, f"{event.alarm}#{event.occurrence}", note)
        return Change(events=(event,), audit=(audit,))

    def _said(self, watch: Watch, cause: EventCause, actor: str, note: str) -> AlarmEvent:
        """The row of what a person did that changes nothing of the alarm."""
        alarm = watch.alarm
        said = Transition(
            cause,
            alarm.state,
            alarm.state,
            alarm.occurrence,
            alarm.annunciation,
            self._clock.now(),
            actor=actor,
            note=note,
            value=alarm.value,
        )
        return self._book.numbering.number(watch.rule, alarm.priority, said)


def _detail(cause: Command) -> str:
    match cause:
        case Shelve(reason=reason):
            return reason
        case Acknowledge(note=note) | Reset(note=note) | Unshelve(note=note) | TakeOutOfService(note=note):
            return note
