"""The ends of the plant itself as targets of faults: `modbus`, the gateway of all its units, and `mqtt`, its broker."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from simulators import fields
from simulators.equipment.base import Equipment, NoArguments
from simulators.wire import faults as wire_faults
from simulators.wire.bus import Bus

MODBUS: Final = "modbus"
MQTT: Final = "mqtt"


class ModbusEnd(Equipment):
    """The gateway of a bus. A fault of the wire is here a fault of every unit behind it."""

    parameters = NoArguments
    faults: ClassVar[Mapping[str, type[Any]]] = {"refuses_connections": NoArguments, **wire_faults.ARGUMENTS}

    def __init__(self, bus: Bus) -> None:
        super().__init__(MODBUS, random.Random(0))
        self._bus = bus

    @property
    def refusing(self) -> bool:
        """Nobody may connect, and nobody is connected."""
        return "refuses_connections" in self.active

    def step(self, dt: float, hour: float) -> None:
        """A gateway has no physics."""

    def inject(self, fault: str, arguments: Any) -> None:
        super().inject(fault, arguments)
        self._bus.behaviour = wire_faults.behaviour_of(self.active)

    def clear(self, fault: str) -> None:
        super().clear(fault)
        self._bus.behaviour = wire_faults.behaviour_of(self.active)


@dataclass(frozen=True, kw_only=True)
class ClientId:
    """The client id of whoever is disturbed."""

    client_id: str = fields.text(r"[!-~]{1,128}", like="a client id")


class MqttEnd(Equipment):
    """The broker. What it suffers is done by the simulation, which has started it."""

    parameters = NoArguments
    faults: ClassVar[Mapping[str, type[Any]]] = {
        "broker_restart": NoArguments,
        "session_lost": NoArguments,
        "client_id_stolen": ClientId,
    }

    def __init__(self) -> None:
        super().__init__(MQTT, random.Random(0))

    @property
    def away(self) -> bool:
        """The broker does not run."""
        return "broker_restart" in self.active or self.forgets

    @property
    def forgets(self) -> bool:
        """When it comes back, it knows of no session and no retained message."""
        return "session_lost" in self.active

    @property
    def stolen(self) -> str:
        """The client id that somebody else uses; empty when nobody does."""
        stolen = self.active.get("client_id_stolen")
        return stolen.client_id if isinstance(stolen, ClientId) else ""

    def step(self, dt: float, hour: float) -> None:
        """A broker has no physics."""
