"""Rules to steps to one journal transaction: where readings become alarms and people's commands meet them."""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import structlog

from monitor.domain import transition
from monitor.domain.alarm import (
    Acknowledge,
    Alarm,
    AlarmEvent,
    AlarmState,
    Cause,
    Elapsed,
    EventCause,
    Judged,
    ReAlarm,
    Refusal,
    Reprioritise,
    Reset,
    Shelve,
    Step,
    SuppressByDesign,
    TakeOutOfService,
    Transition,
    Trip,
    Unshelve,
)
from monitor.domain.causes import CauseTree
from monitor.domain.instant import Instant
from monitor.domain.levels import Climb
from monitor.domain.notification import Notification
from monitor.domain.people import AuditEntry
from monitor.domain.point import Value
from monitor.domain.rules import (
    AlarmRule,
    Reported,
    Verdict,
    View,
)
from monitor.domain.scan import Scan
from monitor.engine.grouping import Grouping
from monitor.engine.live import Live
from monitor.engine.lookout import Layouts, Lookout
from monitor.engine.numbering import Numbering
from monitor.engine.selfwatch import EQUIPMENT
from monitor.engine.tally import Tally
from monitor.engine.timed import MARK, PROGRESS, Memories, ReAlarms, Timed
from monitor.engine.watch import Progress, Watch
from monitor.engine.writer import JournalWriter
from monitor.ports import Change, Clock, Stored

log = structlog.get_logger("alarming")

Command = Acknowledge | Reset | Shelve | Unshelve | TakeOutOfService
Planner = Callable[[AlarmEvent, AlarmRule], tuple[Notification, ...]]

SLACK = 60.0
"""Seconds that the clock of who shelves may differ from ours."""
_ACTIONS: Mapping[type, str] = {
    Acknowledge: "alarm.acknowledge",
    Reset: "alarm.reset",
    Shelve: "alarm.shelve",
    Unshelve: "alarm.unshelve",
    TakeOutOfService: "alarm.out_of_service",
}


