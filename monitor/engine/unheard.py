"""A critical alarm that nobody acknowledges while no console could sound: the rest of its escalation is due at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

from monitor.domain.alarm import Alarm
from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.rules import Priority, Verdict
from monitor.engine.live import AlarmView
from monitor.engine.own_rules import rule_id
from monitor.engine.presence import Position, Presence, Sound
from monitor.engine.presence_rules import BLOCKED, CONSOLE, NOBODY, OFF

log = structlog.get_logger("presence")

GRACE = 10.0
"""Seconds (steady) that a critical alarm may be unacknowledged before anybody asks who could hear it."""
SETTLE = 5.0
"""Seconds without a sounding console that a page needs to be loaded anew."""
START_UP = 60.0
"""Seconds after our start in which consoles find back."""
PACE = 1.0
"""Seconds between looks."""

Report = Callable[[str, Verdict, Value | None], None]


class Shown(Protocol):
    """What is asked of the live view."""

    def alarms(self) -> tuple[AlarmView, ...]: ...


class Unheard:
    """`report` states the verdict on `watchroom.console`, `hasten` makes an alarm's waiting steps due now."""

    def __init__(
        self,
        presence: Presence,
        live: Shown,
        report: Report,
        hasten: Callable[[str], object],
        now: Instant,
    ) -> None:
        self._presence = presence
        self._live = live
        self._report = report
        self._hasten = hasten
        self._began = now.steady
        self._looked = float("-inf")
        self._silent_since: float | None = now.steady
        self._waiting: dict[tuple[str, int, int], float] = {}
        self._last: tuple[Verdict, str | None] = (Verdict.UNKNOWN, None)

    def tick(self, now: Instant) -> None:
        """Look once a second."""
        if now.steady < self._looked + PACE:
            return
        self._looked = now.steady
        self._presence.look()
        positions = [one for one in self._presence.positions if one.counts]
        self._listen(positions, now)
        alarms = self._overlooked(now)
        if now.steady < self._began + START_UP:
            return
        if alarms and self._silent_since is not None and now.steady >= self._silent_since + SETTLE:
            self._state(Verdict.TRUE, _why(positions))
            for alarm in alarms:
                self._hasten(alarm)
        else:
            self._state(Verdict.FALSE, None)

    def _listen(self, positions: Iterable[Position], now: Instant) -> None:
        if any(one.sound is Sound.ON for one in positions):
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = now.steady

    def _overlooked(self, now: Instant) -> list[str]:
        """Critical alarms that have waited for a person longer than `GRACE`, each annunciation by itself."""
        open_ = [view.alarm for view in self._live.alarms() if _calls(view.alarm)]
        self._waiting = {key: self._waiting.get(key, now.steady) for key in map(_key, open_)}
        return [alarm.id for alarm in open_ if now.steady - self._waiting[_key(alarm)] >= GRACE]

    def _state(self, verdict: Verdict, why: str | None) -> None:
        if (verdict, why) == self._last:
            return
        before, self._last = self._last[0], (verdict, why)
        if verdict is Verdict.TRUE:
            log.error("console.unheard", reason=why)
        elif before is Verdict.TRUE:
            log.warning("console.heard_again")
        self._report(CONSOLE, verdict, why)


def _calls(alarm: Alarm) -> bool:
    """True for what the horn would sound for as critical. Our own alarm about it is not a reason for itself."""
    ours = alarm.id == rule_id(CONSOLE)
    return (
        alarm.priority is Priority.CRITICAL
        and not alarm.acknowledged
        and not alarm.suppressions.any
        and not ours
    )


def _key(alarm: Alarm) -> tuple[str, int, int]:
    return (alarm.id, alarm.occurrence, alarm.annunciation)


def _why(positions: Iterable[Position]) -> str:
    sounds = {one.sound for one in positions}
    return BLOCKED if Sound.BLOCKED in sounds else OFF if sounds else NOBODY
