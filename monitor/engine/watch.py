"""One rule at work: what it concludes from the latest values, and whether that can move its alarm."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.domain import leak
from monitor.domain.alarm import Alarm, AlarmState, Judged
from monitor.domain.band import NOWHERE, Band, band
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
    counting: bool = False
    """True while a reading that says the same again may conclude something new."""
    band: Band = NOWHERE
    """Good numbers within it need no look. Known while the watch is settled (`lookout.Lookout`)."""

    def within_band(self, view: View) -> bool:
        """True when the latest value surely moves nothing, which is nearly always."""
        low, high = self.band
        if low > high:
            return False
        value, quality = view.read(self.rule.condition.point)  # type: ignore[union-attr]  # a band is of one point
        return (
            quality is Quality.GOOD
            and value is not None
            and not isinstance(value, str)
            and low <= value <= high
        )

    def settle(self) -> bool:
        """A look came to nothing: the next may wait for a change, unless readings are being counted."""
        if self.counting:
            return False
        self.band = band(self.rule.condition, self.alarm)
        return True

    def unsettle(self) -> None:
        """The alarm moved: every look counts."""
        self.band = NOWHERE

    def look(self, view: View, *, scanned: bool) -> Verdict:
        """The verdict over the latest values; `scanned` is False when no new reading of them came (time or link only)."""
        condition = self.rule.condition
        if isinstance(condition, Reported):
            return self.reported
        verdict = judge(condition, view)
        if isinstance(condition, Leak):
            wet = verdict is Verdict.TRUE
            if scanned:
                self.wet_reads, verdict = leak.consecutive(self.wet_reads, verdict, condition.reads)
            elif verdict is Verdict.TRUE and self.wet_reads < condition.reads:
                verdict = Verdict.BAND
            self.counting = self.wet_reads < condition.reads if wet else 0 < self.wet_reads < condition.reads
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