class Refused(Exception):
    """A command that the alarm's state does not allow; `refusal` is the named reason."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class UnknownAlarm(KeyError):
    """No rule has this id."""


class Alarming:
    """Holds every alarm; `views` gives the latest values of each equipment for rules whose delay ends."""

    def __init__(
        self,
        rules: Iterable[AlarmRule],
        views: Mapping[str, View],
        writer: JournalWriter,
        live: Live,
        clock: Clock,
        tally: Tally,
        plan: Planner,
        longest_shelf: float = math.inf,
        causes: CauseTree | None = None,
    ) -> None:
        """`longest_shelf` in seconds; `causes` says which alarms explain which."""
        self._longest_shelf = longest_shelf
        self._views = views
        self._writer = writer
        self._live = live
        self._clock = clock
        self._tally = tally
        self._plan = plan
        self._watches = {rule.id: Watch(rule, transition.new(rule)) for rule in rules}
        self._lookouts = _lookouts(self._watches.values())
        self._timed, self._memories = Timed(self._watches.values()), Memories(self._watches.values())
        self._again = ReAlarms()
        self._grouping = Grouping(causes or CauseTree(), self.alarm)
        live.related = self._grouping.related
        self._due: list[tuple[float, str]] = []
        self._numbering = Numbering()
        self._unsaved: set[str] = set()
        self._progressed: dict[str, Watch] = {}
        self._suppressed: set[str] = set()

    # Start

    def restore(self, stored: Stored) -> None:
        """Go on where the journal stopped. The downtime counts as bad data: delays are kept, none has ended."""
        self._numbering.last = stored.last_sequence
        now = self._clock.now()
        marks = stored.marks
        for id_ in {mark.partition(".")[2] for mark in marks if mark.startswith((MARK, PROGRESS))}:
            if (fresh := self._watches.get(id_)) is not None:
                fresh.resume(fresh.alarm, marks.get(f"{MARK}{id_}"), marks.get(f"{PROGRESS}{id_}"))
        for alarm in stored.alarms:
            watch = self._watches.get(alarm.id)
            if watch is None:
                self._retire(alarm, now)
                continue
            open_or_pending = alarm.pending is not None or alarm.active
            kept = replace(alarm, frozen=open_or_pending)
            watch.resume(kept, marks.get(f"{MARK}{alarm.id}"), marks.get(f"{PROGRESS}{alarm.id}"))
            self._live.doubt(alarm.id, open_or_pending)
            self._suppression_index(watch)
            self._live.show(watch.alarm, stored=True)
            self._rank(watch, now)
            self._again.note(watch, now)
            self._resume_climb(watch)
        self._grouping.restored((watch.alarm for watch in self._watches.values()), now)

    def inherit(self, before: Alarming) -> None:
        """After `restore`, on a reload: go on with what the centre of the configuration before had in memory.

        The values are still there: an unchanged rule goes on as if nothing had been, a changed one is looked at at once.
        """
        now = self._clock.now()
        self._timed.inherit(before._timed)
        for id_, watch in self._watches.items():
            known = before._watches.get(id_)
            if known is not None:
                watch.inherit(known)
            if known is not None and known.rule == watch.rule:
                self._live.doubt(id_, watch.alarm.frozen)
                self._await(watch)
                self._resume_climb(watch)
            elif watch.judged_by_data:
                self._glance(watch, now)

    def _await(self, watch: Watch) -> None:
        """The end of its delay will be looked at; a level's is noted when it moves (`_note_progress`)."""
        if (due := transition.next_due(watch.alarm)) is not None:
            heapq.heappush(self._due, (due, watch.rule.id))

    def _resume_climb(self, watch: Watch) -> None:
        if watch.climb.next_due is not None:
            heapq.heappush(self._due, (watch.climb.next_due, watch.rule.id))

    def _glance(self, watch: Watch, now: Instant) -> None:
        """Look though nothing was heard."""
        if (view := self._views.get(watch.rule.equipment)) is not None:
            self._consider(watch, view, now, scanned=False)

    def _retire(self, alarm: Alarm, now: Instant) -> None:
        """Its rule is gone from the configuration: an open alarm must not stay for ever, nor vanish unrecorded."""
        closed = transition.retired(alarm)
        if closed == alarm:
            return
        if alarm.underneath is AlarmState.NORM:
            self._writer.submit(Change(alarms=(closed,)))
            return
        log.warning("alarm.rule_removed", alarm=alarm.id, state=alarm.state.value)
        closed = replace(closed, returned_at=alarm.returned_at or now.wall)
        event = self._numbering.orphan(alarm, closed, now)
        self._writer.submit(Change(events=(event,), alarms=(closed,)))

    def was_down(self, start: float, end: float, *, clean: bool) -> None:
        """Write into the record that nothing was watched from `start` to `end` (wall, POSIX s)."""
        gap = replace(
            self._numbering.own(
                self._clock.now(), "restart", EventCause.WAS_DOWN, "" if clean else "no clean stop"
            ),
            value=round(end - start, 3),
            source_time=start,
        )
        self._writer.submit(Change(events=(gap,)))

    def reloaded(self, changes: Iterable[str], actor: str) -> None:
        """Write into the record what a new configuration changed, a line each."""
        note = "\n".join(changes)
        event = replace(
            self._numbering.own(self._clock.now(), "configuration", EventCause.RELOADED, note), actor=actor
        )
        audit = AuditEntry(event.at, actor, "configuration.reload", EQUIPMENT, note)
        self._writer.submit(Change(events=(event,), audit=(audit,)))

    # Data

    def judge(
        self,
        equipment: str,
        view: View,
        now: Instant,
        *,
        scanned: bool = True,
        scan: Scan | None = None,
        changed: Sequence[int] | None = None,
    ) -> None:
        """Look at the rules of one equipment. `scanned` is False when no new reading came (time or link only).

        With `scan` and the points in which it `changed` the view, only rules that this may move are looked at.
        """
        lookout = self._lookouts.get(equipment)
        if lookout is None:
            return
        narrow = scan is not None and changed is not None
        for watch in lookout.at_stake(scan, changed) if narrow else lookout.watches:  # type: ignore[arg-type]
            if watch.within_band(view):
                continue
            read = scanned and (scan is None or lookout.speaks_of(watch, scan))
            if not self._consider(watch, view, now, read):
                lookout.settle(watch)

    def _consider(self, watch: Watch, view: View, now: Instant, scanned: bool) -> bool:
        """Look, and do what follows; False when nothing came of it."""
        before = watch.progress
        verdict = watch.look(view, now, scanned=scanned)
        self._note_progress(watch, before)
        self._rank(watch, now)
        if watch.unmoved_by(verdict):
            return False
        if watch.overtaken_by(verdict, now):
            self._apply(watch, Elapsed(), now)
        self._apply(watch, watch.judged(verdict, view, now), now)
        self._rank(watch, now)  # raised anew, it may be less urgent than it was
        return True

    def _rank(self, watch: Watch, now: Instant) -> None:
        """Give the alarm the priority that its rule says now: levels, the hour, or a new configuration."""
        wanted = watch.priority(now)
        if wanted is not watch.alarm.priority:
            self._apply(watch, Reprioritise(wanted), now)

    # Watchroom's own

    def report(
        self,
        rule: str,
        verdict: Verdict,
        now: Instant,
        value: Value | None = None,
        along: Change | None = None,
    ) -> asyncio.Future[None]:
        """State the verdict of a `Reported` rule; `along` is committed with whatever follows, or by itself."""
        watch = self._find(rule)
        watch.reported, watch.reported_value = verdict, value
        return self._apply(watch, Judged(verdict, value), now, along=along)

    def trip(
        self, rule: str, now: Instant, value: Value | None = None, along: Change | None = None
    ) -> asyncio.Future[None]:
        """A single event: a new occurrence, committed together with `along`."""
        return self._apply(self._find(rule), Trip(value), now, along=along)

    # People

    async def command(self, alarm: str, cause: Command) -> Alarm:
        """Carry out a person's command; returns the alarm once it is durable.

        Raises UnknownAlarm, Refused, and NotStored when the journal does not write (the command stands and is
        queued). A repeated acknowledgement changes nothing and returns at once.
        """
        watch = self._find(alarm)
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
        done = self._apply(watch, cause, now, along=Change(audit=(audit,)), by_person=True)
        await self._writer.settled(done)
        return watch.alarm

    def serve(
        self, equipment: str, until: float | None, actor: str, reason: str, *, missing_only: bool = False
    ) -> None:
        """Take every alarm of an equipment out of service until `until` (wall, POSIX s), or back with None.

        `missing_only` leaves those alone that are out already: after a start, for rules that are new.
        """
        now = self._clock.now()
        cause = TakeOutOfService(until, actor, reason)
        for watch in self._watches.values():
            out = watch.alarm.suppressions.out_of_service_until is not None
            if watch.rule.equipment == equipment and not (missing_only and out):
                self._apply(watch, cause, now)

    async def comment(self, alarm: str, actor: str, note: str) -> None:
        """Write a remark into the alarm's record."""
        await self._writer.write(self._remark(self._find(alarm), actor, note, "alarm.comment"))

    def silenced(
        self, alarm: str, occurrence: int, annunciation: int, actor: str, where: str
    ) -> AlarmEvent | None:
        """The row that says that its horn was silenced; None when it no longer waits in this very annunciation."""
        watch = self._watches.get(alarm)
        if watch is None or watch.alarm.acknowledged:
            return None
        if (watch.alarm.occurrence, watch.alarm.annunciation) != (occurrence, annunciation):
            return None
        return self._said(watch, EventCause.SILENCED, actor, where)

    async def tested(self, alarm: str, actor: str, note: str) -> None:
        """A person tested the sensor of a rule that asks for it: its time begins anew. Raises UnknownAlarm, Refused."""
        watch, now = self._find(alarm), self._clock.now()
        if not watch.tested(now):
            raise Refused(Refusal.NO_TEST)
        remark = self._remark(watch, actor, note, "sensor.tested")
        done = self._writer.write(replace(remark, marks=self._memories.of(watch)))
        if (view := self._views.get(watch.rule.equipment)) is not None:
            self._consider(watch, view, now, scanned=False)
        await done

    def proven(self, alarm: str) -> float | None:
        """When the sensor of a rule that asks for tests last spoke or was tested (POSIX s). Raises UnknownAlarm."""
        return self._find(alarm).proven(self._clock.now())

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
        return self._numbering.number(watch.rule, alarm.priority, said)

    def alarm(self, alarm: str) -> Alarm:
        """The alarm as it now is. Raises UnknownAlarm."""
        return self._find(alarm).alarm

    def rule(self, alarm: str) -> AlarmRule:
        """The rule of an alarm. Raises UnknownAlarm."""
        return self._find(alarm).rule

    def parent(self, alarm: str) -> str | None:
        """The headline under which an alarm is listed; None for one that stands for itself."""
        return self._grouping.parent(alarm)

    def children(self, alarm: str) -> tuple[str, ...]:
        """The alarms that are listed under this one."""
        return self._grouping.children(alarm)

    @property
    def unacknowledged(self) -> int:
        """How many alarms wait for a person."""
        return sum(1 for watch in self._watches.values() if not watch.alarm.acknowledged)

    # Time

    def tick(self, now: Instant) -> None:
        """End the delays and suppressions that are due, and save the delays that began."""
        while self._due and self._due[0][0] <= now.steady:
            _, alarm = heapq.heappop(self._due)
            watch = self._watches[alarm]
            if watch.climbs_by(now):
                self._glance(watch, now)
            pending = watch.alarm.pending
            if pending is None or watch.alarm.frozen or pending.due > now.steady:
                continue
            before = watch.progress
            cause = self._look(watch, now)
            self._note_progress(watch, before)
            self._rank(watch, now)
            self._apply(watch, cause, now)
            self._rank(watch, now)
        self._pass(now)
        for alarm in list(self._suppressed):
            watch = self._watches[alarm]
            due = transition.next_wall_due(watch.alarm)
            if due is not None and due <= now.wall:
                self._apply(watch, Elapsed(), now)
        for id_, move in self._grouping.tick(now):
            self._apply(self._watches[id_], move, now)
        self.save_delays()

    def next_due(self) -> float | None:
        """Steady time (s) of the nearest delay's end."""
        return self._due[0][0] if self._due else None

    def _pass(self, now: Instant) -> None:
        """What time alone moves: the hours of rules, what they remember, alarms acknowledged long ago."""
        for watch in self._timed.due(now):
            self._glance(watch, now)
        for alarm in self._again.due(now):
            self._apply(self._watches[alarm], ReAlarm(), now)
        if marks := self._memories.changed(now):
            self._writer.submit(Change(marks=marks))

    def _look(self, watch: Watch, now: Instant) -> Cause:
        view = self._views.get(watch.rule.equipment)
        if isinstance(watch.rule.condition, Reported) or view is None:
            return Judged(watch.reported, watch.reported_value)
        return watch.judged(watch.look(view, now, scanned=False), view, now)

    def save_delays(self) -> None:
        """Submit the delays that began, froze or were dropped, and the progress made, since the last time."""
        if not self._unsaved and not self._progressed:
            return
        rows = tuple(self._watches[alarm].alarm for alarm in self._unsaved)
        marks = {f"{PROGRESS}{id_}": watch.keep() for id_, watch in self._progressed.items()}
        self._unsaved.clear()
        self._progressed.clear()
        self._writer.submit(Change(alarms=rows, marks=marks))

    def _note_progress(self, watch: Watch, before: Progress) -> None:
        if watch.progresses and watch.progress != watch.kept:
            if watch.climb.next_due is not None and watch.climb != before[1]:
                heapq.heappush(self._due, (watch.climb.next_due, watch.rule.id))
            self._progressed[watch.rule.id] = watch

    # The one place where an alarm changes

    def _apply(
        self,
        watch: Watch,
        cause: Cause,
        now: Instant,
        *,
        along: Change | None = None,
        by_person: bool = False,
    ) -> asyncio.Future[None]:
        """`by_person`: somebody waits for the answer, and a command that changes nothing leaves no trace."""
        before = watch.alarm
        result = self._step(watch, cause, now)
        if result.refusal:
            raise Refused(result.refusal)
        watch.alarm = result.alarm
        if watch.progresses and before.active and not watch.alarm.active:
            watch.climb = Climb()  # the way up begins anew: half of it, long ago, is no part of the next
            self._note_progress(watch, watch.progress)
        if (lookout := self._lookouts.get(watch.rule.equipment)) is not None:
            lookout.unsettle(watch)
        if before.frozen is not watch.alarm.frozen:
            self._live.doubt(watch.rule.id, watch.alarm.frozen)
        if before.pending is not watch.alarm.pending or before.frozen:
            self._await(watch)
        if not result.transitions:
            return self._unchanged(watch, before, None if by_person else along)
        self._suppression_index(watch)
        self._again.note(watch, now)
        self._unsaved.discard(watch.rule.id)
        events = tuple(
            self._numbering.number(watch.rule, watch.alarm.priority, moved) for moved in result.transitions
        )
        told = tuple(message for event in events for message in self._plan(event, watch.rule))
        told = self._grouping.held(watch.alarm, told, now)
        self._count(events)
        change = _with(along, events, watch.alarm, told)
        if self._progressed.pop(watch.rule.id, None):  # what came of it is in the same commit
            change = replace(change, marks={**change.marks, f"{PROGRESS}{watch.rule.id}": watch.keep()})
        done = self._writer.submit(change, urgent=by_person)
        if not self._writer.ok:
            self._live.show(watch.alarm, stored=False)
        for id_, move in self._grouping.after(before, now):
            self._apply(self._watches[id_], move, now)
        return done

    def _step(self, watch: Watch, cause: Cause, now: Instant) -> Step:
        """The alarm's own step; when a headline speaks for it, it is hidden first, so that nobody is told."""
        result = transition.step(watch.rule, watch.alarm, cause, now)
        headline = self._grouping.headline(result)
        if headline is None:
            return result
        hidden = transition.step(watch.rule, watch.alarm, SuppressByDesign(True, headline), now)
        under = transition.step(watch.rule, hidden.alarm, cause, now)
        return replace(under, transitions=hidden.transitions + under.transitions)

    def _unchanged(self, watch: Watch, before: Alarm, along: Change | None) -> asyncio.Future[None]:
        """No event; a delay that began, froze or was dropped is saved with the next tick."""
        if watch.alarm.pending is not before.pending:
            self._unsaved.add(watch.rule.id)
        if along is not None:
            return self._writer.submit(along)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def _count(self, events: tuple[AlarmEvent, ...]) -> None:
        for event in events:
            self._tally.add("alarm_events_total", cause=event.cause.value, priority=event.priority.value)

    def _suppression_index(self, watch: Watch) -> None:
        if transition.next_wall_due(watch.alarm) is not None:
            self._suppressed.add(watch.rule.id)
        else:
            self._suppressed.discard(watch.rule.id)

    def show_unstored(self) -> None:
        """The journal stopped writing: mark what people see whose latest change may not be durable."""
        for watch in self._watches.values():
            shown = self._live.alarm(watch.rule.id)
            if (shown.alarm if shown else None) != watch.alarm and watch.alarm.state is not AlarmState.NORM:
                self._live.show(watch.alarm, stored=False)

    def _find(self, alarm: str) -> Watch:
        try:
            return self._watches[alarm]
        except KeyError:
            raise UnknownAlarm(alarm) from None


def _lookouts(watches: Iterable[Watch]) -> dict[str, Lookout]:
    """By equipment, for those rules that data decides."""
    judged: dict[str, list[Watch]] = {}
    for watch in watches:
        if watch.judged_by_data:
            judged.setdefault(watch.rule.equipment, []).append(watch)
    layouts = Layouts()
    return {equipment: Lookout(of_it, layouts) for equipment, of_it in judged.items()}


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


def _detail(cause: Command) -> str:
    match cause:
        case Shelve(reason=reason):
            return reason
        case Acknowledge(note=note) | Reset(note=note) | Unshelve(note=note) | TakeOutOfService(note=note):
            return note
