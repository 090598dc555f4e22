"""A site of one broker and one equipment, of YAML alone, read as the daemon reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import drivers.mqtt.settings
import drivers.mqtt.sparkplug.settings
from drivers.mqtt.hearing import JsonHearing
from monitor.domain.instant import Instant
from monitor.domain.source import EquipmentSource
from monitor.settings import ConfigurationError, load
from monitor.settings.site import Site
from tests.drivers.mqtt.support import LIMIT, NOW, Remembering, touched
from tests.settings.models import Simulated

CONFIG = Path(__file__).parents[3] / "config"
SITE = """\
site: {id: s, name: S, timezone: Asia/Shanghai}
connections:
  hub: {driver: mqtt, url: "mqtt://127.0.0.1:1883", client_id: s}
  edge: {driver: sparkplug, url: "mqtt://127.0.0.1:1883", client_id: s2, rebirth: true}
equipment:
"""


def drivers_of_mqtt() -> dict[str, Any]:
    """The drivers that speak MQTT, for the loader."""
    return {"mqtt": drivers.mqtt.settings.SETTINGS, "sparkplug": drivers.mqtt.sparkplug.settings.SETTINGS}


def read(directory: Path, equipment: str, type_: str | None = None) -> Site:
    """The site with this line of equipment, and this type in a file of its own. Raises ConfigurationError."""
    (directory / "types").mkdir(exist_ok=True)
    (directory / "site.yaml").write_text(f"{SITE}  - {equipment}\n", encoding="utf-8")
    if type_ is not None:
        (directory / "types" / "mine.yaml").write_text(type_, encoding="utf-8")
    return load(
        directory,
        drivers_of_mqtt(),
        {"simulated": Simulated},
        types=CONFIG / "types",
    )


def problems(directory: Path, equipment: str, type_: str | None = None) -> list[str]:
    """What is wrong with it, as `check` says it."""
    try:
        read(directory, equipment, type_)
    except ConfigurationError as error:
        return str(error).splitlines()
    return []


class Ears:
    """Hears messages as a connection does, without one: every binding whose filter fits, and what was made of it."""

    def __init__(self, source: EquipmentSource, now: Instant | None = None) -> None:
        self.now = now or NOW
        self.inlet = Remembering()
        self._hearing = JsonHearing("hub", [source], LIMIT)

    def hear(self, topic: str, payload: str | dict[str, Any], retained: bool = False) -> list[dict[str, Any]]:
        """What each scan touched that the message gave, in order."""
        raw = payload if isinstance(payload, str) else json.dumps(payload)
        before = len(self.inlet.scans)
        listeners = self._hearing.topics.find(topic)
        self._hearing.hear(self.inlet, listeners, topic, raw.encode(), retained, self.now)
        assert self.inlet.discards == []
        return [touched(scan) for scan in self.inlet.scans[before:]]

    @property
    def answers(self) -> list[bool]:
        """What was said of being there, in order."""
        return [answering for _, answering, _ in self.inlet.answers]
