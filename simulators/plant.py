"""The plant: all equipment under one clock, and the timeline of faults. No sockets here, no wall clock."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from simulators import fields, plantfile, timeline
from simulators.equipment.base import Equipment, Message, ModbusEquipment, MqttEquipment
from simulators.equipment.ends import ModbusEnd, MqttEnd
from simulators.kinds import KINDS
from simulators.plantfile import EquipmentSpec, PlantSpec
from simulators.timeline import Entry
from simulators.wire import faults as wire_faults
from simulators.wire.bus import Bus, Unit
from simulators.wire.framing import FRAMINGS

log = logging.getLogger(__name__)

_LONGEST_STEP = 1.0  # plant seconds; longer steps are cut so that the float relays see what happens between


class DrillError(ValueError):
    """A drill command that names something unknown."""


class Plant:
    """Stepped by the caller. `start` is the wall time at plant time 0; its local hour counts."""

    def __init__(self, spec: PlantSpec, start: datetime) -> None:
        self.spec = spec
        self.now = 0.0
        local = start.astimezone(ZoneInfo(spec.head.timezone))
        self._start_hour = local.hour + local.minute / 60 + local.second / 3600
        self.equipment = {item.id: _make(item, spec.head.seed) for item in spec.equipment}
        self.bus = Bus(self.units, FRAMINGS[spec.modbus.framing])
        self.modbus_end = ModbusEnd(self.bus)
        self.mqtt_end = MqttEnd()
        ends = (self.modbus_end, self.mqtt_end)
        self.targets: dict[str, Equipment] = {**self.equipment, **{end.id: end for end in ends}}
        self._entries: list[Entry] = list(spec.timeline)
        self._begin_at_zero()

    @classmethod
    def from_file(cls, path: Path, start: datetime) -> Plant:
        """Load a plant file; raises PlantError."""
        return cls(plantfile.load(path), start)

    @property
    def hour(self) -> float:
        """Local hour of the day in the plant, 0-24."""
        return (self._start_hour + self.now / 3600) % 24

    @property
    def units(self) -> dict[int, Unit]:
        """The Modbus units by number."""
        return {e.number: e.unit for e in self.equipment.values() if isinstance(e, ModbusEquipment)}

    @property
    def gateways(self) -> dict[str, list[MqttEquipment]]:
        """The MQTT devices by the gateway they speak through."""
        found: dict[str, list[MqttEquipment]] = {}
        for device in self._mqtt():
            found.setdefault(device.gateway, []).append(device)
        return found

    def step(self, dt: float) -> None:
        """Let `dt` plant seconds pass: faults begin and end on their second, physics in between."""
        until = self.now + dt
        while self.now < until:
            target = min(until, self.now + _LONGEST_STEP)
            for change in timeline.changes(self._entries, self.now, target):
                self._advance(change.at)
                self._apply(change)
            self._advance(target)

    def due(self, gateway: str, wall: datetime) -> list[Message]:
        """What the devices of a gateway have to say after the last step."""
        return [message for device in self.gateways[gateway] for message in device.speak(wall)]

    def inject(
        self, fault: str, target: str, arguments: Mapping[str, str], lasts: float | None = None
    ) -> None:
        """Begin a fault now, for `lasts` plant seconds or until cleared. Raises DrillError."""
        device = self._find(target)
        target = device.id
        if fault not in device.faults:
            raise DrillError(f"'{target}' has no fault '{fault}' (known: {', '.join(device.faults)})")
        if problem := wire_faults.cannot_happen(fault, self.bus.framing.name):
            raise DrillError(problem)
        try:
            built = fields.build(device.faults[fault], arguments)
        except ValueError as error:
            raise DrillError(str(error)) from error
        self._forget_drill(fault, target)
        if lasts is not None:
            self._entries.append(Entry(self.now, fault, target, built, lasts))
        self._begin(fault, target, built)

    def clear(self, fault: str, target: str) -> None:
        """End a fault now. Raises DrillError when it is not active."""
        device = self._find(target)
        target = device.id
        if fault not in device.active:
            raise DrillError(f"'{fault}' is not active on '{target}'")
        self._forget_drill(fault, target)
        self._end(fault, target)

    def active_faults(self) -> list[tuple[str, str]]:
        """(fault, target) of all faults that last now."""
        return [(fault, device.id) for device in self.targets.values() for fault in device.active]

    def _find(self, target: str) -> Equipment:
        """A target by its id, or a Modbus device by the number of its unit."""
        if target in self.targets:
            return self.targets[target]
        for device in self.equipment.values():
            if isinstance(device, ModbusEquipment) and str(device.number) == target:
                return device
        raise DrillError(f"unknown target '{target}' (known: {', '.join(self.targets)})")

    def _forget_drill(self, fault: str, target: str) -> None:
        """A drill's own end must not cut a later one short; the file's timeline stays as it is."""
        drills = self._entries[len(self.spec.timeline) :]
        kept = [entry for entry in drills if (entry.fault, entry.target) != (fault, target)]
        self._entries[len(self.spec.timeline) :] = kept

    def _begin_at_zero(self) -> None:
        """The timeline is asked for since < at: what stands at 0 s is there from the beginning."""
        for entry in self._entries:
            if entry.at == 0:
                self._begin(entry.fault, entry.target, entry.arguments)

    def _advance(self, until: float) -> None:
        dt, self.now = until - self.now, until
        for device in self.equipment.values():
            if isinstance(device, ModbusEquipment):
                device.advance(dt, self.hour)
            else:
                device.step(dt, self.hour)

    def _apply(self, change: timeline.Change) -> None:
        entry = change.entry
        if change.begins:
            self._begin(entry.fault, entry.target, entry.arguments)
        else:
            self._end(entry.fault, entry.target)

    def _begin(self, fault: str, target: str, arguments: object) -> None:
        log.info("%s begins on %s", fault, target)
        self.targets[target].inject(fault, arguments)

    def _end(self, fault: str, target: str) -> None:
        log.info("%s ends on %s", fault, target)
        self.targets[target].clear(fault)

    def _mqtt(self) -> Iterator[MqttEquipment]:
        return (device for device in self.equipment.values() if isinstance(device, MqttEquipment))


def _make(spec: EquipmentSpec, seed: int) -> ModbusEquipment | MqttEquipment:
    """Each device has its own random numbers, so that adding one does not change the others."""
    rng = random.Random(f"{seed}/{spec.id}")
    make: type = KINDS[spec.kind]
    device = make(spec.id, rng, spec.parameters)
    assert isinstance(device, ModbusEquipment | MqttEquipment)  # noqa: S101 - the table says so
    return device
