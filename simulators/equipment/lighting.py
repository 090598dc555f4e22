"""Lighting zones of 120 lamps, told by a controller: one coil per lamp, or bits packed in words.

A bit of 1 means that the lamp works. It keeps its last figure while the zone is off.
"""

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from simulators import fields
from simulators.equipment.base import ModbusEquipment, NoArguments
from simulators.wire.bus import Unit
from simulators.wire.registers import RegisterBank, Table

LAMPS = 120


@dataclass(frozen=True, kw_only=True)
class ZoneParameters:
    """`hours` is when the zone is commanded on, `failed` how many lamps are dead from the beginning."""

    unit: int = fields.integer(1, 247)
    hours: str = fields.hours(default="always")
    failed: int = fields.integer(0, LAMPS, default=1)


@dataclass(frozen=True, kw_only=True)
class LampsFailed:
    """So many lamps die that at most `to` percent of the zone works."""

    to: float = fields.number(0, 100, default=92.0)


class LampZone(ModbusEquipment):
    """One zone; which lamps die is chosen by the seed."""

    parameters = ZoneParameters
    faults: ClassVar[Mapping[str, type[Any]]] = {
        "lamps_failed": LampsFailed,
        "commanded_off": NoArguments,
        **ModbusEquipment.faults_of_all,
    }

    def __init__(self, equipment_id: str, rng: random.Random, p: ZoneParameters) -> None:
        self.bank = RegisterBank()
        super().__init__(equipment_id, rng, p.unit, Unit(self.bank))
        self.p = p
        self.commanded = True
        self._order = rng.sample(range(LAMPS), LAMPS)
        self.working = [True] * LAMPS
        self._fail(p.failed)
        self.show()

    def step(self, dt: float, hour: float) -> None:
        self.commanded = fields.in_hours(self.p.hours, hour) and "commanded_off" not in self.active

    def inject(self, fault: str, arguments: Any) -> None:
        super().inject(fault, arguments)
        if isinstance(arguments, LampsFailed):
            self._fail(max(self.p.failed, LAMPS - int(LAMPS * arguments.to / 100)))

    def clear(self, fault: str) -> None:
        super().clear(fault)
        if fault == "lamps_failed":
            self._fail(self.p.failed)

    def _fail(self, count: int) -> None:
        dead = set(self._order[:count])
        self.working = [lamp not in dead for lamp in range(LAMPS)]

    def show(self) -> None:
        self.bank.words(Table.HOLDING, 0, [int(self.commanded)])
        self.show_lamps()

    @abstractmethod
    def show_lamps(self) -> None:
        """Write the lamps into the registers."""


class LampsOnCoils(LampZone):
    """Coils 0-119."""

    def show_lamps(self) -> None:
        self.bank.bits(Table.COIL, 0, self.working)


class LampsOnWords(LampZone):
    """Holding registers 1-8, lamp 1 in bit 0 of the first; the last eight bits are spare."""

    def show_lamps(self) -> None:
        words = [0] * 8
        for lamp, works in enumerate(self.working):
            words[lamp // 16] |= works << (lamp % 16)
        self.bank.words(Table.HOLDING, 1, words)
