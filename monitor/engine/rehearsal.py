"""The weekly test of horn and messages: an alarm that says it is a test goes the whole way, and its receipt is checked.

What is under way is read off the alarm's own row, so that a restart in the middle changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

import structlog

from monitor.domain.alarm import Alarm
from monitor.domain.escalation import EscalationStep, Match, Policy
from monitor.domain.instant import Instant
from monitor.domain.notification import Delivery
from monitor.domain.point import Value
from monitor.domain.rules import AlarmRule, Verdict
from monitor.domain.weekly import Weekly, next_weekly
from monitor.engine.live import AlarmView
from monitor.engine.machine_rules import DRILL_FAILED, DRILL_HORN, DRILL_SMS
from monitor.engine.own_rules import rule_id
from monitor.ports import Change
from monitor.settings.site import Drill

log = structlog.get_logger("drill")

MADE_UP = 86400.0
"""Seconds within which a test that fell into a stop is made up for; later it waits for its next turn."""


class Alarms(Protocol):
    """What is asked of alarming."""

    def alarm(self, alarm: str) -> Alarm: ...

    def report(
        self,
        rule: str,
        verdict: Verdict,
        now: Instant,
        value: Value | None = None,
        along: Change | None = None,
    ) -> asyncio.Future[None]: ...

    def trip(
        self, rule: str, now: Instant, value: Value | None = None, along: Change | None = None
    ) -> asyncio.Future[None]: ...


class Shown(Protocol):
    """What is asked of the live view."""

    def alarm(self, alarm: str) -> AlarmView | None: ...


class Rehearsal:
    """Begins each part at its time of the week and judges it `within` seconds later."""

    def __init__(
        self,
        drill: Drill,
        timezone: str,
        alarming: Alarms,
        live: Shown,
        marks: Mapping[str, str],
        now: Instant,
    ) -> None:
        self._drill = drill
        self._timezone = timezone
        self._alarming = alarming
        self._live = live
        times = {DRILL_SMS: drill.sms, DRILL_HORN: drill.horn}
        self._times: dict[str, Weekly] = {part: at for part, at in times.items() if at is not None}
        # Not the alarm's own time: one that nobody acknowledged since last week is raised again, not anew.
        self._last = {part: _last(marks.get(part), now) for part in (DRILL_SMS, DRILL_HORN)}
        self._judged: set[tuple[str, float]] = set()

    def next_due(self) -> float | None:
        """Wall time (POSIX s) of the next test."""
        return min((self._due(part) for part in self._times), default=None)

    def tick(self, now: Instant) -> None:
        """Begin what is due, judge what is over."""
        for part in (DRILL_SMS, DRILL_HORN):
            alarm = self._alarming.alarm(rule_id(part))
            if alarm.active:
                if now.wall >= self._last[part] + self._drill.within:
                    self._judge(part, alarm, now)
            elif part in self._times and self._due(part) <= now.wall:
                self._begin(part, now)

    def _due(self, part: str) -> float:
        return next_weekly(self._times[part], self._last[part], self._timezone)

    def _begin(self, part: str, now: Instant) -> None:
        late = now.wall - self._due(part)
        self._last[part] = now.wall
        if late > MADE_UP:
            log.warning("drill.skipped", part=part, late_hours=round(late / 3600, 1))
            return
        log.info("drill.begins", part=part)
        mark = Change(marks={part: repr(now.wall)})
        self._alarming.report(rule_id(part), Verdict.TRUE, now, along=mark)

    def _judge(self, part: str, alarm: Alarm, now: Instant) -> None:
        if (part, self._last[part]) in self._judged:
            return
        self._judged.add((part, self._last[part]))
        failed = self._unheard(alarm) if part == DRILL_SMS else () if alarm.acknowledged_by else ("horn",)
        log.log(30 if failed else 20, "drill.judged", part=part, failed=list(failed))
        if failed:
            self._alarming.trip(rule_id(DRILL_FAILED), now, ", ".join(failed))
        self._alarming.report(rule_id(part), Verdict.FALSE, now)

    def _unheard(self, alarm: Alarm) -> tuple[str, ...]:
        """Channels from which no receipt came."""
        shown = self._live.alarm(alarm.id)
        rows = shown.notifications if shown else ()
        received = {
            row.channel
            for row in rows
            if row.state is Delivery.DELIVERED and row.annunciation == alarm.annunciation
        }
        return tuple(channel for channel in self._drill.channels if channel not in received)


def abandon(alarming: Alarms, now: Instant) -> None:
    """End a test that was under way when the configuration ceased to have one."""
    for part in (DRILL_SMS, DRILL_HORN):
        alarming.report(rule_id(part), Verdict.FALSE, now)


def policies(rule: AlarmRule, drill: Drill | None, site: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """Who is told of an alarm: of a test those whom it tests, whatever the site's policies say."""
    if rule.id == rule_id(DRILL_HORN):
        return ()
    if rule.id != rule_id(DRILL_SMS):
        return site
    steps = tuple(EscalationStep(0.0, drill.role, channel) for channel in drill.channels) if drill else ()
    return (Policy(Match(), steps, name="drill"),)


def _last(mark: str | None, now: Instant) -> float:
    """When it was last done; a site that never had one begins with its next turn."""
    try:
        return float(mark) if mark else now.wall
    except ValueError:
        return now.wall
