"""One discovery message as entities: abbreviations written out, topics made whole, templates read. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from drivers.mqtt.discovery.template import NotUnderstood, Place, place

_SHORT = {
    "avty": "availability", "avty_mode": "availability_mode", "avty_t": "availability_topic",
    "avty_tpl": "availability_template", "cmps": "components", "dev": "device", "dev_cla": "device_class",
    "exp_aft": "expire_after", "obj_id": "object_id", "p": "platform", "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available", "pl_off": "payload_off", "pl_on": "payload_on", "stat_cla": "state_class",
    "stat_off": "state_off", "stat_on": "state_on", "stat_t": "state_topic", "t": "topic", "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement", "val_tpl": "value_template",
    "ids": "identifiers", "mf": "manufacturer", "mdl": "model",
}  # fmt: skip
"""Abbreviations of what is read here; the documentation lists many more, for commands and looks."""
_MEASURES = ("sensor", "binary_sensor", "switch", "number", "light", "valve", "siren", "fan", "humidifier")
"""Components with a state that is worth watching; their commands are nobody's business here."""
_TEXT_CLASSES = ("enum", "timestamp", "date")
_ON_OFF = ("binary_sensor", "switch", "light", "siren", "fan", "humidifier")


@dataclass(frozen=True, slots=True)
class Available:
    """A topic that says whether a device is there."""

    topic: str
    place: Place
    up: str
    down: str


@dataclass(frozen=True, slots=True)
class Entity:
    """One value of one device. `words` are what is sent for true and false; `expires` is in seconds; `numeric` is False for
    what nothing calls a number."""

    device: str
    device_name: str
    model: str
    name: str
    component: str
    topic: str
    place: Place
    object_id: str = ""
    device_class: str = ""
    unit: str = ""
    counter: bool = False
    numeric: bool = True
    words: tuple[str, str] | None = None
    expires: float | None = None
    available: tuple[Available, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """What was not understood, and why."""

    topic: str
    reason: str


def entities(topic: str, raw: bytes) -> Iterator[Entity | Left]:
    """All of one message, `PREFIX/COMPONENT/[NODE/]OBJECT/config`; empty for one that takes an entity back."""
    if not raw.strip():
        return
    try:
        content = _whole(json.loads(raw))
    except (ValueError, RecursionError):
        yield Left(topic, "no JSON object")
        return
    levels = topic.split("/")
    component, object_id = levels[1], levels[-2]
    if component != "device":
        yield from _one(topic, component, object_id, content)
        return
    parts = content.get("components")
    for key, part in parts.items() if isinstance(parts, Mapping) else ():
        if isinstance(part, Mapping) and "platform" in part:
            common = {k: v for k, v in content.items() if k != "components"}
            yield from _one(f"{topic} {key}", str(part["platform"]), str(key), {**common, **part})


def _one(topic: str, component: str, object_id: str, content: Mapping[str, Any]) -> Iterator[Entity | Left]:
    try:
        yield _entity(component, object_id, content)
    except NotUnderstood as error:
        yield Left(topic, str(error))


def _entity(component: str, object_id: str, content: Mapping[str, Any]) -> Entity:
    if component not in _MEASURES:
        raise NotUnderstood(f"{component}: nothing is measured")
    state = content.get("state_topic")
    if not isinstance(state, str) or not state:
        raise NotUnderstood(f"{component} without a state topic")
    if any(sign in state for sign in "+#"):
        raise NotUnderstood(f"state topic {state} with wildcards")
    device = content.get("device")
    device = device if isinstance(device, Mapping) else {}
    expires = content.get("expire_after")
    return Entity(
        device=_identity(device) or state,
        device_name=_text(device.get("name")) or _text(content.get("name")) or object_id,
        model=" ".join(filter(None, (_text(device.get("manufacturer")), _text(device.get("model"))))),
        name=_text(content.get("name")) or _text(content.get("device_class")) or object_id,
        component=component,
        topic=state,
        place=place(
            _text(content.get("value_template")) or _text(content.get("state_value_template")) or None
        ),
        object_id=object_id,
        device_class=_text(content.get("device_class")),
        unit=_text(content.get("unit_of_measurement")),
        counter=content.get("state_class") in ("total", "total_increasing"),
        numeric=_numeric(component, content),
        words=_words(component, content),
        expires=float(expires) if isinstance(expires, (int, float)) and expires > 0 else None,
        available=tuple(_available(content)),
    )


def _numeric(component: str, content: Mapping[str, Any]) -> bool:
    """A sensor is a number where it has a unit, a state class, or a class that is measured in numbers."""
    measured = _text(content.get("device_class")) not in ("", *_TEXT_CLASSES)
    return (
        component == "number"
        or measured
        or bool(content.get("unit_of_measurement") or content.get("state_class"))
    )


def _words(component: str, content: Mapping[str, Any]) -> tuple[str, str] | None:
    if component not in _ON_OFF:
        return None
    on = content.get("state_on", content.get("payload_on", "ON"))
    off = content.get("state_off", content.get("payload_off", "OFF"))
    if _word(on) == _word(off):
        raise NotUnderstood(f"{component}: {_word(on)} stands for on and for off")
    return _word(on), _word(off)


def _available(content: Mapping[str, Any]) -> Iterator[Available]:
    several = content.get("availability")
    if isinstance(several, list):
        if len(several) > 1 and content.get("availability_mode", "latest") == "any":
            raise NotUnderstood("availability_mode any: here all must say yes")
        for one in several:
            if isinstance(one, Mapping):
                yield _one_available(one, content, "value_template")
    elif isinstance(content.get("availability_topic"), str):
        yield _one_available(
            {**content, "topic": content["availability_topic"]}, content, "availability_template"
        )


def _one_available(one: Mapping[str, Any], content: Mapping[str, Any], template: str) -> Available:
    up = one.get("payload_available", content.get("payload_available", "online"))
    down = one.get("payload_not_available", content.get("payload_not_available", "offline"))
    return Available(
        str(one.get("topic", "")), place(_text(one.get(template)) or None), _word(up), _word(down)
    )


def _word(given: Any) -> str:
    return ("true" if given else "false") if isinstance(given, bool) else str(given)


def _text(given: Any) -> str:
    return given.strip() if isinstance(given, str) else ""


def _identity(device: Mapping[str, Any]) -> str:
    named = device.get("identifiers")
    if isinstance(named, list):
        return ",".join(map(str, named))
    return str(named) if named else ""


def _whole(content: Any, base: str = "") -> dict[str, Any]:
    """Keys written out and `~` filled in, at every depth that matters."""
    if not isinstance(content, Mapping):
        raise ValueError("no object")
    base = str(content.get("~", base))
    found: dict[str, Any] = {}
    for key, value in content.items():
        name = _SHORT.get(str(key), str(key))
        if name == "components" and isinstance(value, Mapping):
            value = {k: _whole(v, base) for k, v in value.items() if isinstance(v, Mapping)}
        elif isinstance(value, Mapping):
            value = _whole(value, base)
        elif isinstance(value, list):
            value = [_whole(one, base) if isinstance(one, Mapping) else one for one in value]
        elif isinstance(value, str) and base and name.endswith("topic"):
            value = (
                base + value[1:]
                if value.startswith("~")
                else value[:-1] + base
                if value.endswith("~")
                else value
            )
        found[name] = value
    return found


def _based(topic: str, base: str) -> str:
    """`~` at either end stands for the base topic."""
    if topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic
