"""`step`: one pure, total function; every (state, cause) pair is a row of the table in tests/domain.

ISA-18.2-2016 section 12 / IEC 62682 section 10; shelving 11.7; out of service 11.9; OPC UA Part 9 section 5.8.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from monitor.domain.alarm import (
    Acknowledge,
    Alarm,
    AlarmState,
    Cause,
    Elapsed,
    EventCause,
    Judged,
    Pending,
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
from monitor.domain.instant import Instant
from monitor.domain.rules import AlarmRule, Verdict
from monitor.domain.suppression import NONE, Suppressions

_UNSEEN = Judged(Verdict.UNKNOWN)
"""No data was looked at: a value in the record would be an invented one."""


def new(rule: AlarmRule) -> Alarm:
    """An alarm that has never happened."""
    return Alarm(rule.id, rule.priority)


def step(rule: AlarmRule, alarm: Alarm, cause: Cause, now: Instant) -> Step:
    """Apply one cause at one instant. Never raises; a refused command leaves the alarm as it was."""
    match cause:
        case Judged():
            return _judged(rule, alarm, cause, now)
        case Elapsed():
            return _elapsed(rule, alarm, now)
        case Trip(value):
            return _trip(alarm, now, value)
        case Acknowledge():
            return _acknowledge(rule, alarm, cause, now)
        case Reset():
            return _reset(alarm, cause, now)
        case Shelve():
            return _shelve(alarm, cause, now)
        case Unshelve(actor, note):
            return _unshelve(alarm, now, actor, note)
        case SuppressByDesign(on, note):
            return _by_design(alarm, on, note, now)
        case TakeOutOfService(until, actor, note):
            return _service(alarm, until, actor, note, now)
        case Reprioritise():
            return _reprioritise(alarm, cause, now)
        case ReAlarm():
            return _re_alarm(alarm, now)


def retired(alarm: Alarm) -> Alarm:
    """The alarm of a rule that is no longer configured: closed, with its counters kept for the record."""
    return replace(
        alarm, active=False, acknowledged=True, latched=False, pending=None, frozen=False, suppressions=NONE
    )


def next_due(alarm: Alarm) -> float | None:
    """Steady time (s) at which `Elapsed` may change this alarm by its pending delay, or None."""
    return alarm.pending.due if alarm.pending and not alarm.frozen else None


def next_wall_due(alarm: Alarm) -> float | None:
    """Wall time (POSIX s) at which a suppression of this alarm ends, or None."""
    ends = [
        end
        for end in (alarm.suppressions.shelved_until, alarm.suppressions.out_of_service_until)
        if end is not None
    ]
    return min(ends, default=None)


# Data


def _judged(rule: AlarmRule, alarm: Alarm, cause: Judged, now: Instant) -> Step:
    if cause.verdict is Verdict.UNKNOWN:
        return Step(alarm if alarm.frozen else replace(alarm, frozen=True))
    thawed = replace(alarm, frozen=False) if alarm.frozen else alarm
    if thawed.active:
        wanted: Literal["raise", "clear"] | None = "clear" if cause.verdict is Verdict.FALSE else None
        delay = rule.off_delay
    else:
        wanted = "raise" if cause.verdict is Verdict.TRUE else None
        delay = rule.on_delay
    if wanted is None:
        return Step(thawed if thawed.pending is None else replace(thawed, pending=None))
    # The first look starts the delay; a return after bad data meets the deadline that was set then.
    pending = thawed.pending
    if pending is None or pending.to != wanted:
        pending = Pending(wanted, now.steady + delay)
    if now.steady >= pending.due:
        return _raise(thawed, cause, now) if wanted == "raise" else _clear(rule, thawed, cause, now)
    return Step(thawed if thawed.pending is pending else replace(thawed, pending=pending))


def _elapsed(rule: AlarmRule, alarm: Alarm, now: Instant) -> Step:
    done: tuple[Transition, ...] = ()
    pending = alarm.pending
    if pending and not alarm.frozen and now.steady >= pending.due:
        raises = pending.to == "raise"
        moved = _raise(alarm, _UNSEEN, now) if raises else _clear(rule, alarm, _UNSEEN, now)
        alarm, done = moved.alarm, moved.transitions
    for over in _over(alarm.suppressions, now.wall):
        shown = _unsuppress(alarm, _without(alarm.suppressions, over), over, now)
        alarm, done = shown.alarm, done + shown.transitions
    return Step(alarm, done)


def _over(s: Suppressions, wall: float) -> list[EventCause]:
    """Those whose time is over, in the order of their ends: after a stop both may be, and the last one tells."""
    ends = ((EventCause.SHELF_ENDED, s.shelved_until), (EventCause.IN_SERVICE, s.out_of_service_until))
    over = [(end, why) for why, end in ends if end is not None and wall >= end]
    return [why for _, why in sorted(over, key=lambda one: one[0])]


def _without(s: Suppressions, over: EventCause) -> Suppressions:
    if over is EventCause.SHELF_ENDED:
        return replace(s, shelved_until=None, shelved_once=False)
    return replace(s, out_of_service_until=None)


def _raise(alarm: Alarm, seen: Judged, now: Instant) -> Step:
    fresh = alarm.underneath is AlarmState.NORM
    raised = replace(
        alarm,
        occurrence=alarm.occurrence + 1 if fresh else alarm.occurrence,
        annunciation=1 if fresh else alarm.annunciation + 1,
        active=True,
        acknowledged=False,
        latched=False,
        pending=None,
        raised_at=now.wall if fresh else alarm.raised_at,
        active_since=now.wall,
        returned_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        value=seen.value,
    )
    return Step(raised, (_transition(EventCause.RAISED, alarm, raised, now, seen=seen, tells=True),))


def _clear(rule: AlarmRule, alarm: Alarm, seen: Judged, now: Instant) -> Step:
    cleared = replace(alarm, active=False, latched=rule.latching, pending=None, returned_at=now.wall)
    done = (_transition(EventCause.RETURNED, alarm, cleared, now, seen=seen),)
    s = cleared.suppressions
    if s.shelved_until is not None and s.shelved_once:
        over = _unsuppress(
            cleared, replace(s, shelved_until=None, shelved_once=False), EventCause.SHELF_ENDED, now
        )
        return Step(over.alarm, done + over.transitions)
    return Step(cleared, done)


def _trip(alarm: Alarm, now: Instant, value: object) -> Step:
    """A trip on top of an open occurrence closes that one in the record (superseded) and opens the next."""
    kept = value if isinstance(value, (int, float, bool, str)) else None
    before: tuple[Transition, ...] = ()
    if alarm.underneath is not AlarmState.NORM:
        closed = replace(alarm, active=False, acknowledged=True, latched=False)
        before = (_transition(EventCause.SUPERSEDED, alarm, closed, now),)
        alarm = closed
    raised = replace(
        alarm,
        occurrence=alarm.occurrence + 1,
        annunciation=1,
        active=True,
        acknowledged=False,
        pending=None,
        raised_at=now.wall,
        active_since=now.wall,
        returned_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        value=kept,
    )
    return Step(raised, (*before, _transition(EventCause.TRIPPED, alarm, raised, now, tells=True)))


# People


def _stale_command(alarm: Alarm, occurrence: int, annunciation: int) -> Refusal | None:
    if occurrence < alarm.occurrence:
        return Refusal.OLD_OCCURRENCE
    if occurrence > alarm.occurrence or annunciation > alarm.annunciation:
        return Refusal.UNKNOWN_OCCURRENCE
    return Refusal.OLD_ANNUNCIATION if annunciation < alarm.annunciation else None


def _acknowledge(rule: AlarmRule, alarm: Alarm, cause: Acknowledge, now: Instant) -> Step:
    refusal = _stale_command(alarm, cause.occurrence, cause.annunciation)
    if refusal:
        return Step(alarm, refusal=refusal)
    if alarm.acknowledged:
        return Step(alarm)  # a repeat is harmless and leaves no second event
    if rule.incident and not cause.note.strip():
        return Step(alarm, refusal=Refusal.REASON_MISSING)
    acknowledged = replace(alarm, acknowledged=True, acknowledged_at=now.wall, acknowledged_by=cause.actor)
    if rule.incident:  # its reason is what ends it: there is no condition that could clear
        acknowledged = replace(
            acknowledged, active=False, pending=None, returned_at=alarm.returned_at or now.wall
        )
    return Step(
        acknowledged,
        (_transition(EventCause.ACKNOWLEDGED, alarm, acknowledged, now, cause.actor, cause.note),),
    )


def _reset(alarm: Alarm, cause: Reset, now: Instant) -> Step:
    refusal = _stale_command(alarm, cause.occurrence, cause.annunciation)
    if refusal is None and alarm.active:
        refusal = Refusal.STILL_ACTIVE
    if refusal is None and alarm.latched and not alarm.acknowledged:
        refusal = Refusal.NOT_ACKNOWLEDGED
    if refusal is None and not alarm.latched:
        refusal = Refusal.NOT_LATCHED
    if refusal:
        return Step(alarm, refusal=refusal)
    released = replace(alarm, latched=False)
    return Step(released, (_transition(EventCause.RESET, alarm, released, now, cause.actor, cause.note),))


def _shelve(alarm: Alarm, cause: Shelve, now: Instant) -> Step:
    refusal = _stale_command(alarm, cause.occurrence, cause.annunciation)
    if refusal is None and not _is_an_end(cause.until, now):
        refusal = Refusal.END_NOT_IN_FUTURE
    if refusal is None and not cause.reason.strip():
        refusal = Refusal.REASON_MISSING
    if refusal:
        return Step(alarm, refusal=refusal)
    shelf = replace(alarm.suppressions, shelved_until=cause.until, shelved_once=cause.once)
    shelved = replace(alarm, suppressions=shelf)
    return Step(shelved, (_transition(EventCause.SHELVED, alarm, shelved, now, cause.actor, cause.reason),))


def _is_an_end(until: float, now: Instant) -> bool:
    """In the future, and one that comes: a suppression without end is how alarms are forgotten."""
    return math.isfinite(until) and until > now.wall


def _unshelve(alarm: Alarm, now: Instant, actor: str, note: str) -> Step:
    if alarm.suppressions.shelved_until is None:
        return Step(alarm, refusal=Refusal.NOT_SHELVED)
    rest = replace(alarm.suppressions, shelved_until=None, shelved_once=False)
    return _unsuppress(alarm, rest, EventCause.UNSHELVED, now, actor, note)


# Site logic, service, priority


def _by_design(alarm: Alarm, on: bool, note: str, now: Instant) -> Step:
    if alarm.suppressions.by_design == on:
        return Step(alarm)
    changed = replace(alarm.suppressions, by_design=on)
    if not on:
        return _unsuppress(alarm, changed, EventCause.UNSUPPRESSED, now, note=note)
    hidden = replace(alarm, suppressions=changed)
    return Step(hidden, (_transition(EventCause.SUPPRESSED, alarm, hidden, now, note=note),))


def _service(alarm: Alarm, until: float | None, actor: str, note: str, now: Instant) -> Step:
    if until is None:
        if alarm.suppressions.out_of_service_until is None:
            return Step(alarm)
        rest = replace(alarm.suppressions, out_of_service_until=None)
        return _unsuppress(alarm, rest, EventCause.IN_SERVICE, now, actor, note)
    if not _is_an_end(until, now):
        return Step(alarm, refusal=Refusal.END_NOT_IN_FUTURE)
    if not note.strip():
        return Step(alarm, refusal=Refusal.REASON_MISSING)
    out = replace(alarm, suppressions=replace(alarm.suppressions, out_of_service_until=until))
    return Step(out, (_transition(EventCause.OUT_OF_SERVICE, alarm, out, now, actor, note),))


def _unsuppress(
    alarm: Alarm, rest: Suppressions, why: EventCause, now: Instant, actor: str | None = None, note: str = ""
) -> Step:
    """The state is what the flags say; what is active is annunciated anew, unless another suppression remains."""
    shown = replace(alarm, suppressions=rest)
    tells = shown.active and not rest.any
    if tells:
        shown = replace(
            shown,
            acknowledged=False,
            acknowledged_at=None,
            acknowledged_by=None,
            annunciation=shown.annunciation + 1,
        )
    return Step(shown, (_transition(why, alarm, shown, now, actor, note, tells=tells),))


def _reprioritise(alarm: Alarm, cause: Reprioritise, now: Instant) -> Step:
    if cause.priority is alarm.priority:
        return Step(alarm)
    risen = cause.priority.rank < alarm.priority.rank
    changed = replace(alarm, priority=cause.priority)
    if alarm.underneath is AlarmState.NORM:
        return Step(changed)
    if risen and alarm.underneath is AlarmState.ACK:
        return _annunciate_again(changed, alarm, EventCause.PRIORITY_RAISED, now)
    why = EventCause.PRIORITY_RAISED if risen else EventCause.PRIORITY_LOWERED
    return Step(changed, (_transition(why, alarm, changed, now),))


def _re_alarm(alarm: Alarm, now: Instant) -> Step:
    if alarm.underneath is not AlarmState.ACK:
        return Step(alarm)
    return _annunciate_again(alarm, alarm, EventCause.RE_ALARMED, now)


def _annunciate_again(alarm: Alarm, before: Alarm, why: EventCause, now: Instant) -> Step:
    again = replace(
        alarm,
        acknowledged=False,
        acknowledged_at=None,
        acknowledged_by=None,
        annunciation=alarm.annunciation + 1,
    )
    return Step(again, (_transition(why, before, again, now, tells=True),))


def _transition(
    cause: EventCause,
    before: Alarm,
    after: Alarm,
    now: Instant,
    actor: str | None = None,
    note: str = "",
    *,
    seen: Judged | None = None,
    tells: bool = False,
) -> Transition:
    seen = seen or Judged(Verdict.UNKNOWN, after.value)
    return Transition(
        cause=cause,
        before=before.state,
        after=after.state,
        occurrence=after.occurrence,
        annunciation=after.annunciation,
        at=now,
        actor=actor,
        note=note,
        value=seen.value,
        quality=seen.quality,
        source_time=seen.source_time,
        annunciates=tells and not after.suppressions.any,
    )
