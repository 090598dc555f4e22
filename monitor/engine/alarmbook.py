"""All alarms of a site, and the one place where one changes: in memory at once, in the journal as one change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from monitor.domain import transition
from monitor.domain.alarm import Alarm, AlarmEvent, AlarmState, Cause, Refusal, Step, SuppressByDesign
from monitor.domain.causes import CauseTree
from monitor.domain.instant import Instant
from monitor.domain.levels import Climb
from monitor.domain.notification import Notification
from monitor.domain.rules import AlarmRule
from monitor.domain.ruleset import Rulebook
from monitor.engine.deadlines import Delays, Suppressed
from monitor.engine.grouping import Grouping
from monitor.engine.live import Live
from monitor.engine.numbering import Numbering
from monitor.engine.tally import Tally
from monitor.engine.timed import Memories, ReAlarms
from monitor.engine.unsaved import Unsaved
from monitor.engine.watch import Progress, Watch
from monitor.engine.watches import Watches
from monitor.engine.writer import JournalWriter
from monitor.ports import Change

Planner = Callable[[AlarmEvent, AlarmRule], tuple[Notification, ...]]


class Refused(Exception):
    """A command that the alarm's state does not allow; `refusal` is the named reason."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class AlarmBook:
    """The watches of all rules, with the indexes over them that every change keeps true."""

    def __init__(
        self,
        rules: Rulebook,
        writer: JournalWriter,
        live: Live,
        tally: Tally,
        plan: Planner,
        causes: CauseTree,
    ) -> None:
        self.writer = writer
        self.live = live
        self._tally = tally
        self._plan = plan
        self.watches = Watches(rules)
        self.numbering = Numbering()
        self.grouping = Grouping(causes, self.watches.alarm)
        live.related = self.grouping.related
        self.delays = Delays()
        self.suppressed = Suppressed()
        self.again = ReAlarms()
        self.memories = Memories(
            tuple(self.watches.awake())
        )  # at first, those that need a watch of their own
        self._unsaved = Unsaved()

    def apply(
        self,
        watch: Watch,
        cause: Cause,
        now: Instant,
        *,
        along: Change | None = None,
        by_person: bool = False,
    ) -> asyncio.Future[None]:
        """`by_person`: somebody waits for the answer, and a command that changes nothing leaves no trace.

        Raises Refused.
        """
        before = watch.alarm
        result = self._step(watch, cause, now)
        if result.refusal:
            raise Refused(result.refusal)
        watch.alarm = result.alarm
        if watch.progresses and before.active and not watch.alarm.active:
            watch.climb = Climb()  # the way up begins anew: half of it, long ago, is no part of the next
            self.note_progress(watch, watch.progress)
        self.watches.unsettle(watch)
        if before.frozen is not watch.alarm.frozen:
            self.live.doubt(watch.rule.id, watch.alarm.frozen)
        if before.pending is not watch.alarm.pending or before.frozen:
            self.await_delay(watch)
        if not result.transitions:
            return self._unchanged(watch, before, None if by_person else along)
        self.suppressed.note(watch.alarm)
        self.again.note(watch, now)
        events = tuple(
            self.numbering.number(watch.rule, watch.alarm.priority, moved) for moved in result.transitions
        )
        told = tuple(message for event in events for message in self._plan(event, watch.rule))
        told = self.grouping.held(watch.alarm, told, now)
        self._count(events)
        change = _with(along, events, watch.alarm, told)
        if marks := {
            **self.memories.of(watch),
            **self._unsaved.along(watch),
        }:  # what came of it is in the same commit
            change = replace(change, marks={**change.marks, **marks})
        done = self.writer.submit(change, urgent=by_person)
        if not self.writer.ok:
            self.live.show(watch.alarm, stored=False)
        for id_, move in self.grouping.after(before, now):
            self.apply(self.watches[id_], move, now)
        return done

    def _step(self, watch: Watch, cause: Cause, now: Instant) -> Step:
        """The alarm's own step; when a headline speaks for it, it is hidden first, so that nobody is told."""
        result = transition.step(watch.rule, watch.alarm, cause, now)
        headline = self.grouping.headline(result)
        if headline is None:
            return result
        hidden = transition.step(watch.rule, watch.alarm, SuppressByDesign(True, headline), now)
        under = transition.step(watch.rule, hidden.alarm, cause, now)
        return replace(under, transitions=hidden.transitions + under.transitions)

    def _unchanged(self, watch: Watch, before: Alarm, along: Change | None) -> asyncio.Future[None]:
        """No event; a delay that began, froze or was dropped is saved with the next tick."""
        if watch.alarm.pending is not before.pending:
            self._unsaved.delayed(watch.rule.id)
        if along is not None:
            return self.writer.submit(along)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def _count(self, events: tuple[AlarmEvent, ...]) -> None:
        for event in events:
            self._tally.add("alarm_events_total", cause=event.cause.value, priority=event.priority.value)

    # What must not be forgotten

    def await_delay(self, watch: Watch) -> None:
        """The end of its delay will be looked at; a level's is noted when it moves (`note_progress`)."""
        self.delays.expect(watch.rule.id, transition.next_due(watch.alarm))

    def await_climb(self, watch: Watch) -> None:
        """So will be the time at which it may reach or leave a further level."""
        self.delays.expect(watch.rule.id, watch.climb.next_due)

    def note_progress(self, watch: Watch, before: Progress) -> None:
        """It was looked at: whether it has got further than it was `before`."""
        if watch.progresses and watch.progress != watch.kept:
            if watch.climb != before[1]:
                self.await_climb(watch)
            self._unsaved.progressed(watch)

    def save(self) -> None:
        """Submit the delays that began, froze or were dropped, and the progress made, since the last time."""
        if (change := self._unsaved.take(self.watches.alarm)) is not None:
            self.writer.submit(change)

    # For people

    @property
    def unacknowledged(self) -> int:
        """How many alarms wait for a person."""
        return sum(1 for watch in self.watches.awake() if not watch.alarm.acknowledged)

    def show_unstored(self) -> None:
        """The journal stopped writing: mark what people see whose latest change may not be durable."""
        for watch in self.watches.awake():
            shown = self.live.alarm(watch.rule.id)
            if (shown.alarm if shown else None) != watch.alarm and watch.alarm.state is not AlarmState.NORM:
                self.live.show(watch.alarm, stored=False)


def _with(
    along: Change | None, events: tuple[AlarmEvent, ...], alarm: Alarm, told: tuple[Notification, ...]
) -> Change:
    base = along or Change()
    return replace(
        base,
        events=base.events + events,
        alarms=(*base.alarms, alarm),
        notifications=base.notifications + told,
    )
