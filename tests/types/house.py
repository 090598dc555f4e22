"""A site with one equipment of a type, loaded as the daemon loads it, and what it makes of an example."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from drivers.modbus.unit import Unit
from drivers.mqtt.mapping import Mapped, bindings
from drivers.mqtt.payload import parse
from drivers.mqtt.topics import Topics
from monitor import catalogue
from monitor.domain.point import Point, Value
from monitor.domain.reading import Quality
from monitor.domain.rules import Verdict, judge
from monitor.domain.scan import ABSENT, Scan
from monitor.domain.source import EquipmentSource
from monitor.settings import load
from monitor.settings.site import Equipment
from tests.support.clock import VirtualClock
from tests.support.yaml_text import read_yaml
from tests.types.exchange import device

_CONNECTIONS = {
    "modbus": ({"driver": "modbus", "url": "tcp://127.0.0.1:1502"}, {"device_id": 1}),
    "mqtt": ({"driver": "mqtt", "url": "mqtt://127.0.0.1:1883", "client_id": "test"}, {"topic": "x"}),
}


def equipment(type_: str, own: Mapping[str, Any] | None = None) -> Equipment:
    """One equipment of a shipped type; `own` are its fields beside the type (`device_id`, `topic`, `set`)."""
    return _equipment(type_, json.dumps(own or {}))


@cache
def _equipment(type_: str, own: str) -> Equipment:
    driver = read_yaml(catalogue.shipped_types() / f"{type_}.yaml")["driver"]
    connection, fields = _CONNECTIONS[driver]
    one = {"id": "one", "type": type_, "name": "one", "connection": "line", **fields, **json.loads(own)}
    site = {
        "site": {"id": "here", "name": "here", "timezone": "Asia/Shanghai"},
        "journal": {"url": "sqlite:journal.db"},
        "historian": {"url": "sqlite:history.db"},
        "connections": {"line": connection},
        "equipment": [one],
    }
    with TemporaryDirectory() as name:
        (Path(name) / "site.yaml").write_text(json.dumps(site))
        loaded = load(
            Path(name),
            catalogue.driver_settings(),
            catalogue.notifier_settings(),
            types=catalogue.shipped_types(),
        )
    return loaded.equipment["one"]


@dataclass
class Picture:
    """What is believed of an equipment after an example. `values` has what is good, or uncertain."""

    points: tuple[Point, ...]
    values: dict[str, Value] = field(default_factory=dict)
    bad: dict[str, Quality] = field(default_factory=dict)
    answering: bool | None = True

    def take(self, scan: Scan) -> None:
        """A scan on top of what was there."""
        for index, point in enumerate(self.points):
            value = scan.values[index]
            if value is ABSENT:
                continue
            quality = scan.bad.get(index, _plausible(point, value))
            self.bad.pop(point.key, None)
            self.values.pop(point.key, None)
            if quality is not Quality.GOOD:
                self.bad[point.key] = quality
            if value is not None and not quality.bad:
                self.values[point.key] = value

    def read(self, key: str) -> tuple[Value | None, Quality]:
        """As a rule sees a point (monitor.domain.rules.View)."""
        value = self.values.get(key)
        quality = self.bad.get(key, Quality.GOOD if value is not None else Quality.NO_DATA)
        return value, quality


def _plausible(point: Point, value: Any) -> Quality:
    if point.range is None or isinstance(value, bool | str) or value is None:
        return Quality.GOOD
    low, high = point.range
    return Quality.GOOD if low <= value <= high else Quality.OUT_OF_RANGE


async def picture(source: EquipmentSource, example: Mapping[str, Any]) -> Picture:
    """What the driver makes of the example: registers and frames for Modbus, messages for MQTT."""
    seen = Picture(source.plan.points)
    clock = VirtualClock()
    if "messages" not in example:
        unit, link = Unit(source, clock, 1.0), device(example)
        for _ in range(
            4 if example.get("refuses") else 1
        ):  # finding a refused address may take several turns
            seen.take(await unit.read(link))
        return seen
    topics = Topics((binding.filter, binding) for binding in bindings(source))
    for message in example["messages"]:
        listeners = topics.find(message["topic"])
        assert listeners, f"nobody listens to {message['topic']}"
        text = json.dumps(message["json"]) if "json" in message else message["text"]
        payload = parse(text.encode(), 1 << 20)
        for binding in listeners:
            mapped = binding.read(payload, message.get("retained", False), clock.now())
            assert isinstance(mapped, Mapped), mapped
            for scan in mapped.scans:
                seen.take(scan)
            seen.answering = mapped.answering if mapped.answering is not None else seen.answering
    return seen


def raised(one: Equipment, seen: Picture) -> set[str]:
    """Rules whose condition holds, delays and consecutive reads left aside."""
    return {
        rule.id.removeprefix(f"{one.id}.")
        for rule in one.rules
        if judge(rule.condition, seen) is Verdict.TRUE
    }
