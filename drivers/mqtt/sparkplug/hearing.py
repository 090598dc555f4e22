"""From Sparkplug B messages to what the engine is told. Pure but for the rebirth request, which is off by default.

A metric is reported when it changes; that it still is what it was is vouched for by its node being alive, whose death
the broker tells as a last will. So a value does not grow old by itself, and a birth brings all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from drivers.mqtt.lateness import Lateness
from drivers.mqtt.payload import Discard
from drivers.mqtt.point import TimeSettings
from drivers.mqtt.presence import Presence
from drivers.mqtt.said import Saying
from drivers.mqtt.sparkplug.node import Heard, Ignored, Named, Node
from drivers.mqtt.sparkplug.payload import Metric, Odd, Payload, parse
from drivers.mqtt.sparkplug.protobuf import Malformed
from drivers.mqtt.sparkplug.settings import SparkplugEquipmentSettings
from drivers.mqtt.times import Dated, dated
from drivers.mqtt.topics import Topics
from drivers.mqtt.values import Decode, Unavailable, Undecodable, decoder
from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.domain.source import EquipmentSource
from monitor.domain.sourceclock import SourceClock
from monitor.ports import Inlet, RawRead

NAMESPACE = "spBv1.0"
KINDS = frozenset({"NBIRTH", "NDEATH", "NDATA", "DBIRTH", "DDEATH", "DDATA"})
"""Commands and STATE are other people's business."""
_TIME = TimeSettings.model_validate({"as": "epoch_ms", "optional": True})
_QUALITY = {0: Quality.SENTINEL, 500: Quality.STALE}
"""Codes of the property Quality (specification 6.4.17) that say that a value is none."""

Ask = Callable[[Any, str, str, Instant], None]
"""Ask a node (session, group, node) for its birth certificate."""


@dataclass(frozen=True, slots=True)
class SparkplugListener:
    """One equipment and its metrics. Implements hearing.Listener."""

    source: EquipmentSource
    metrics: Mapping[str, Sequence[tuple[int, Decode]]]
    believes_retained: bool = False
    only_availability: bool = False


