"""The ends of the plant itself as targets of faults: `modbus` is the gateway that all its units stand behind."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from simulators.equipment.base import Equipment, NoArguments
from simulators.wire import faults as wire_faults
from simulators.wire.bus import Bus

MODBUS: Final = "modbus"


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
