"""Sees alarm floods begin and end: each is an alarm of our own, so that the record and the console have both."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from monitor.domain.alarm import AlarmEvent
from monitor.domain.flood import FloodWatch
from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.rules import Verdict
from monitor.engine.own_rules import rule_id
from monitor.ports import Change

FLOOD = "flood"
_OURS = rule_id(FLOOD)

Report = Callable[[str, Verdict, Value | None], None]


class Flooding:
    """`report` states the verdict on `watchroom.flood`; its value is how many alarms came in the ten minutes before."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._watch = FloodWatch()

    def restore(self, events: Iterable[AlarmEvent], now: Instant) -> None:
        """What came in the ten minutes before we started, oldest first: a flood goes on over a restart."""
        for event in events:
            self._count(event)
        self._watch.passed(now.steady)
        flood = self._watch.flood
        self._report(FLOOD, Verdict.TRUE if flood else Verdict.FALSE, flood.count if flood else None)

    def observe(self, change: Change) -> None:
        """Something has become durable."""
        for event in change.events:
            if self._count(event) and self._watch.flood is not None:
                self._report(FLOOD, Verdict.TRUE, self._watch.flood.count)

    def tick(self, now: Instant) -> None:
        """Time has passed: a flood may be over."""
        ended = self._watch.passed(now.steady)
        if ended is not None:
            self._report(FLOOD, Verdict.FALSE, ended.count)

    def _count(self, event: AlarmEvent) -> bool:
        """True when a flood began with this event."""
        if not event.annunciates or event.alarm == _OURS:
            return False
        # On steady time: a stepped wall clock neither begins nor ends a flood.
        self._watch.passed(event.steady)
        return self._watch.annunciated(event.steady)
