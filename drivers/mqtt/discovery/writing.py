"""Announced entities as equipment types and a list of equipment, in YAML to be read, corrected and copied by a person. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from drivers.mqtt.discovery.announcement import Available, Entity, Left
from drivers.mqtt.paths import PathError, parse
from drivers.mqtt.topics import PatternError, fill
from drivers.mqtt.values import Undecodable, boolean

_SYSTEMS = {"moisture": "water", "smoke": "fire", "gas": "fire", "carbon_monoxide": "fire", "temperature": "climate",
            "humidity": "climate", "door": "security", "opening": "security", "power": "power", "energy": "power"}  # fmt: skip
_ALARMS = {
    "moisture": "{rule: leak, point: %s}",
    "smoke": "{rule: state, point: %s, is: true, on_delay: 0s, latching: true, priority: critical}",
    "gas": "{rule: state, point: %s, is: true, on_delay: 0s, latching: true, priority: critical}",
    "carbon_monoxide": "{rule: state, point: %s, is: true, on_delay: 0s, latching: true, priority: critical}",
}
"""What nobody would leave without an alarm; the others are the site's to decide."""


_TAKEN = ("orders", "self", "watchroom")
"""Ids that are Watchroom's own."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """Files by name (`types/NAME.yaml`, `equipment.yaml`), and what was left out."""

    files: dict[str, str] = field(default_factory=dict)
    left: tuple[Left, ...] = ()


def written(found: Iterable[Entity | Left], connection: str) -> Discovered:
    """One equipment for each device; devices whose types would be the same share one."""
    found = list(found)
    left = [one for one in found if isinstance(one, Left)]
    devices: dict[str, list[Entity]] = {}
    for one in found:
        if isinstance(one, Entity):
            devices.setdefault(one.device, []).append(one)
    shared = {
        topic
        for topic, count in Counter(_bridges(devices.values())).items()
        if count > 1 or "/bridge/" in topic
    }
    types: dict[str, str] = {}
    lines: list[str] = []
    ids = set(_TAKEN)
    for entities in devices.values():
        page = _Page(entities, shared, left)
        body = page.body()
        if not body:
            continue
        name = _type_name(page, body, types)
        own = _unique(_slug("-", entities[0].device_name, entities[0].device), ids, "-")
        lines.append(page.line(own, name, connection))
    files = {f"types/{name}.yaml": f"type: {name}\n{body}" for name, body in types.items()}
    files["equipment.yaml"] = _equipment(lines, left)
    return Discovered(files, tuple(left))


def _bridges(devices: Iterable[Sequence[Entity]]) -> Iterator[str]:
    """Availability topics, once for each device that has them."""
    for entities in devices:
        yield from {one.topic for entity in entities for one in entity.available}


def _type_name(page: _Page, body: str, types: dict[str, str]) -> str:
    for name, known in types.items():
        if known == body:
            return name
    name = _unique(_slug("-", page.title, page.entities[0].device), set(types), "-")
    types[name] = body
    return name


def _equipment(lines: Sequence[str], left: Sequence[Left]) -> str:
    head = [
        "# Announced by Home Assistant discovery. Read it through, then copy what you want into your configuration.",
        *(["# Not understood, and left out:"] if left else []),
        *(f"#   {_plain(one.topic)}: {_plain(one.reason)}" for one in left),
    ]
    return "\n".join([*head, "equipment:" if lines else "equipment: []", *lines]) + "\n"


@dataclass(slots=True)
class _Page:
    """One device."""

    entities: Sequence[Entity]
    shared: set[str]
    left: list[Left]
    title: str = ""
    base: str = ""

    def __post_init__(self) -> None:
        self.title = self.entities[0].model or self.entities[0].device_name
        self.base = _common([*(one.topic for one in self.entities), *(
            a.topic for one in self.entities for a in one.available if a.topic not in self.shared
        )])  # fmt: skip

    def body(self) -> str:
        """The type without its name; empty where nothing is left of it."""
        points: dict[str, list[str]] = {}
        alarms: list[str] = []
        keys: set[str] = set()
        for entity in self.entities:
            if not self._usable(entity):
                continue
            key = _unique(_slug("_", entity.name, entity.device_class, entity.object_id), keys, "_")
            points.setdefault(self._pattern(entity.topic), []).append(f"      {key}: {{{_point(entity)}}}")
            if entity.device_class in _ALARMS and entity.words is not None:
                alarms.append(f"  {key}: {_ALARMS[entity.device_class] % key}")
        if not points:
            return ""
        for available in self._availability():
            key = _unique("bridge" if available.topic in self.shared else "online", keys, "_")
            points.setdefault(self._pattern(available.topic), []).append(
                f"      {key}: {{{_presence(available)}}}"
            )
        lines = [
            f"title: {_quoted(self.title)}",
            "driver: mqtt",
            'source: "Home Assistant MQTT discovery, as announced by the device"',
            "topics:",
        ]
        for pattern, some in points.items():
            lines += [f"  {_quoted(pattern)}:", "    points:", *some]
        return "\n".join([*lines, *(["alarms:", *alarms] if alarms else ["alarms: {}"])]) + "\n"

    def line(self, id_: str, type_: str, connection: str) -> str:
        """The equipment's line."""
        system = next(
            (_SYSTEMS[e.device_class] for e in self.entities if e.device_class in _SYSTEMS), "other"
        )
        topic = f", topic: {_quoted(self.base)}" if self.base else ""
        name = _quoted(self.entities[0].device_name)
        return f"  - {{id: {id_}, type: {type_}, name: {name}, system: {system}, connection: {connection}{topic}}}"

    def _usable(self, entity: Entity) -> bool:
        try:
            fill(entity.topic, {})
            if entity.place.path:
                parse(entity.place.path)
        except (PatternError, PathError) as error:
            self.left.append(Left(entity.topic, str(error)))
            return False
        if entity.words is not None and (entity.place.scale, entity.place.offset) != (1.0, 0.0):
            self.left.append(Left(entity.topic, f"{entity.name}: a calculated truth value"))
            return False
        return True

    def _availability(self) -> list[Available]:
        """Each topic once. The same word for being there and being gone says nothing."""
        found = {one.topic: one for entity in self.entities for one in entity.available}
        return [one for one in found.values() if one.topic and one.up != one.down]

    def _pattern(self, topic: str) -> str:
        if self.base and topic == self.base:
            return "{topic}"
        return (
            "{topic}" + topic[len(self.base) :] if self.base and topic.startswith(f"{self.base}/") else topic
        )


