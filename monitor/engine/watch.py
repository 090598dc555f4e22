"""One rule at work: what it concludes from the latest values, and whether that can move its alarm."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.domain import leak
from monitor.domain.alarm import Alarm, AlarmState, Judged
from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.domain.rules import (
    AlarmRule,
    AvailabilityBelow,
    High,
    Leak,
    Low,
    Reported,
    SensorFault,
    State,
    Verdict,
    View,
    best_share,
    judge,
)


@dataclass(slots=True)
class Watch:
    """A rule, its alarm, and the little that must be remembered between two looks."""

    rule: AlarmRule
    alarm: Alarm
    wet_reads: int = 0
    reported: Verdict = Verdict.UNKNOWN
    reported_value: Value | None = None

    def look(self, view: View, *, scanned: bool) -> Verdict:
        """The verdict over the latest values; `scanned` is False when no new reading came (only time or link)."""
        condition = self.rule.condition
        if isinstance(condition, Reported):
            return self.reported
        verdict = judge(condition, view)
        if isinstance(condition, Leak):
            if scanned:
                self.wet_reads, verdict = leak.consecutive(self.wet_reads, verdict, condition.reads)
            elif verdict is Verdict.TRUE and self.wet_reads < condition.reads:
                verdict = Verdict.BAND
        return verdict

    def judged(self, verdict: Verdict, view: View) -> Judged:
        """The verdict with what it was read from, for the record."""
        match self.rule.condition:
            case High(point) | Low(point) | State(point) | Leak(point) | SensorFault(point):
                return Judged(verdict, *view.read(point))
            case AvailabilityBelow():
                return Judged(verdict, round(best_share(self.rule.condition, view), 4))
            case _:
                return Judged(verdict, None, Quality.GOOD)

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
