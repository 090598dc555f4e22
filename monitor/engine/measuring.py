"""Figures that nobody counts as they happen: looked at every few seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from monitor.domain.rules import Priority
from monitor.engine.acquisition import Latest
from monitor.engine.dispatching import Dispatching
from monitor.engine.live import Live
from monitor.engine.selfwatch import Health
from monitor.engine.tally import Tally
from monitor.engine.writer import JournalWriter
from monitor.settings.site import Site


class Measuring:
    """Belongs to one daemon; what an earlier configuration spoke of and this one does not is forgotten."""

    def __init__(
        self,
        site: Site,
        tally: Tally,
        latest: Mapping[str, Latest],
        live: Live,
        writer: JournalWriter,
        dispatching: Dispatching,
    ) -> None:
        self._tally = tally
        self._connections = {id_: one.connection for id_, one in site.equipment.items()}
        self._latest = latest
        self._live = live
        self._writer = writer
        self._dispatching = dispatching
        self._lag = 0.0
        known = {"equipment": site.equipment, "connection": site.connections, "channel": site.channels}
        for label, ids in known.items():
            for gone in {
                value for figure in tally.snapshot() for name, value in figure.labels if name == label
            }:
                if gone not in ids:
                    tally.forget(label, gone)

    def lagged(self, seconds: float) -> None:
        """The clock loop woke this much too late."""
        self._lag = max(self._lag, seconds)

    def measure(self, health: Health) -> None:
        """State every gauge."""
        tally = self._tally
        tally.set("healthy", int(health.ok))
        tally.set("loop_lag_seconds", self._lag)
        self._lag = 0.0
        tally.set("live_readers", self._live.readers)
        tally.set("journal_queue_depth", self._writer.depth)
        self._dispatching.measure()
        open_ = Counter((view.alarm.priority, view.alarm.acknowledged) for view in self._live.alarms())
        for priority in Priority:
            for acknowledged in (False, True):
                tally.set(
                    "alarms_open",
                    open_[(priority, acknowledged)],
                    priority=priority.value,
                    acknowledged=str(acknowledged).lower(),
                )
        for equipment, latest in self._latest.items():
            if latest.answering is not None:
                connection = self._connections[equipment]
                answering = int(latest.answering)
                tally.set("equipment_answering", answering, connection=connection, equipment=equipment)
