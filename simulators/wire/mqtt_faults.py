"""Every fault of what an MQTT device publishes, by its name: messages in, wrong messages out. Pure.

A distortion sees what the device would have said of its state in this step, often nothing, and says what leaves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from simulators import fields
from simulators.wire.faults.fault import NoArguments


@dataclass(frozen=True)
class Message:
    """One MQTT message to publish."""

    topic: str
    payload: bytes
    retain: bool = False


@dataclass(frozen=True)
class Speaker:
    """Whose messages they are: its state topic and the field that carries its time."""

    topic: str
    time_field: str


@dataclass(frozen=True, kw_only=True)
class Flood:
    """So many copies in each step of the plant (0.1 s)."""

    copies: int = fields.integer(1, 10000, default=100)


@dataclass(frozen=True, kw_only=True)
class Size:
    """Bytes that are added."""

    bytes: int = fields.integer(1, 10_000_000, default=300_000)


@dataclass(frozen=True, kw_only=True)
class Depth:
    """Brackets within brackets."""

    depth: int = fields.integer(1, 100_000, default=1000)


@dataclass(frozen=True, kw_only=True)
class By:
    """How far the device's clock is wrong."""

    by: float = fields.duration(3600.0, low=1.0)


Distortion = Callable[[Speaker, Sequence[Message]], Sequence[Message]]


@dataclass(frozen=True)
class MqttFault:
    """`make` gives a fresh distortion each time the fault begins."""

    name: str
    does: str
    make: Callable[[Any], Distortion]
    arguments: type[Any] = NoArguments


def to_json(values: Mapping[str, object]) -> bytes:
    """Compact JSON as UTF-8."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def _each(change: Callable[[Speaker, Message], Sequence[Message]]) -> Distortion:
    """Change the messages of the state; what is said of availability stays."""

    def distort(speaker: Speaker, messages: Sequence[Message]) -> Sequence[Message]:
        return [
            new
            for each in messages
            for new in (change(speaker, each) if each.topic == speaker.topic else (each,))
        ]

    return distort


def _values(change: Callable[[Speaker, dict[str, Any]], Mapping[str, object]]) -> Distortion:
    return _each(
        lambda speaker, message: (
            replace(message, payload=to_json(change(speaker, json.loads(message.payload)))),
        )
    )


def _bytes(change: Callable[[bytes], bytes]) -> Distortion:
    return _each(lambda speaker, message: (replace(message, payload=change(message.payload)),))


def _retained_copy(_: object) -> Distortion:
    def change(speaker: Speaker, message: Message) -> Sequence[Message]:
        values = {k: v for k, v in json.loads(message.payload).items() if k != speaker.time_field}
        return (replace(message, payload=to_json(values), retain=True),)

    return _each(change)


def _flood(arguments: Flood) -> Distortion:
    last: list[Message] = []

    def distort(speaker: Speaker, messages: Sequence[Message]) -> Sequence[Message]:
        last[:] = [each for each in messages if each.topic == speaker.topic][-1:] or last
        return [*messages, *(last * arguments.copies)]

    return distort


def _oversized(arguments: Size) -> Distortion:
    return _values(lambda speaker, values: {**values, "padding": "x" * arguments.bytes})


def _deep(arguments: Depth) -> Distortion:
    nested = b'"nested":' + b"[" * arguments.depth + b"]" * arguments.depth
    return _bytes(lambda payload: b"{" + nested + b"," + payload[1:])


def _null(speaker: Speaker, values: dict[str, Any]) -> Mapping[str, object]:
    return {name: value if name == speaker.time_field else None for name, value in values.items()}


def _wrong(value: object) -> object:
    match value:
        case bool():
            return "perhaps"
        case int() | float():
            return {"value": value}
    return [value]


def _wrong_types(speaker: Speaker, values: dict[str, Any]) -> Mapping[str, object]:
    return {name: value if name == speaker.time_field else _wrong(value) for name, value in values.items()}


def _clock(sign: int) -> Callable[[By], Distortion]:
    def make(arguments: By) -> Distortion:
        def change(speaker: Speaker, values: dict[str, Any]) -> Mapping[str, object]:
            told = datetime.fromisoformat(values[speaker.time_field])
            moved = (told + timedelta(seconds=sign * arguments.by)).isoformat(timespec="milliseconds")
            return {**values, speaker.time_field: moved.replace("+00:00", "Z")}

        return _values(change)

    return make


def _out_of_order(_: object) -> Distortion:
    held: list[Message] = []

    def change(speaker: Speaker, message: Message) -> Sequence[Message]:
        if not held:
            held.append(message)
            return ()
        return message, held.pop()

    return _each(change)


FAULTS: Final[dict[str, MqttFault]] = {
    fault.name: fault
    for fault in (
        MqttFault(
            "retained_copy", "messages without a time of their own, kept by the broker", _retained_copy
        ),
        MqttFault("flood", "`copies` of the last message in every step of 0.1 s", _flood, Flood),
        MqttFault("oversized", "`bytes` more in every message than anybody needs", _oversized, Size),
        MqttFault("deep_nesting", "brackets `depth` deep in every message", _deep, Depth),
        MqttFault("null_fields", "every value is null", lambda _: _values(_null)),
        MqttFault(
            "wrong_types",
            "a word for a bool, an object for a number, a list for a text",
            lambda _: _values(_wrong_types),
        ),
        MqttFault(
            "not_json", "messages break off in the middle", lambda _: _bytes(lambda p: p[: len(p) // 2])
        ),
        MqttFault(
            "not_utf8",
            "bytes that are no text in every message",
            lambda _: _bytes(lambda p: p[:1] + b'"\xff\xfe":1,' + p[1:]),
        ),
        MqttFault("clock_ahead", "the device's clock is fast `by` so much", _clock(1), By),
        MqttFault("clock_behind", "the device's clock is slow `by` so much", _clock(-1), By),
        MqttFault("duplicate_delivery", "every message comes twice", lambda _: _each(lambda s, m: (m, m))),
        MqttFault("out_of_order", "of two messages the newer comes first", _out_of_order),
    )
}
ARGUMENTS: Final[dict[str, type[Any]]] = {name: fault.arguments for name, fault in FAULTS.items()}
