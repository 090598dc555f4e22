"""A passenger lift behind an MQTT gateway: calls come, the car travels, the door opens and closes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from simulators import fields
from simulators.equipment.base import Message, MqttEquipment, iso, to_json
from simulators.equipment.load import load_of_hour

_PER_FLOOR = 2.5  # seconds of travel
_DOOR_TIME = 6.0  # seconds the door stands open


@dataclass(frozen=True, kw_only=True)
class LiftParameters:
    """`interval` is the time between two messages; floors count basements as negative numbers, without 0."""

    topic: str = fields.text(r"[^+#\s]+", like="a topic without wildcards")
    registration: str = fields.text(r"\d{20}", like="a registration code of 20 digits")
    lowest: int = fields.integer(-5, 1, default=-2)
    highest: int = fields.integer(2, 100, default=18)
    interval: float = fields.duration(3.0, low=0.1)


@dataclass(frozen=True, kw_only=True)
class LiftFault:
    """The car stands at its floor with this fault code of the controller."""

    code: str = fields.text(r"\w{1,8}", default="E12", like="a code of up to 8 letters and digits")


@dataclass(frozen=True, kw_only=True)
class TrappedPassenger:
    """The car stands between floors with somebody inside."""

    code: str = fields.text(r"\w{1,8}", default="E31", like="a code of up to 8 letters and digits")


class Lift(MqttEquipment):
    """One car."""

    parameters = LiftParameters
    faults: ClassVar[Mapping[str, type[Any]]] = {
        "trapped_passenger": TrappedPassenger,
        "lift_fault": LiftFault,
        **MqttEquipment.faults_of_all,
    }
    time_field = "at"

    def __init__(self, equipment_id: str, rng: random.Random, p: LiftParameters) -> None:
        super().__init__(equipment_id, rng, p.topic, gateway=p.topic)
        self.p = p
        self.position = 1.0 if p.lowest < 1 else float(p.lowest)
        self.target: int | None = None
        self.door_open_for = 0.0
        self._until_message = 0.0
        self._changed = False

    @property
    def stopped(self) -> bool:
        """Standing because of a fault."""
        return "trapped_passenger" in self.active or "lift_fault" in self.active

    @property
    def floor(self) -> int:
        """The floor shown in the car: there is no floor 0."""
        nearest = round(self.position)
        return nearest if nearest > 0 else nearest - 1

    def step(self, dt: float, hour: float) -> None:
        self._until_message -= dt
        if self.stopped:
            return
        if self.door_open_for > 0:
            self.door_open_for = max(0.0, self.door_open_for - dt)
        elif self.target is not None:
            self._travel(dt)
        elif self.rng.random() < dt * (0.02 + 0.15 * load_of_hour(hour)):
            self.target = self.rng.randint(self._bottom, self.p.highest)

    @property
    def _bottom(self) -> int:
        """The lowest position: basements follow 1 without a gap."""
        return self.p.lowest + 1 if self.p.lowest < 0 else max(self.p.lowest, 1)

    def _travel(self, dt: float) -> None:
        assert self.target is not None  # noqa: S101 - the caller asked for it
        reach = dt / _PER_FLOOR
        way = self.target - self.position
        if abs(way) > reach:
            self.position += reach if way > 0 else -reach
            return
        self.position = float(self.target)
        self.target = None
        self.door_open_for = _DOOR_TIME

    def inject(self, fault: str, arguments: Any) -> None:
        super().inject(fault, arguments)
        if fault == "trapped_passenger":  # the door is shut and the car between two floors
            self.door_open_for = 0.0
            self.position = min(self.position, self.p.highest - 1) // 1 + 0.4
        self._changed = True

    def clear(self, fault: str) -> None:
        super().clear(fault)
        if fault == "trapped_passenger":  # levelled by the rescuers, the door opened
            self.position, self.target, self.door_open_for = float(round(self.position)), None, _DOOR_TIME
        self._changed = True

    def values(self) -> dict[str, object]:
        moving = self.target is not None and not self.stopped and self.door_open_for <= 0
        code = next((f.code for f in self.active.values() if isinstance(f, LiftFault | TrappedPassenger)), "")
        return {
            "registration": self.p.registration,
            "running": moving,
            "direction": self._direction() if moving else "none",
            "floor": self.floor,
            "door": "open" if self.door_open_for > 0 else "closed",
            "trapped": "trapped_passenger" in self.active,
            "fault": self.stopped,
            "fault_code": code,
        }

    def _direction(self) -> str:
        return "up" if self.target is not None and self.target > self.position else "down"

    def due(self, wall: datetime) -> list[Message]:
        if "silent" in self.active or not (self._changed or self._until_message <= 0):
            return []
        self._changed = False
        self._until_message = self.p.interval
        return [self._state(wall)]

    def greeting(self, wall: datetime) -> list[Message]:
        return [] if "silent" in self.active else [self._state(wall)]

    def gateway_state(self, online: bool) -> Message:
        return Message(f"{self.topic}/availability", b"online" if online else b"offline", retain=True)

    def _state(self, wall: datetime) -> Message:
        return Message(self.topic, to_json({**self.said(), "at": iso(wall)}))
