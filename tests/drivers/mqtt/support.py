"""A leak sensor and a lift as the loader would hand them over, an inlet that remembers, and a quick clock."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from drivers.mqtt.mapping import Binding, Mapped, bindings
from drivers.mqtt.payload import Discard, parse
from drivers.mqtt.settings import (
    MqttEquipmentSettings,
    MqttGroupSettings,
    MqttPointSettings,
    MqttTypeSettings,
)
from monitor.domain.instant import Instant
from monitor.domain.point import Point
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Plan, Scan
from monitor.domain.source import EquipmentSource, PointSource
from monitor.ports import BrokerSession

LIMIT = 256 * 1024
NOW = Instant(1_772_366_400.0, 5_000.0)  # 2026-03-01T12:00:00Z

LEAK: Mapping[str, Any] = {
    "{topic}": {
        "time": {"path": "last_seen", "as": "iso", "optional": True},
        "points": {
            "leak": {"path": "water_leak", "as": "bool"},
            "battery": {"path": "battery", "as": "number"},
            "link_quality": {"path": "linkquality", "as": "number"},
        },
    },
    "{topic}/availability": {
        "points": {"online": {"path": "state", "plain": True, "up": "online", "down": "offline"}}
    },
}
LIFT: Mapping[str, Any] = {
    "{topic}": {
        "time": {"path": "at", "as": "iso"},
        "points": {
            "floor": {"path": "floor", "as": "number"},
            "door": {"path": "door", "as": "text"},
            "trapped": {"path": "trapped", "as": "bool"},
        },
    },
}


def source(
    topics: Mapping[str, Any] = LEAK,
    id: str = "leak-1",
    topic: str | None = None,
    type_: Mapping[str, Any] | None = None,
    key: str | None = None,
    **names: str,
) -> EquipmentSource:
    """An equipment of these topics. Without `names` (vars) its topic is zigbee2mqtt/ID."""
    topic = topic or (None if names else f"zigbee2mqtt/{id}")
    sources = [
        PointSource(Point(id, key), MqttPointSettings.model_validate(fields), pattern)
        for pattern, group in topics.items()
        for key, fields in group["points"].items()
    ]
    return EquipmentSource(
        plan=Plan(id, tuple(one.point for one in sources)),
        sources=tuple(sources),
        settings=MqttEquipmentSettings(topic=topic, vars=names, key=key),
        type_settings=MqttTypeSettings.model_validate(type_ or {}),
        groups={
            pattern: MqttGroupSettings.model_validate({k: v for k, v in group.items() if k != "points"})
            for pattern, group in topics.items()
        },
    )


def one(fields: Mapping[str, Any], time: Mapping[str, Any] | None = None) -> Binding:
    """The binding of an equipment with the single point `p`."""
    group = {"points": {"p": dict(fields)}, **({"time": dict(time)} if time else {})}
    return bindings(source({"{topic}": group}))[0]


def hear(binding: Binding, payload: bytes, retained: bool = False, now: Instant = NOW) -> Mapped | Discard:
    """What one message says."""
    parsed = parse(payload, LIMIT)
    return parsed if isinstance(parsed, Discard) else binding.read(parsed, retained, now)


def said(mapped: Mapped | Discard) -> dict[str, Any]:
    """Key -> value of what a message touched; a bad or uncertain one as (value, quality)."""
    assert isinstance(mapped, Mapped), mapped
    return touched(mapped.scan) if mapped.scan is not None else {}


def touched(scan: Scan) -> dict[str, Any]:
    """As `said`, of a scan."""
    return {
        point.key: (value, scan.bad[i]) if i in scan.bad else value
        for i, (point, value) in enumerate(zip(scan.plan.points, scan.values, strict=True))
        if value is not ABSENT
    }


BAD = (None, Quality.DECODE_ERROR)
GONE = (None, Quality.SENTINEL)


class Remembering:
    """An inlet that keeps what it is given."""

    def __init__(self) -> None:
        self.scans: list[Scan] = []
        self.answers: list[tuple[str, bool, str]] = []
        self.links: list[tuple[bool, str]] = []
        self.discards: list[tuple[str | None, str]] = []
        self.sessions: list[BrokerSession | None] = []
        self.keeps = asyncio.Event()
        """Cleared where nothing taken becomes safe."""
        self.keeps.set()

    def scan(self, scan: Scan) -> None:
        self.scans.append(scan)

    def answering(self, equipment: str, answering: bool, reason: str) -> None:
        self.answers.append((equipment, answering, reason))

    def link(self, connection: str, up: bool, reason: str, session: BrokerSession | None = None) -> None:
        assert connection == "hub"
        self.links.append((up, reason))
        if up:
            self.sessions.append(session)

    def discarded(self, connection: str, equipment: str | None, reason: str) -> None:
        assert connection == "hub"
        self.discards.append((equipment, reason))

    async def safe(self) -> None:
        await self.keeps.wait()

    @property
    def up(self) -> bool:
        """Whether the link was last said to be up."""
        return bool(self.links) and self.links[-1][0]

    def values(self, key: str) -> list[Any]:
        """Everything that was said of one point, in order."""
        return [seen[key] for seen in map(touched, self.scans) if key in seen]


class QuickClock:
    """The machine's time, but no pause longer than 50 ms; the pauses that were wanted are kept."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def now(self) -> Instant:
        return Instant(time.time(), time.monotonic())

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(min(seconds, 0.05))


async def until(holds: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Wait for something that a real server brings about."""
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.01)