class SparkplugHearing:
    """Implements drivers.mqtt.hearing.Hearing."""

    def __init__(
        self, connection: str, equipment: Iterable[EquipmentSource], max_payload: int, ask: Ask | None = None
    ) -> None:
        self.presence = Presence()
        self._connection = connection
        self._limit = max_payload
        self._ask = ask
        self._session: Any = None
        self._lateness = Lateness()
        self._clocks: defaultdict[tuple[str, str], SourceClock] = defaultdict(SourceClock)
        """A metric's time is its node's."""
        self._doubted: set[tuple[str, str]] = set()
        """Nodes that may have died without our noticing."""
        self._nodes: dict[tuple[str, str], Node] = {}
        self._listeners: dict[tuple[str, str], dict[str | None, list[SparkplugListener]]] = {}
        for source in equipment:
            at: SparkplugEquipmentSettings = source.settings
            self._nodes.setdefault((at.group, at.node), Node())
            devices = self._listeners.setdefault((at.group, at.node), {})
            devices.setdefault(at.device, []).append(_listener(source))

    @property
    def topics(self) -> Topics[SparkplugListener]:
        """All messages of every node that has equipment of ours: its births and deaths concern its devices as well."""
        return Topics(
            (f"{NAMESPACE}/{group}/+/{node}{below}", listener)
            for (group, node), devices in self._listeners.items()
            for listeners in devices.values()
            for listener in listeners
            for below in ("", "/+")
        )

    def connected(self, inlet: Inlet, session: Any, kept: bool, now: Instant) -> None:
        """We may have missed births and data, and, where the broker did not keep our session, deaths.

        A node whose death we may have missed is not called alive before it speaks again.
        """
        self._session = session
        for (group, name), node in self._nodes.items():
            if node.born and not kept:
                self._doubt(inlet, (group, name), "not heard since the connection to the broker was lost")
            if self._ask is not None:
                self._ask(session, group, name, now)

    def _doubt(self, inlet: Inlet, node: tuple[str, str], trouble: str) -> None:
        if trouble:
            self._doubted.add(node)
        elif node in self._doubted:
            self._doubted.discard(node)
        else:
            return
        for one in (one for devices in self._listeners[node].values() for one in devices):
            self.presence.answer(inlet, one.source.id, "silence", trouble)

    def hear(
        self,
        inlet: Inlet,
        listeners: Sequence[SparkplugListener],
        topic: str,
        raw: bytes | None,
        retained: bool,
        now: Instant,
    ) -> None:
        """One message of a node. Births are never retained (specification 4.1); what is, is somebody's mistake."""
        _, group, kind, name, *rest = topic.split("/")
        if kind not in KINDS:
            return
        device = rest[0] if rest else None
        if retained or raw is None or len(raw) > self._limit:
            inlet.discarded(self._connection, None, Ignored.RETAINED if retained else Discard.TOO_LONG)
            return
        try:
            payload = parse(raw)
        except Malformed:
            heard, payload = Heard(ignored=(Ignored.MALFORMED,)), Payload(None, None, ())
        else:
            heard = self._nodes[group, name].hear(kind, device, payload)
        self._tell(inlet, (group, name), device, heard, payload, now)
        if kind != "NDEATH" and Ignored.MALFORMED not in heard.ignored:
            self._doubt(inlet, (group, name), "")

    def look(self, listeners: Sequence[SparkplugListener], topic: str, raw: bytes | None) -> RawRead:
        """Its metrics by name, or by alias where it gives no names."""
        try:
            metrics = parse((raw or b"")[: self._limit]).metrics
        except Malformed:
            return RawRead(f"{topic} ({Ignored.MALFORMED})", raw or b"")
        told = ", ".join(
            f"{one.name or f'alias {one.alias}'}={one.value.value if isinstance(one.value, Odd) else one.value}"
            for one in metrics
        )
        return RawRead(topic, told.encode("utf-8", "replace"), text=True)

    def _tell(
        self,
        inlet: Inlet,
        node: tuple[str, str],
        device: str | None,
        heard: Heard,
        payload: Payload,
        now: Instant,
    ) -> None:
        mine = self._listeners[node].get(device, [])
        for reason in heard.ignored:
            inlet.discarded(self._connection, mine[0].source.id if len(mine) == 1 else None, reason)
        if heard.lost and self._ask is not None:
            self._ask(self._session, *node, now)
        if heard.alive is not None:
            self._alive(inlet, node, device, heard.alive)
        for one in mine:
            self._scan(inlet, one, heard.metrics, payload, now, self._clocks[node])

    def _alive(self, inlet: Inlet, node: tuple[str, str], device: str | None, alive: bool) -> None:
        """A node takes its devices with it, and a new life of it begins without them: each has a birth of its own."""
        for owner, listeners in self._listeners[node].items():
            if device is not None and owner != device:
                continue
            if owner == device:
                trouble = (
                    "" if alive else "its edge node has died" if device is None else "its edge node lost it"
                )
            else:
                trouble = "not yet born with its edge node" if alive else "its edge node has died"
            for one in listeners:
                self.presence.answer(inlet, one.source.id, "death", trouble)

    def _scan(
        self,
        inlet: Inlet,
        one: SparkplugListener,
        metrics: Sequence[Named],
        payload: Payload,
        now: Instant,
        clock: SourceClock,
    ) -> None:
        news, past = (Saying(one.source.plan, now, clock) for _ in range(2))
        for named in metrics:
            for index, decode in one.metrics.get(named.name, ()):
                value, wrong = _decoded(named.metric, decode)
                at, doubt = _dated(named.metric, payload, now, clock)
                (past if named.metric.historical else news).put(at, 0, index, value, wrong or doubt)
        for scan in past.scans():
            inlet.scan(replace(scan, historical=True))
        for scan in news.scans():
            for part in self._lateness.parts(scan):
                inlet.scan(part)


def _listener(source: EquipmentSource) -> SparkplugListener:
    metrics: dict[str, list[tuple[int, Decode]]] = {}
    for index, point in enumerate(source.sources):
        metrics.setdefault(point.settings.metric, []).append((index, decoder(point.settings)))
    return SparkplugListener(source, metrics)


def _dated(metric: Metric, payload: Payload, now: Instant, clock: SourceClock) -> Dated:
    return dated(metric.at if metric.at is not None else payload.at, _TIME, now, clock)


def _decoded(metric: Metric, decode: Decode) -> tuple[Value | None, Quality | None]:
    """The value, or None and what is wrong with it."""
    if metric.value is Odd.NULL:
        return None, Quality.SENTINEL
    if isinstance(metric.value, Odd):
        return None, Quality.DECODE_ERROR
    try:
        return decode(metric.value), _QUALITY.get(metric.quality) if metric.quality is not None else None
    except Undecodable:
        return None, Quality.DECODE_ERROR
    except Unavailable:
        return None, Quality.SENTINEL
