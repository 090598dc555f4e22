"""Listens to what devices announce of themselves, for a while and as a guest, beside the running daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from drivers.mqtt.connection import MqttConnection
from drivers.mqtt.discovery.announcement import entities
from drivers.mqtt.discovery.writing import Discovered, written
from drivers.mqtt.presence import Presence
from drivers.mqtt.settings import MqttConnectionSettings
from drivers.mqtt.topics import Topics
from monitor.domain.instant import Instant
from monitor.domain.scan import Plan, Scan
from monitor.domain.source import EquipmentSource
from monitor.ports import BrokerSession, Clock, Inlet, RawRead, Transient

MAX_ANNOUNCEMENTS = 20_000
_NOTHING = EquipmentSource(Plan("discovery", ()), (), None, None)


@dataclass(frozen=True, slots=True)
class _Nobody:
    """Implements hearing.Listener for no equipment."""

    source: EquipmentSource = _NOTHING
    believes_retained: bool = True
    only_availability: bool = True


@dataclass(slots=True)
class _Notebook:
    """Keeps announcements as they come. Implements hearing.Hearing."""

    prefix: str
    heard: dict[str, bytes] = field(default_factory=dict)
    presence: Presence = field(default_factory=Presence)

    @property
    def topics(self) -> Topics[_Nobody]:
        return Topics((f"{self.prefix}/+/{levels}/config", _Nobody()) for levels in ("+", "+/+"))

    def connected(self, inlet: Inlet, session: Any, kept: bool, now: Instant) -> None: ...

    def hear(
        self,
        inlet: Inlet,
        listeners: Sequence[_Nobody],
        topic: str,
        raw: bytes | None,
        retained: bool,
        now: Instant,
    ) -> None:
        if len(self.heard) < MAX_ANNOUNCEMENTS and raw is not None:
            self.heard[topic] = raw

    def look(self, listeners: Sequence[_Nobody], topic: str, raw: bytes | None) -> RawRead:
        return RawRead(topic, raw or b"", text=True)


@dataclass(slots=True)
class _Ear:
    """Implements ports.Inlet as far as it matters here: whether the broker is there."""

    up: bool = False
    trouble: str = ""

    def scan(self, scan: Scan) -> None: ...

    def discarded(self, connection: str, equipment: str | None, reason: str) -> None: ...

    def answering(self, equipment: str, answering: bool, reason: str) -> None:
        self.trouble = "" if answering else reason

    def link(self, connection: str, up: bool, reason: str, session: BrokerSession | None = None) -> None:
        self.up, self.trouble = self.up or up, reason

    async def safe(self) -> None:
        """At once: a guest's session ends with it, nothing is owed to anybody."""


async def discover(
    connection: str, settings: MqttConnectionSettings, clock: Clock, *, prefix: str, seconds: float
) -> Discovered:
    """Listen to `prefix`/# for so many seconds. `settings` are a guest's. Raises Transient when the broker was not there,
    or when it refuses to let us listen."""
    notebook, ear = _Notebook(prefix), _Ear()
    listening = MqttConnection(connection, settings, (), clock, hearing=notebook)
    task = asyncio.create_task(listening.run(ear))
    try:
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await listening.close()
    if not ear.up or (ear.trouble and not notebook.heard):
        raise Transient(f"{connection}: {ear.trouble or f'no broker in {seconds:g} s'}")
    found = [one for topic, raw in sorted(notebook.heard.items()) for one in entities(topic, raw)]
    return written(found, connection)
