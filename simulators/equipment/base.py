"""What all simulated equipment has: an id, its own random numbers, a step in time, and faults."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from simulators.wire import faults as wire_faults
from simulators.wire import mqtt_faults
from simulators.wire.bus import Unit
from simulators.wire.faults.fault import NoArguments
from simulators.wire.mqtt_faults import Distortion, Message, Speaker, to_json

__all__ = ["Equipment", "Message", "ModbusEquipment", "MqttEquipment", "NoArguments", "iso", "to_json"]


class Equipment(ABC):
    """One device. `faults` names what can go wrong and the arguments of each fault."""

    parameters: ClassVar[type[Any]]
    faults: ClassVar[Mapping[str, type[Any]]]

    def __init__(self, equipment_id: str, rng: random.Random) -> None:
        self.id = equipment_id
        self.rng = rng
        self.active: dict[str, Any] = {}

    @abstractmethod
    def step(self, dt: float, hour: float) -> None:
        """Let `dt` plant seconds pass, at this local hour of the day (0-24)."""

    def inject(self, fault: str, arguments: Any) -> None:
        """Begin a fault or change its arguments. The caller has checked that it is one of `faults`."""
        self.active.pop(fault, None)  # what begins again is the last that began
        self.active[fault] = arguments

    def clear(self, fault: str) -> None:
        """End a fault; harmless when it is not active."""
        self.active.pop(fault, None)


class ModbusEquipment(Equipment):
    """A device with registers. During `value_stuck` the physics goes on and the registers do not."""

    faults_of_all: ClassVar[Mapping[str, type[Any]]] = {
        **wire_faults.ARGUMENTS,
        "value_stuck": NoArguments,
    }

    def __init__(self, equipment_id: str, rng: random.Random, number: int, unit: Unit) -> None:
        super().__init__(equipment_id, rng)
        self.number = number
        self.unit = unit

    @abstractmethod
    def show(self) -> None:
        """Write the state into the registers."""

    def advance(self, dt: float, hour: float) -> None:
        """One step of the physics, then of the registers."""
        self.step(dt, hour)
        if "value_stuck" not in self.active:
            self.show()

    def inject(self, fault: str, arguments: Any) -> None:
        super().inject(fault, arguments)
        self._choose_behaviour(fault)

    def clear(self, fault: str) -> None:
        super().clear(fault)
        self._choose_behaviour(fault)

    def _choose_behaviour(self, fault: str) -> None:
        if fault in wire_faults.FAULTS:
            self.unit.behaviour = wire_faults.behaviour_of(self.active)


class MqttEquipment(Equipment):
    """A device that publishes. `gateway` names the MQTT client it speaks through.

    `silent` stops its messages; `value_stuck` repeats the last values with fresh times; `gateway_offline` takes its
    gateway from the broker without a word.
    """

    time_field: ClassVar[str]
    faults_of_all: ClassVar[Mapping[str, type[Any]]] = {
        "silent": NoArguments,
        "value_stuck": NoArguments,
        "gateway_offline": NoArguments,
        **mqtt_faults.ARGUMENTS,
    }

    def __init__(self, equipment_id: str, rng: random.Random, topic: str, gateway: str) -> None:
        super().__init__(equipment_id, rng)
        self.topic = topic
        self.gateway = gateway
        self._frozen: dict[str, object] | None = None
        self._distortions: dict[str, Distortion] = {}

    @abstractmethod
    def values(self) -> dict[str, object]:
        """The state as the fields of its message, without the time."""

    @abstractmethod
    def due(self, wall: datetime) -> list[Message]:
        """Messages that the steps since the last call made due; `wall` is the time they carry."""

    def speak(self, wall: datetime) -> list[Message]:
        """What is due, as the faults that last let it leave, in the order in which they began."""
        messages: Sequence[Message] = self.due(wall)
        for distort in self._distortions.values():
            messages = distort(Speaker(self.topic, self.time_field), messages)
        return list(messages)

    @abstractmethod
    def gateway_state(self, online: bool) -> Message:
        """How the gateway itself says that it is there; the offline form is its last will."""

    @abstractmethod
    def greeting(self, wall: datetime) -> list[Message]:
        """What this device adds when the gateway has connected."""

    def farewell(self) -> list[Message]:
        """What this device adds when the gateway stops in order."""
        return []

    def said(self) -> dict[str, object]:
        """The values as the device says them: frozen while `value_stuck` lasts."""
        return self._frozen if self._frozen is not None else self.values()

    def inject(self, fault: str, arguments: Any) -> None:
        if fault == "value_stuck" and self._frozen is None:
            self._frozen = self.values()
        if fault in mqtt_faults.FAULTS:
            self._distortions.pop(fault, None)
            self._distortions[fault] = mqtt_faults.FAULTS[fault].make(arguments)
        super().inject(fault, arguments)

    def clear(self, fault: str) -> None:
        super().clear(fault)
        self._distortions.pop(fault, None)
        if fault == "value_stuck":
            self._frozen = None


def iso(wall: datetime) -> str:
    """UTC with milliseconds and Z, as Zigbee2MQTT writes last_seen in ISO_8601 mode."""
    return wall.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
