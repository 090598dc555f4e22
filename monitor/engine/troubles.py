"""Alarms about telling itself: nobody on duty, a channel that fails."""

from __future__ import annotations

from typing import Protocol

import structlog

from monitor.domain.alarm import Alarm
from monitor.domain.duty import Roster, on_duty
from monitor.domain.instant import Instant
from monitor.domain.rules import Verdict
from monitor.engine.orders import Incidents
from monitor.engine.selfwatch import rule_id

log = structlog.get_logger("dispatching")

NOBODY = rule_id("duty")
CHANNEL = rule_id("channel")


class Alarms(Incidents, Protocol):
    """What is asked of alarming."""

    def alarm(self, alarm: str) -> Alarm: ...


class Troubles:
    """Raised when they are met, and ended by proof: somebody is on duty, a message went out."""

    def __init__(self, roster: Roster, alarming: Alarms) -> None:
        self._roster = roster
        self._alarming = alarming
        self._unstaffed: set[str] = set()
        self._broken: set[str] = set()

    def nobody(self, role: str, now: Instant) -> None:
        """A message was due and nobody had duty in its role."""
        if role not in self._unstaffed:
            log.error("duty.nobody", role=role)
        self._unstaffed.add(role)
        self._alarming.report(NOBODY, Verdict.TRUE, now, role)

    def look_at_roster(self, now: Instant) -> None:
        """End the alarm when every role that was found empty is staffed again."""
        self._unstaffed = {role for role in self._unstaffed if not on_duty(self._roster, role, now.wall)}
        if not self._unstaffed and self._raised(NOBODY):
            self._alarming.report(NOBODY, Verdict.FALSE, now)

    def channel_failed(self, channel: str, reason: str, now: Instant) -> None:
        """A channel refuses or does not answer."""
        if channel not in self._broken:
            log.error("channel.failed", channel=channel, reason=reason)
        self._broken.add(channel)
        self._alarming.report(CHANNEL, Verdict.TRUE, now, channel)

    def channel_works(self, channel: str, now: Instant) -> None:
        """A channel took a message."""
        if channel in self._broken:
            log.warning("channel.works_again", channel=channel)
        self._broken.discard(channel)
        if not self._broken and self._raised(CHANNEL):
            self._alarming.report(CHANNEL, Verdict.FALSE, now)

    def failing(self, channel: str) -> bool:
        """True from the failure of a channel until it takes a message."""
        return channel in self._broken

    def _raised(self, rule: str) -> bool:
        alarm = self._alarming.alarm(rule)
        return alarm.active or alarm.pending is not None
