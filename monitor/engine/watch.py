"""One rule at work: what it concludes from the latest values, and whether that can move its alarm."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from monitor.domain import deviation, keeping, leak, levels, remembered, transition
from monitor.domain.alarm import Alarm, AlarmState, Judged
from monitor.domain.band import NOWHERE, Band, band, within
from monitor.domain.conditions import Deviation, MonthlyUptimeBelow, Rate, Starts
from monitor.domain.instant import Instant
from monitor.domain.levels import Climb
from monitor.domain.mentions import main_point
from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.domain.remembered import Memory
from monitor.domain.rules import (
    AlarmRule,
    AvailabilityBelow,
    Leak,
    Priority,
    Reported,
    Verdict,
    View,
    best_share,
    judge,
)

_GROUND = Climb()
_NOTHING: Memory = {}
"""The memory of all rules that remember nothing: there may be a hundred thousand of them."""

Progress = tuple[int, Climb]
"""Wet reads counted, and where between the levels."""


def lasting(rule: AlarmRule) -> bool:
    """Whether a rule remembers or ranks, or has its hours: its watch is more than its alarm."""
    return rule.during is not None or _progresses(rule) or _ranks(rule) or remembered.folds(rule.condition)


def _progresses(rule: AlarmRule) -> bool:
    counts = isinstance(rule.condition, Leak) and rule.condition.reads > 1
    return counts or bool(rule.levels)


def _ranks(rule: AlarmRule) -> bool:
    return bool(rule.levels or rule.priority_at)


@dataclass(slots=True)
class Watch:
    """A rule, its alarm, and the little that must be remembered between two looks."""

    rule: AlarmRule
    alarm: Alarm
    wet_reads: int = 0
    reported: Verdict = Verdict.UNKNOWN
    reported_value: Value | None = None
    counting: bool = False
    """True while a reading that says the same again may conclude something new."""
    band: Band = NOWHERE
    """Good numbers within it need no look. Known while the watch is settled (`lookout.Lookout`)."""
    memory: Memory = field(init=False)
    climb: Climb = _GROUND
    place: int = -1
    """Where it stands among the rules of its equipment (`lookout.Lookout`); -1 for one whose verdict is stated."""
    folds: bool = field(init=False)
    """What it saw before counts; most kinds are judged by one look."""
    progresses: bool = field(init=False)
    """It may be half-way: with one wet read of two, or on the way to a further level."""
    kept: Progress = (0, _GROUND)
    """Its progress as the journal has it."""
    ranks: bool = field(init=False)
    """Its priority is not always the same."""
    lasting: bool = field(init=False)
    """It is more than its alarm."""

    def __post_init__(self) -> None:
        self.folds = remembered.folds(self.rule.condition)
        self.memory = {} if self.folds else _NOTHING
        self.progresses = _progresses(self.rule)
        self.ranks = _ranks(self.rule)
        self.lasting = lasting(self.rule)

    def within_band(self, view: View) -> bool:
        """True when the latest value surely moves nothing, which is nearly always."""
        return within(self.band, self.rule.condition, view)

    def settle(self) -> bool:
        """A look came to nothing: the next may wait for a change, unless readings are being counted."""
        if self.counting:
            return False
        climbing = self.rule.levels and self.alarm.active
        self.band = NOWHERE if climbing else band(self.rule.condition, self.alarm)
        return True

    def unsettle(self) -> None:
        """The alarm moved: every look counts."""
        self.band = NOWHERE

    def look(self, view: View, now: Instant, *, scanned: bool) -> Verdict:
        """The verdict over the latest values; `scanned` is False when no new reading of them came (time or link only)."""
        condition = self.rule.condition
        if isinstance(condition, Reported):
            return self.reported
        if self.rule.during is not None and not self.rule.during.hold(now.wall):
            self._begin_anew()
            return Verdict.FALSE
        if self.folds:
            return remembered.look(condition, self.memory, view, now, scanned=scanned)
        verdict = judge(condition, view)
        if self.rule.levels:
            self._climb(verdict, view, now)
        return self._consecutive(condition, verdict, scanned) if isinstance(condition, Leak) else verdict

    def _begin_anew(self) -> None:
        """Outside of its hours a rule learns nothing, and what it saw before says nothing about the next.

        Unless it counts over weeks: that is only put down for a while.
        """
        self.wet_reads, self.counting, self.climb = 0, False, _GROUND
        if not keeping.over_weeks(self.rule.condition):
            self.memory.clear()

    def _climb(self, verdict: Verdict, view: View, now: Instant) -> None:
        """An alarm about to clear keeps its level to the end: it returns as what it was."""
        if verdict is not Verdict.FALSE:
            self.climb = levels.climb(self.rule, self.climb, view, now.steady)
        elif not self.alarm.active:
            self.climb = _GROUND

    def _consecutive(self, condition: Leak, verdict: Verdict, scanned: bool) -> Verdict:
        wet = verdict is Verdict.TRUE
        if scanned:
            self.wet_reads, verdict = leak.consecutive(self.wet_reads, verdict, condition.reads)
        elif wet and self.wet_reads < condition.reads:
            verdict = Verdict.BAND
        self.counting = self.wet_reads < condition.reads if wet else 0 < self.wet_reads < condition.reads
        return verdict

    def judged(self, verdict: Verdict, view: View, now: Instant) -> Judged:
        """The verdict with what it was read from, for the record."""
        condition = self.rule.condition
        point = main_point(condition)
        quality = Quality.GOOD if point is None else view.read(point)[1]
        return Judged(verdict, self._value(view, now), quality)

    def _value(self, view: View, now: Instant) -> Value | None:
        match self.rule.condition:
            case AvailabilityBelow() as condition:
                return round(best_share(condition, view), 4)
            case Deviation() as condition:
                apart = deviation.measure(condition, view)
                return None if apart is None else round(apart, 3)
            case Rate() as condition:
                slope = remembered.slope(condition, self.memory)
                return None if slope is None else round(slope, 4)
            case Starts() as condition:
                known = self.memory.get(condition)
                return None if known is None else float(known.starts)
            case MonthlyUptimeBelow() as condition:
                month = self.memory.get(condition)
                return None if month is None else round(month.shares(now.wall)[1], 4)
            case Leak(point, position=position) if position is not None:
                metres, quality = view.read(position)
                return view.read(point)[0] if quality.bad or metres is None else metres
            case condition:
                main = main_point(condition)
                return None if main is None else view.read(main)[0]

    def priority(self, now: Instant) -> Priority:
        """What it should be now: by the clock, and by the highest level reached.

        It falls only while the alarm is active, or when all is over: one that returned unacknowledged stays what it was.
        """
        rule, alarm = self.rule, self.alarm
        if not self.ranks:
            return rule.priority
        base = next((then for hours, then in rule.priority_at if hours.hold(now.wall)), rule.priority)
        reached = rule.levels[self.climb.reached - 1].priority if self.climb.reached else base
        wanted = min(base, reached, key=lambda priority: priority.rank)
        settled = alarm.active or alarm.underneath is AlarmState.NORM
        return wanted if settled else min(wanted, alarm.priority, key=lambda priority: priority.rank)

    @property
    def as_made(self) -> bool:
        """True when a new watch of the same rule would do as well."""
        alarm = self.alarm
        return not self.lasting and alarm.occurrence == 0 and alarm == transition.new(self.rule)

    @property
    def judged_by_data(self) -> bool:
        """False when its owner states the verdict."""
        return not isinstance(self.rule.condition, Reported)

    @property
    def progress(self) -> Progress:
        """How far it has got: one wet read before a restart and one after it are two."""
        return (self.wet_reads, self.climb)

    def keep(self) -> str:
        """The progress as the journal keeps it, and is taken to have it from now on."""
        self.kept = self.progress
        return json.dumps([self.wet_reads, *self.climb])

    def resume(self, alarm: Alarm, memory: str | None, progress: str | None) -> None:
        """Go on from what the journal kept. An active alarm stands on the level of its priority until data says."""
        self.alarm = alarm
        if memory is not None:
            self.memory = keeping.kept(self.rule.condition, memory)
        if alarm.active:
            reached = [n for n, level in enumerate(self.rule.levels, 1) if level.priority is alarm.priority]
            self.climb = Climb(*(reached[-1:] * 2))
        if progress is not None and self.progresses:
            self._go_on(progress)

    def _go_on(self, progress: str) -> None:
        try:
            reads, reached, wanted, due = json.loads(progress)
            kept = (int(reads), Climb(int(reached), int(wanted), float(due)))
        except (ValueError, TypeError):
            return  # not ours to understand: begin anew
        self.kept = kept
        if isinstance(self.rule.condition, Leak):
            self.wet_reads = min(kept[0], self.rule.condition.reads)
        if max(kept[1][:2]) <= len(self.rule.levels):
            self.climb = kept[1]

    def inherit(self, before: Watch) -> None:
        """Go on from the same rule under the configuration before, of which the journal keeps only what a restart needs."""
        if self.rule.condition == before.rule.condition:
            self.wet_reads, self.counting, self.memory = before.wet_reads, before.counting, before.memory
            self.reported, self.reported_value = before.reported, before.reported_value
        if self.rule.levels == before.rule.levels:
            self.climb = before.climb
        if self.rule == before.rule:
            self.alarm = replace(self.alarm, frozen=before.alarm.frozen)

    def climbs_by(self, now: Instant) -> bool:
        """True when it may have reached or left a further level by now."""
        due = self.climb.next_due
        return due is not None and due <= now.steady

    def tested(self, now: Instant) -> bool:
        """A person tested its sensor; False when the rule asks for no test."""
        return remembered.tested(self.rule.condition, self.memory, now)

    def proven(self, now: Instant) -> float | None:
        """When its sensor last spoke or was tested (wall, POSIX s); None where no test is asked for."""
        at = remembered.proven(self.rule.condition, self.memory)
        return None if at is None else now.wall - (now.steady - at)

    def unmoved_by(self, verdict: Verdict) -> bool:
        """True when this verdict cannot change anything: nearly always."""
        alarm = self.alarm
        if alarm.pending is not None or alarm.frozen:
            return False
        if alarm.active:
            return verdict is Verdict.TRUE or verdict is Verdict.BAND
        if alarm.underneath is AlarmState.NORM and verdict is Verdict.UNKNOWN:
            return True
        return verdict is Verdict.FALSE or verdict is Verdict.BAND

    def overtaken_by(self, verdict: Verdict, now: Instant) -> bool:
        """True when a delay was over before this contrary verdict came, only nobody had looked yet."""
        pending = self.alarm.pending
        if pending is None or self.alarm.frozen or pending.due > now.steady:
            return False
        return verdict is not (Verdict.TRUE if pending.to == "raise" else Verdict.FALSE)
