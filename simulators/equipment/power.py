"""The distribution room: a three-phase meter, and a room unit with transformer, climate and breakers."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from simulators import fields
from simulators.equipment.base import ModbusEquipment, NoArguments
from simulators.equipment.load import load_of_hour
from simulators.wire.bus import Unit
from simulators.wire.registers import RegisterBank, Table

_PT100_BROKEN = 0x7FFF
BREAKERS = ("incomer_1", "incomer_2", "tie", *(f"feeder_{n}" for n in range(1, 13)))


@dataclass(frozen=True, kw_only=True)
class MeterParameters:
    """`peak` is the load in kW at the busiest hour, `voltage` the phase voltage."""

    unit: int = fields.integer(1, 247)
    peak: float = fields.number(0, 10000, default=320.0)
    voltage: float = fields.number(50, 400, default=231.0)
    energy: float = fields.number(0, 1e9, default=184_000.0)


@dataclass(frozen=True, kw_only=True)
class Undervoltage:
    """All phases fall to this voltage."""

    to: float = fields.number(0, 400, default=187.0)


class Meter(ModbusEquipment):
    """An Eastron SDM630: float32 input registers, at most 80 registers in one request."""

    parameters = MeterParameters
    faults: ClassVar[Mapping[str, type[Any]]] = {
        "undervoltage": Undervoltage,
        "phase_loss": NoArguments,
        **ModbusEquipment.faults_of_all,
    }

    def __init__(self, equipment_id: str, rng: random.Random, p: MeterParameters) -> None:
        self.bank = RegisterBank(max_registers=80)
        self.bank.reserve(Table.INPUT, 0, 90)
        self.bank.reserve(Table.INPUT, 342, 4)
        super().__init__(equipment_id, rng, p.unit, Unit(self.bank))
        self.p = p
        self.energy = p.energy
        self.voltages = [p.voltage] * 3
        self.powers = [0.0] * 3
        self.frequency = 50.0
        self.power_factor = 0.95
        self.step(0.0, 12.0)
        self.show()

    @property
    def power(self) -> float:
        """Total active power in W."""
        return sum(self.powers)

    def step(self, dt: float, hour: float) -> None:
        load = load_of_hour(hour)
        self.frequency = 50 + self.rng.uniform(-0.02, 0.02)
        self.power_factor = 0.93 + 0.04 * load + self.rng.uniform(-0.003, 0.003)
        self.voltages = [self._voltage(phase) for phase in range(3)]
        shares = (0.35, 0.33, 0.32)
        self.powers = [
            self.p.peak * 1000 * load * share * self.rng.uniform(0.98, 1.02) if volts > 20 else 0.0
            for share, volts in zip(shares, self.voltages, strict=True)
        ]
        self.energy += self.power / 1000 * dt / 3600

    def _voltage(self, phase: int) -> float:
        sag = self.active.get("undervoltage")
        if "phase_loss" in self.active and phase == 1:
            return self.rng.uniform(0, 4)
        volts = sag.to if isinstance(sag, Undervoltage) else self.p.voltage
        return float(volts + self.rng.uniform(-0.8, 0.8))

    def show(self) -> None:
        put = self.bank.float32
        apparent = [watts / self.power_factor for watts in self.powers]
        currents = [va / v if v > 20 else 0.0 for va, v in zip(apparent, self.voltages, strict=True)]
        reactive = [math.sqrt(va**2 - w**2) for va, w in zip(apparent, self.powers, strict=True)]
        rows = (self.voltages, currents, self.powers, apparent, reactive, [self.power_factor] * 3)
        for row, values in enumerate(rows):
            for phase, value in enumerate(values):
                put(Table.INPUT, 6 * row + 2 * phase, value)
        totals = {
            42: sum(self.voltages) / 3,
            46: sum(currents) / 3,
            48: sum(currents),
            52: self.power,
            56: sum(apparent),
            60: sum(reactive),
            62: self.power_factor,
            70: self.frequency,
            72: self.energy,
            342: self.energy,
        }
        for address, value in totals.items():
            put(Table.INPUT, address, value)


@dataclass(frozen=True, kw_only=True)
class RoomParameters:
    """`outdoor` is the mean outdoor temperature in degrees Celsius."""

    unit: int = fields.integer(1, 247)
    outdoor: float = fields.number(-30, 50, default=18.0)


@dataclass(frozen=True, kw_only=True)
class WindingHot:
    """The cooling fails and the windings drift to this temperature in degrees Celsius."""

    to: float = fields.number(0, 300, default=160.0)


@dataclass(frozen=True, kw_only=True)
class BreakerTrip:
    """Which breaker trips."""

    breaker: str = fields.choice(*BREAKERS, default="feeder_3")


class RoomUnit(ModbusEquipment):
    """Transformer windings, room climate, smoke, water in the trench, and two words of breaker bits."""

    parameters = RoomParameters
    faults: ClassVar[Mapping[str, type[Any]]] = {
        "breaker_trip": BreakerTrip,
        "winding_hot": WindingHot,
        "probe_broken": NoArguments,
        "smoke": NoArguments,
        "trench_water": NoArguments,
        **ModbusEquipment.faults_of_all,
    }

    def __init__(self, equipment_id: str, rng: random.Random, p: RoomParameters) -> None:
        self.bank = RegisterBank()
        super().__init__(equipment_id, rng, p.unit, Unit(self.bank))
        self.p = p
        self.room = p.outdoor + 6
        self.humidity = 55.0
        self.windings = [self.room + 40 + 3 * phase for phase in range(3)]
        self.fan = False
        self.show()

    @property
    def tripped(self) -> str | None:
        """The breaker that is tripped now."""
        trip = self.active.get("breaker_trip")
        return trip.breaker if isinstance(trip, BreakerTrip) else None

    def step(self, dt: float, hour: float) -> None:
        load = load_of_hour(hour)
        self.fan = self.room > (26 if self.fan else 30)
        daily = 4 * math.sin((hour - 9) / 24 * 2 * math.pi)
        self.room = _towards(self.room, self.p.outdoor + daily + 12 * load - 5 * self.fan, dt, 900)
        hot = self.active.get("winding_hot")
        for phase in range(3):
            target = hot.to if isinstance(hot, WindingHot) else self.room + 25 + 50 * load**2 + 3 * phase
            self.windings[phase] = _towards(self.windings[phase], target, dt, 45 if hot else 600)
        damp = 90.0 if "trench_water" in self.active else 58 - 8 * load
        self.humidity = _towards(self.humidity, damp, dt, 600)

    def show(self) -> None:
        temperatures = [*self.windings, self.room]
        words = [round(10 * (value + self.rng.uniform(-0.1, 0.1))) for value in temperatures]
        if "probe_broken" in self.active:
            words[0] = _PT100_BROKEN
        self.bank.words(Table.INPUT, 0, [*words, round(self.humidity * 10), 0, 0, 0, *self._breaker_words()])
        wet = "trench_water" in self.active
        self.bank.bits(Table.DISCRETE, 0, ["smoke" in self.active, wet, self.fan])

    def _breaker_words(self) -> tuple[int, int]:
        """Closed bits, then tripped bits; bit 15 of the second word says that some feeder tripped."""
        closed = trips = 0
        for bit, name in enumerate(BREAKERS):
            if name == self.tripped:
                trips |= 1 << bit | (1 << 15 if name.startswith("feeder") else 0)
            elif name != "tie":  # the tie stays open while both incomers stand
                closed |= 1 << bit
        return closed, trips


def _towards(value: float, target: float, dt: float, time_constant: float) -> float:
    """First-order lag; exact for any dt."""
    return target + (value - target) * math.exp(-dt / time_constant)
