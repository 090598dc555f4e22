"""A plant file: what stands in the plant, where it listens, and what goes wrong when."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from simulators import fields
from simulators.address import ADDRESS, MQTT_URL
from simulators.fields import FieldErrors
from simulators.kinds import ENDS, KINDS
from simulators.marked import Fields, Items, Marked, Place, PlantError, Problem, Text, read
from simulators.targets import Targets
from simulators.timeline import Entry
from simulators.wire.framing import FRAMINGS

T = TypeVar("T")

_SECTIONS = ("plant", "seed", "speed", "timezone", "modbus", "mqtt", "equipment", "timeline")
_IDENTITY_FIELDS = ("id", "kind")
_ENTRY_FIELDS = ("at", "fault", "target", "for", "every")


@dataclass(frozen=True, kw_only=True)
class Head:
    """The scalar settings. `speed` is plant seconds per real second."""

    plant: str = fields.text(r"[a-z0-9-]+", like="an id of a-z, 0-9 and -")
    seed: int = fields.integer(0, 2**63, default=1)
    speed: float = fields.number(0.001, 1000, default=1.0)
    timezone: str = fields.text(r"[\w+/-]+", default="UTC", like="a time zone such as Asia/Shanghai")


@dataclass(frozen=True, kw_only=True)
class ModbusSection:
    """Where the Modbus server listens; port 0 takes a free one. `framing` is mbap (Modbus TCP), or rtu or ascii over TCP.

    With `dial` the plant also dials in there like a 4G modem, says `registration`, and `heartbeat` every 10 s.
    """

    listen: str = fields.text(ADDRESS, default="127.0.0.1:5020", like="HOST:PORT")
    framing: str = fields.choice(*FRAMINGS, default="mbap")
    dial: str = fields.text(rf"({ADDRESS})?", default="", like="HOST:PORT")
    registration: str = fields.text(r"[ -~]{1,128}", default="DTU-0001", like="text of up to 128 signs")
    heartbeat: str = fields.text(r"[ -~]{0,128}", default="", like="text of up to 128 signs")


@dataclass(frozen=True, kw_only=True)
class MqttSection:
    """The broker to publish to."""

    url: str = fields.text(MQTT_URL, default="mqtt://127.0.0.1:1883", like="mqtt://HOST:PORT")


@dataclass(frozen=True)
class EquipmentSpec:
    """One device as described."""

    id: str
    kind: str
    parameters: Any


@dataclass(frozen=True)
class PlantSpec:
    """A whole plant file, checked."""

    head: Head
    modbus: ModbusSection
    mqtt_url: str
    equipment: tuple[EquipmentSpec, ...]
    timeline: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class _Identity:
    id: str = fields.text(r"[a-z0-9-]+", like="an id of a-z, 0-9 and -")
    kind: str = fields.choice(*KINDS)


@dataclass(frozen=True, kw_only=True)
class _When:
    at: float = fields.duration()
    fault: str = fields.text()
    target: str = fields.text()
    lasts: float = fields.duration(-1.0, low=0.001)
    every: float = fields.duration(-1.0, low=0.001)


def load(path: Path) -> PlantSpec:
    """Read and check a plant file; raises PlantError with every mistake as file:line:column."""
    return _Loader().load(read(path))


class _Loader:
    """Collects mistakes, so that one run shows them all."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def load(self, top: Fields) -> PlantSpec:
        for name in top.values.keys() - set(_SECTIONS):
            self._wrong(top.keys[name], f"unknown section '{name}' (known: {', '.join(_SECTIONS)})")
        head = self._head(top)
        modbus = self._section(ModbusSection, top, "modbus")
        mqtt = self._section(MqttSection, top, "mqtt")
        equipment = self._equipment(top)
        aims = [(spec.id, spec.kind, getattr(spec.parameters, "unit", None)) for spec in equipment]
        timeline = self._timeline(top, Targets(aims, "mbap" if modbus is None else modbus.framing))
        if self.problems or head is None or modbus is None or mqtt is None:
            raise PlantError(self.problems)
        return PlantSpec(head, modbus, mqtt.url, tuple(equipment), tuple(timeline))

    def _wrong(self, place: Place, message: str) -> None:
        self.problems.append(Problem(place, message))

    def _head(self, top: Fields) -> Head | None:
        names = [field.name for field in dataclasses.fields(Head)]
        head = self._build(Head, _only(top, names))
        if head is not None:
            try:
                ZoneInfo(head.timezone)
            except (KeyError, ValueError, OSError):
                self._wrong(top.values["timezone"].place, f"unknown time zone '{head.timezone}'")
        return head

    def _section(self, kind: type[T], top: Fields, name: str) -> T | None:
        section = top.values.get(name, Fields(top.place, {}, {}))
        if not isinstance(section, Fields):
            self._wrong(section.place, f"'{name}' must be a mapping")
            return None
        return self._build(kind, section)

    def _items(self, top: Fields, name: str) -> list[Fields]:
        found = top.values.get(name, Items(top.place, []))
        if not isinstance(found, Items):
            self._wrong(found.place, f"'{name}' must be a list")
            return []
        for item in found.items:
            if not isinstance(item, Fields):
                self._wrong(item.place, f"an entry of '{name}' must be a mapping")
        return [item for item in found.items if isinstance(item, Fields)]

    def _equipment(self, top: Fields) -> list[EquipmentSpec]:
        specs: list[EquipmentSpec] = []
        taken: dict[str, str] = {}
        for item in self._items(top, "equipment"):
            identity = self._build(_Identity, _only(item, _IDENTITY_FIELDS))
            if identity is None:
                continue
            parameters = self._rest(KINDS[identity.kind].parameters, item, _IDENTITY_FIELDS)
            if parameters is None:
                continue
            self._once(item, "id", identity.id, identity.id, taken)
            if identity.id in ENDS:
                self._wrong(
                    item.values["id"].place, f"'{identity.id}' is a target of its own and cannot be an id"
                )
            for name in ("unit", "topic"):
                self._once(item, name, getattr(parameters, name, None), identity.id, taken)
            specs.append(EquipmentSpec(identity.id, identity.kind, parameters))
        return specs

    def _once(self, item: Fields, name: str, value: object, owner: str, taken: dict[str, str]) -> None:
        """Ids, units and topics belong to one device each."""
        if value is None:
            return
        key = f"{name} {value}"
        if key in taken:
            self._wrong(item.values[name].place, f"{key} is already taken by '{taken[key]}'")
        taken[key] = owner

    def _timeline(self, top: Fields, targets: Targets) -> list[Entry]:
        entries = [self._entry(item, targets) for item in self._items(top, "timeline")]
        return [entry for entry in entries if entry is not None]

    def _entry(self, item: Fields, targets: Targets) -> Entry | None:
        own = _renamed(_only(item, _ENTRY_FIELDS), "for", "lasts")
        when = self._build(_When, own)
        if when is None:
            return None
        target = targets.find(when.target)
        if target is None:
            self._wrong(item.values["target"].place, targets.unknown(when.target))
            return None
        try:
            kind = targets.arguments(when.fault, target)
        except ValueError as error:
            self._wrong(item.values["fault"].place, str(error))
            return None
        arguments = self._rest(kind, item, _ENTRY_FIELDS)
        lasts = when.lasts if when.lasts > 0 else None
        every = when.every if when.every > 0 else None
        if every is not None and (lasts is None or lasts >= every):
            self._wrong(item.values["every"].place, "a repeated fault needs 'for:', shorter than 'every:'")
        return Entry(when.at, when.fault, target, arguments, lasts, every)

    def _rest(self, kind: type[T], item: Fields, beside: Sequence[str]) -> T | None:
        """The fields that depend on the kind of equipment or fault."""
        return self._build(kind, _without(item, beside), beside)

    def _build(self, kind: type[T], item: Fields, beside: Sequence[str] = ()) -> T | None:
        """A dataclass from a mapping of scalars; mistakes are noted at the value or the unknown key."""
        texts = {name: value.value for name, value in item.values.items() if isinstance(value, Text)}
        for name, value in item.values.items():
            if name not in texts:
                self._wrong(value.place, f"'{name}' must be a plain value")
        try:
            built = fields.build(kind, texts, beside)
        except FieldErrors as errors:
            for name, message in errors.by_field.items():
                self._wrong(_place_of(item, name, message), message)
            return None
        except ValueError as error:  # from __post_init__: the values do not fit together
            self._wrong(item.place, str(error))
            return None
        return built if len(texts) == len(item.values) else None


def _place_of(item: Fields, name: str, message: str) -> Place:
    if not name:
        return item.place
    return item.keys[name] if message.startswith("unknown field") else item.values[name].place


def _only(item: Fields, names: Sequence[str]) -> Fields:
    return _subset(item, {name: value for name, value in item.values.items() if name in names})


def _without(item: Fields, names: Sequence[str]) -> Fields:
    return _subset(item, {name: value for name, value in item.values.items() if name not in names})


def _subset(item: Fields, values: dict[str, Marked]) -> Fields:
    return Fields(item.place, values, {name: item.keys[name] for name in values})


def _renamed(item: Fields, old: str, new: str) -> Fields:
    """`for` is a word of Python and cannot name a dataclass field."""

    def name_of(name: str) -> str:
        return new if name == old else name

    values = {name_of(name): value for name, value in item.values.items()}
    return Fields(item.place, values, {name_of(name): place for name, place in item.keys.items()})