def _point(entity: Entity) -> str:
    parts = [f"path: {_quoted(entity.place.path)}" if entity.place.path else "plain: true"]
    if entity.words is not None:
        parts += ["as: bool", *_words(entity.words)]
    elif not entity.numeric:
        parts.append("as: text")
    else:
        parts.append("as: number")
        parts += [f"scale: {entity.place.scale:.12g}"] if entity.place.scale != 1 else []
        parts += [f"offset: {entity.place.offset:.12g}"] if entity.place.offset else []
    parts += [f"unit: {_quoted(entity.unit[:16])}"] if entity.unit else []
    parts += ["kind: counter"] if entity.counter and "as: number" in parts else []
    parts += [f"stale_after: {entity.expires:g}s"] if entity.expires else []
    return ", ".join([*parts, f"label: {_quoted(entity.name)}"])


def _words(words: tuple[str, str]) -> list[str]:
    """`values`, unless everybody would read these words so."""
    try:
        if (boolean(words[0]), boolean(words[1])) == (True, False):
            return []
    except Undecodable:
        pass
    return [f"values: {{{_quoted(words[0])}: true, {_quoted(words[1])}: false}}"]


def _presence(one: Available) -> str:
    path = f"path: {_quoted(one.place.path)}, " if one.place.path else ""
    return f"{path}plain: true, up: {_quoted(one.up)}, down: {_quoted(one.down)}"


def _common(topics: Sequence[str]) -> str:
    """The levels with which all topics begin."""
    levels = [topic.split("/") for topic in topics]
    shared: list[str] = []
    for some in zip(*levels, strict=False):
        if len(set(some)) > 1:
            break
        shared.append(some[0])
    return "/".join(shared)


def _slug(joint: str, *names: str) -> str:
    """A key out of the first name that has letters or digits for one; 水 has none."""
    made = (re.sub(r"[^a-z0-9]+", joint, name.lower()).strip(joint) for name in names)
    return next(filter(None, made), "device")


def _unique(wanted: str, taken: set[str], joint: str) -> str:
    """`wanted`, or with a number behind it; remembered in `taken`."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}{joint}{number}"
    taken.add(name)
    return name


def _quoted(text: str) -> str:
    """A YAML text in double quotes, whose escapes are those of JSON; control characters of strangers stay escaped."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _plain(text: str) -> str:
    """For a comment: one line, nothing that could end it."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:300]
