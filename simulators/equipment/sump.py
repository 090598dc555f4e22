"""A sewage pit with two pumps: floats call the pumps, duty and standby change places after each run.

Registers (addresses on the wire): see docs/simulators.md.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from simulators import fields
from simulators.equipment.base import ModbusEquipment, NoArguments
from simulators.equipment.load import load_of_hour
from simulators.wire.bus import Unit
from simulators.wire.registers import RegisterBank, Table

_LOOP_BROKEN = 0x8000
_AUTO = 1


@dataclass(frozen=True, kw_only=True)
class PitParameters:
    """Levels in metres above the floor of the pit, flows in litres per second, area in square metres."""

    unit: int = fields.integer(1, 247)
    area: float = fields.number(0.1, 1000, default=3.0)
    depth: float = fields.number(0.5, 20, default=3.2)
    level: float = fields.number(0, 20, default=0.9)
    inflow: float = fields.number(0, 1000, default=8.0)
    pump_flow: float = fields.number(0, 1000, default=25.0)
    stop: float = fields.number(0, 20, default=0.5)
    start: float = fields.number(0, 20, default=1.2)
    second: float = fields.number(0, 20, default=1.8)
    overflow: float = fields.number(0, 20, default=2.6)

    def __post_init__(self) -> None:
        if not self.stop < self.start < self.second < self.overflow < self.depth:
            raise ValueError("the levels must rise: stop < start < second < overflow < depth")


@dataclass(frozen=True, kw_only=True)
class PumpFault:
    """Which pump's motor protection trips: the one on duty now, or by number."""

    pump: str = fields.choice("duty", "1", "2", default="duty")


@dataclass(frozen=True, kw_only=True)
class HighLevel:
    """A surge in litres per second, above what two pumps lift by default."""

    inflow: float = fields.number(0, 1000, default=90.0)


@dataclass(frozen=True, kw_only=True)
class NoLift:
    """Which pump turns without lifting water, as one that is blocked or full of air."""

    pump: str = fields.choice("1", "2", "both", default="both")


@dataclass(frozen=True, kw_only=True)
class WeldedContactor:
    """Which pump runs whether it is called or not."""

    pump: str = fields.choice("1", "2", default="1")


@dataclass
class Pump:
    """One pump. Called by the floats; it runs only without a fault, and for ever when its contactor is welded."""

    hours: float
    starts: int
    called: bool = False
    fault: bool = False
    welded: bool = False

    @property
    def running(self) -> bool:
        """Turning."""
        return (self.called or self.welded) and not self.fault


class SumpPit(ModbusEquipment):
    """The pit and its two pumps."""

    parameters = PitParameters
    faults: ClassVar[Mapping[str, type[Any]]] = {
        "pump_fault": PumpFault,
        "high_level": HighLevel,
        "probe_broken": NoArguments,
        "probe_stuck": NoArguments,
        "no_lift": NoLift,
        "run_without_call": WeldedContactor,
        **ModbusEquipment.faults_of_all,
    }

    def __init__(self, equipment_id: str, rng: random.Random, p: PitParameters) -> None:
        self.bank = RegisterBank()
        super().__init__(equipment_id, rng, p.unit, Unit(self.bank))
        self.p = p
        self.level = p.level
        self.pumps = [Pump(rng.uniform(900, 4000), rng.randint(2000, 9000)) for _ in range(2)]
        self.duty = 0
        self.demand = 0
        self.stuck_at = p.level
        self.show()

    def step(self, dt: float, hour: float) -> None:
        self._call_pumps()
        lifted = self.p.pump_flow * sum(map(self._lifts, (0, 1)))
        change = (self._inflow(hour) - lifted) / 1000 * dt / self.p.area
        self.level = min(max(self.level + change, 0.0), self.p.depth)
        for pump in self.pumps:
            pump.hours += dt / 3600 if pump.running else 0.0

    def _lifts(self, index: int) -> bool:
        idle = self.active.get("no_lift")
        blocked = isinstance(idle, NoLift) and idle.pump in ("both", str(index + 1))
        return self.pumps[index].running and not blocked

    def inject(self, fault: str, arguments: Any) -> None:
        super().inject(fault, arguments)
        if fault == "probe_stuck":
            self.stuck_at = self.level
        if isinstance(arguments, WeldedContactor):
            for index, pump in enumerate(self.pumps):
                pump.welded = arguments.pump == str(index + 1)
        if isinstance(arguments, PumpFault):
            tripped = self.duty if arguments.pump == "duty" else int(arguments.pump) - 1
            for index, pump in enumerate(self.pumps):
                pump.fault = index == tripped

    def clear(self, fault: str) -> None:
        super().clear(fault)
        if fault == "pump_fault":
            for pump in self.pumps:
                pump.fault = False
        if fault == "run_without_call":
            for pump in self.pumps:
                pump.welded = False

    def _inflow(self, hour: float) -> float:
        surge = self.active.get("high_level")
        if isinstance(surge, HighLevel):
            return surge.inflow
        return self.p.inflow * (0.6 + 0.6 * load_of_hour(hour)) * self.rng.uniform(0.9, 1.1)

    def _call_pumps(self) -> None:
        """The float relays: start and second only add, stop ends the run and changes the duty pump."""
        if self.level <= self.p.stop:
            if self.demand:
                self.duty = 1 - self.duty
            self.demand = 0
        elif self.level >= self.p.second:
            self.demand = 2
        elif self.level >= self.p.start:
            self.demand = max(self.demand, 1)
        order = [self.pumps[self.duty], self.pumps[1 - self.duty]]
        able = [pump for pump in order if not pump.fault]
        for pump in order:
            wanted = any(pump is chosen for chosen in able[: self.demand])
            pump.starts += wanted and not pump.called
            pump.called = wanted

    def show(self) -> None:
        seen = self.stuck_at if "probe_stuck" in self.active else self.level
        level = _LOOP_BROKEN if "probe_broken" in self.active else round(seen * 1000)
        amps = [round(self.rng.uniform(121, 127)) if pump.running else 0 for pump in self.pumps]
        self.bank.words(Table.INPUT, 0, [level, *amps, 0])
        for index, pump in enumerate(self.pumps):
            self.bank.uint32(Table.INPUT, 4 + 2 * index, int(pump.hours * 100))
            self.bank.uint32(Table.INPUT, 8 + 2 * index, pump.starts)
        floats = [self.level >= mark for mark in (self.p.stop, self.p.start, self.p.second, self.p.overflow)]
        bits = [pump.running for pump in self.pumps] + [pump.fault for pump in self.pumps]
        self.bank.bits(Table.DISCRETE, 0, [*floats, *bits, *(pump.called for pump in self.pumps)])
        self.bank.words(Table.HOLDING, 0, [self.duty + 1, _AUTO])
