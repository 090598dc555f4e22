"""How alarms go on after a restart or a reload, and what the record says of the gap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import structlog

from monitor.domain import keeping, transition
from monitor.domain.alarm import Alarm, AlarmState, EventCause
from monitor.domain.instant import Instant
from monitor.domain.people import AuditEntry
from monitor.engine.alarmbook import AlarmBook
from monitor.engine.judging import Judging
from monitor.engine.selfwatch import EQUIPMENT
from monitor.engine.timed import MARK, PROGRESS
from monitor.engine.watch import Watch
from monitor.ports import Change, Clock, Stored

log = structlog.get_logger("alarming")


class Resuming:
    """Called once, before anything is judged."""

    def __init__(self, book: AlarmBook, judging: Judging, clock: Clock) -> None:
        self._book = book
        self._judging = judging
        self._clock = clock

    def restore(self, stored: Stored, alive: float | None) -> None:
        """Go on where the journal stopped. The downtime counts as bad data: delays are kept, none has ended.

        `alive` is when we last were (wall, POSIX s), None where nobody knows.
        """
        self._book.numbering.last = stored.last_sequence
        watches = self._book.watches
        now = self._clock.now()
        marks = stored.marks
        for id_ in {mark.partition(".")[2] for mark in marks if mark.startswith((MARK, PROGRESS))}:
            if (fresh := watches.find(id_)) is not None:
                fresh.resume(fresh.alarm, self._memory(fresh, stored, alive), marks.get(f"{PROGRESS}{id_}"))
        for alarm in stored.alarms:
            watch = watches.find(alarm.id)
            if watch is None:
                self._retire(alarm, now)
            else:
                self._restore(watch, alarm, stored, alive, now)
        self._book.grouping.restored((watch.alarm for watch in watches.awake()), now)

    def _restore(self, watch: Watch, alarm: Alarm, stored: Stored, alive: float | None, now: Instant) -> None:
        book = self._book
        open_or_pending = alarm.pending is not None or alarm.active
        kept = replace(alarm, frozen=open_or_pending)
        watch.resume(kept, self._memory(watch, stored, alive), stored.marks.get(f"{PROGRESS}{alarm.id}"))
        book.live.doubt(alarm.id, open_or_pending)
        book.suppressed.note(watch.alarm)
        book.live.show(watch.alarm, stored=True)
        self._judging.rank(watch, now)
        book.again.note(watch, now)
        book.await_climb(watch)

    def _memory(self, watch: Watch, stored: Stored, alive: float | None) -> str | None:
        """What it saw before counts no more when hours in which it is not asked passed meanwhile."""
        during, text = watch.rule.during, stored.marks.get(f"{MARK}{watch.rule.id}")
        if text is not None:
            self._book.memories.resumed(watch.rule.id, text)
        if during is None or keeping.over_weeks(watch.rule.condition):
            return text
        return text if alive is not None and during.held(alive, self._clock.now().wall) else None

    def inherit(self, before: AlarmBook, judging: Judging) -> None:
        """After `restore`, on a reload: go on with what the centre of the configuration before had in memory.

        The values are still there: an unchanged rule goes on as if nothing had been, a changed one is looked at at once.
        """
        now = self._clock.now()
        self._judging.timed.inherit(judging.timed)
        for watch in self._book.watches.apart(before.watches):
            known = before.watches.find(watch.rule.id)
            if known is not None:
                watch.inherit(known)
            if known is not None and known.rule == watch.rule:
                self._book.live.doubt(watch.rule.id, watch.alarm.frozen)
                self._book.await_delay(watch)
                self._book.await_climb(watch)
            elif watch.judged_by_data:
                self._judging.glance(watch, now)

    def _retire(self, alarm: Alarm, now: Instant) -> None:
        """Its rule is gone from the configuration: an open alarm must not stay for ever, nor vanish unrecorded."""
        closed = transition.retired(alarm)
        if closed == alarm:
            return
        if alarm.underneath is AlarmState.NORM:
            self._book.writer.submit(Change(alarms=(closed,)))
            return
        log.warning("alarm.rule_removed", alarm=alarm.id, state=alarm.state.value)
        closed = replace(closed, returned_at=alarm.returned_at or now.wall)
        event = self._book.numbering.orphan(alarm, closed, now)
        self._book.writer.submit(Change(events=(event,), alarms=(closed,)))

    def was_down(self, start: float, end: float, *, clean: bool) -> None:
        """Write into the record that nothing was watched from `start` to `end` (wall, POSIX s)."""
        note = "" if clean else "no clean stop"
        own = self._book.numbering.own(self._clock.now(), "restart", EventCause.WAS_DOWN, note)
        gap = replace(own, value=round(end - start, 3), source_time=start)
        self._book.writer.submit(Change(events=(gap,)))

    def reloaded(self, changes: Iterable[str], actor: str) -> None:
        """Write into the record what a new configuration changed, a line each."""
        note = "\n".join(changes)
        event = replace(
            self._book.numbering.own(self._clock.now(), "configuration", EventCause.RELOADED, note),
            actor=actor,
        )
        audit = AuditEntry(event.at, actor, "configuration.reload", EQUIPMENT, note)
        self._book.writer.submit(Change(events=(event,), audit=(audit,)))
