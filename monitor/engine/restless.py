"""Watches how each alarm behaved in the last hour, so that whoever looks at it sees a nuisance for what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from monitor.domain.alarm import AlarmEvent
from monitor.domain.instant import Instant
from monitor.domain.restless import NOTHING, Lately, Marks, standing
from monitor.engine.live import AlarmView, Live
from monitor.ports import Change

EVERY = 30.0
"""Seconds between looks at what time alone has changed."""


class Restless:
    """Follows what became durable. `live` is told to show an alarm again when its marks have changed."""

    def __init__(self, live: Live, now: Callable[[], Instant]) -> None:
        self._live = live
        self._now = now
        self._lately: dict[str, Lately] = {}
        self._shown: dict[str, Marks] = {}
        self._next = 0.0

    def restore(self, events: Iterable[AlarmEvent]) -> None:
        """The hour before we started, oldest first."""
        for event in events:
            self._follow(event)

    def observe(self, change: Change) -> None:
        """Something has become durable. Comes before the live view shows it, so that it is shown with its marks."""
        for event in change.events:
            self._follow(event)

    def marks(self, view: AlarmView) -> Marks:
        """How an alarm behaves, as of now."""
        now = self._now()
        known = self._lately.get(view.alarm.id)
        found = known.marks(now.steady) if known else NOTHING
        return replace(found, standing=True) if standing(view.alarm, now) else found

    def tick(self, now: Instant) -> None:
        """Time has passed: marks fade, and alarms grow old."""
        if now.steady < self._next:
            return
        self._next = now.steady + EVERY
        shown: dict[str, Marks] = {}
        for view in self._live.alarms():
            marks = self.marks(view)
            if marks.any:
                shown[view.alarm.id] = marks
            if marks != self._shown.get(view.alarm.id, NOTHING) and (
                marks.any or view.alarm.id in self._shown
            ):
                self._live.again(view.alarm.id)
        self._shown = shown
        for id_, lately in list(self._lately.items()):
            lately.marks(now.steady)
            if lately.over:
                del self._lately[id_]

    def _follow(self, event: AlarmEvent) -> None:
        if event.occurrence:  # what is no alarm has none
            self._lately.setdefault(event.alarm, Lately()).follow(event)
