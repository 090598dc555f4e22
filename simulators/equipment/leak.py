"""A battery leak sensor behind Zigbee2MQTT: it speaks when it gets wet or dry, and once in a long while.

When a sensor is silent for too long, the bridge (not the sensor) publishes that it is offline.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from simulators import fields
from simulators.equipment.base import Message, MqttEquipment, NoArguments, iso, to_json

BRIDGE = "zigbee2mqtt"


@dataclass(frozen=True, kw_only=True)
class LeakParameters:
    """`interval` is the time between two messages without news; `battery` is in percent.

    After `offline_after` of silence the bridge gives the sensor up.
    """

    topic: str = fields.text(rf"{BRIDGE}/[^+#/\s]+", like=f"{BRIDGE}/NAME")
    battery: int = fields.integer(0, 100, default=97)
    interval: float = fields.duration(60.0, low=0.1)
    offline_after: float = fields.duration(20.0, low=0.1)


@dataclass(frozen=True, kw_only=True)
class LowBattery:
    """The battery falls to this percentage."""

    to: int = fields.integer(0, 100, default=9)


class LeakSensor(MqttEquipment):
    """One sensor on the floor."""

    parameters = LeakParameters
    faults: ClassVar[Mapping[str, type[Any]]] = {
        "leak": NoArguments,
        "low_battery": LowBattery,
        **MqttEquipment.faults_of_all,
    }
    time_field = "last_seen"

    def __init__(self, equipment_id: str, rng: random.Random, p: LeakParameters) -> None:
        super().__init__(equipment_id, rng, p.topic, gateway=BRIDGE)
        self.p = p
        self.link = rng.randint(90, 180)
        self.online = True
        self._silence = 0.0
        self._until_message = rng.uniform(0, p.interval)
        self._told: dict[str, object] = {}
        self._told_online = True

    def step(self, dt: float, hour: float) -> None:
        self._until_message -= dt
        self._silence = self._silence + dt if "silent" in self.active else 0.0
        self.online = self._silence < self.p.offline_after

    def values(self) -> dict[str, object]:
        low = self.active.get("low_battery")
        return {
            "water_leak": "leak" in self.active,
            "battery": low.to if isinstance(low, LowBattery) else self.p.battery,
        }

    def due(self, wall: datetime) -> list[Message]:
        messages = []
        if self.online != self._told_online:
            messages.append(self._availability())
        if "silent" not in self.active and (self._until_message <= 0 or self.said() != self._told):
            messages.append(self._state(wall))
        return messages

    def greeting(self, wall: datetime) -> list[Message]:
        availability = self._availability()
        return [availability] if "silent" in self.active else [availability, self._state(wall)]

    def gateway_state(self, online: bool) -> Message:
        return _state_message(f"{BRIDGE}/bridge/state", online)

    def farewell(self) -> list[Message]:
        return [_state_message(f"{self.topic}/availability", online=False)]

    def clear(self, fault: str) -> None:
        super().clear(fault)
        if fault == "silent":  # it wakes up and reports
            self._until_message = 0.0

    def inject(self, fault: str, arguments: Any) -> None:
        super().inject(fault, arguments)
        if fault == "silent":
            self._silence = 0.0

    def _availability(self) -> Message:
        self._told_online = self.online
        return _state_message(f"{self.topic}/availability", self.online)

    def _state(self, wall: datetime) -> Message:
        self._told = self.said()
        self._until_message = self.p.interval
        quality = min(255, max(1, self.link + self.rng.randint(-8, 8)))
        return Message(self.topic, to_json({**self._told, "linkquality": quality, "last_seen": iso(wall)}))


def _state_message(topic: str, online: bool) -> Message:
    return Message(topic, to_json({"state": "online" if online else "offline"}), retain=True)
