"""Hostile MQTT payloads through the ready site's own mapping: whatever stands in a scan must stand in the message.

What a message says is read a second time here, from the equipment types' files and with plain JSON.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from drivers.mqtt.mapping import Binding, bindings
from drivers.mqtt.payload import Discard, parse
from monitor.catalogue import driver_settings, notifier_settings, shipped_site, shipped_types
from monitor.domain.instant import Instant
from monitor.domain.scan import ABSENT, Scan
from monitor.settings.loader import load

NOW = Instant(1_800_000_000.0, 1000.0)
LIMIT = 256 * 1024
_TRUE, _FALSE = ("true", "1", "on"), ("false", "0", "off")


@dataclass
class Heard:
    """What the payloads came to."""

    payloads: int = 0
    values: int = 0
    bad: int = 0
    discarded: int = 0
    invented: list[str] = field(default_factory=list)
    unread: int = 0
    """Good messages of which a value was not read."""
    crashes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Device:
    """One binding of the ready site, and what its type says of each point: path and form."""

    state: Binding
    points: Mapping[str, Mapping[str, Any]]

    def message(self, rng: random.Random) -> dict[str, Any]:
        made = {str(point["path"]): _value(point, rng) for point in self.points.values()}
        return {
            **made,
            "last_seen": "2027-01-15T07:59:59Z",
            "at": "2027-01-15T07:59:59Z",
            "other": rng.random(),
        }


def _devices() -> list[_Device]:
    site = load(shipped_site(), driver_settings(), notifier_settings(), types=shipped_types())
    found = []
    for id in ("lift-1", "leak-b1-01"):
        equipment = site.equipment[id]
        text = (shipped_types() / f"{equipment.type}.yaml").read_text(encoding="utf-8")
        points = yaml.safe_load(text)["topics"]["{topic}"]["points"]
        state = next(each for each in bindings(equipment.source) if not each.filter.endswith("availability"))
        found.append(_Device(state, points))
    return found


def _value(point: Mapping[str, Any], rng: random.Random) -> object:
    match point["as"]:
        case "bool":
            return rng.random() < 0.5
        case "number":
            return rng.randint(0, 100)
    return rng.choice(("open", "closed", "E31", ""))


_NASTY: tuple[object, ...] = (
    None, True, False, -1, 0, 1, 2, 2**53, 2**53 + 1, -(2**64), 10**400, 1e308, -1e308, math.nan, math.inf, -math.inf,
    0.1, "", " ", "on", "OFF", "TRUE", "1", "nan", "inf", "1e5", "1e999", "0x10", "１", "\u0000", "\ud800", "x" * 2000,
    [], {}, [1], {"value": 1}, [[[[]]]], "2027-01-15T07:59:59Z", "9" * 5000,
)  # fmt: skip


def _mutations(message: dict[str, Any], rng: random.Random) -> list[Callable[[], bytes]]:
    def raw() -> bytes:
        return json.dumps(message).encode()

    def replaced() -> bytes:
        changed = dict(message)
        for name in rng.sample(sorted(changed), rng.randint(1, len(changed))):
            changed[name] = rng.choice(_NASTY)
        return json.dumps(changed).encode()

    def doubled() -> bytes:
        name = rng.choice(sorted(message))
        return (
            b"{"
            + json.dumps(name).encode()
            + b":"
            + json.dumps(rng.choice(_NASTY)).encode()
            + b","
            + raw()[1:]
        )

    def bits() -> bytes:
        payload = bytearray(raw())
        for _ in range(rng.randint(1, 4)):
            payload[rng.randrange(len(payload))] ^= 1 << rng.randrange(8)
        return bytes(payload)

    def deep() -> bytes:
        depth = rng.choice((3, 31, 33, 1000, 20000))
        opened, closed = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
        return (
            b'{"deep":'
            + opened * depth
            + (b"1" + closed * depth if rng.random() < 0.7 else b"")
            + b","
            + raw()[1:]
        )

    return [
        replaced, replaced, replaced, doubled, bits, bits,
        deep,
        lambda: raw()[: rng.randrange(len(raw()))],
        lambda: raw() + rng.choice((b"}", b",", b"\x00", raw())),
        lambda: b"\xef\xbb\xbf" + raw(),
        lambda: raw().decode().encode("utf-16"),
        lambda: rng.randbytes(rng.randint(0, 200)),
        lambda: json.dumps([message, message]).encode(),
        lambda: json.dumps(rng.choice(_NASTY)).encode(),
        lambda: raw().replace(b":", b":" + rng.choice((b"-", b"0", b"1e", b"NaN ", b"+")), 1),
    ]  # fmt: skip


class Attack:
    """The mapping of two devices under fire."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"{seed}/mqtt")
        self.heard = Heard()
        self._devices = _devices()

    def run(self, payloads: int, each: Callable[[int], None] = lambda done: None) -> Heard:
        """Send so many; `each` hears now and then how many are done."""
        for number in range(payloads):
            device = self.rng.choice(self._devices)
            message = device.message(self.rng)
            clean = number % 8 == 0
            payload = (
                json.dumps(message).encode() if clean else self.rng.choice(_mutations(message, self.rng))()
            )
            self.heard.payloads += 1
            scan = self._hear(device, payload)
            if clean and (
                scan is None or scan.bad or any(value is ABSENT for value in self._of_state(device, scan))
            ):
                self.heard.unread += 1
            if number % 1000 == 0:
                each(number)
        return self.heard

    def _of_state(self, device: _Device, scan: Scan) -> list[object]:
        return [
            value for p, value in zip(scan.plan.points, scan.values, strict=True) if p.key in device.points
        ]

    def _hear(self, device: _Device, payload: bytes) -> Scan | None:
        try:
            parsed = parse(payload, LIMIT)
            said = (
                parsed
                if isinstance(parsed, Discard)
                else device.state.read(parsed, self.rng.random() < 0.2, NOW)
            )
        except Exception as error:  # noqa: BLE001 - whatever a stranger's bytes can cause is what is looked for
            self.heard.crashes.append(f"{error!r} of {payload[:200]!r}")
            return None
        scan = None if isinstance(said, Discard) else said.scan
        if scan is None:
            self.heard.discarded += 1
            return None
        self._judge(device, scan, payload)
        return scan

    def _judge(self, device: _Device, scan: Scan, payload: bytes) -> None:
        for at, (point, value) in enumerate(zip(scan.plan.points, scan.values, strict=True)):
            if value is ABSENT:
                continue
            if value is None:
                self.heard.bad += 1
                continue
            self.heard.values += 1
            if not _stands_in(payload, device.points[point.key], value):
                self.heard.invented.append(f"{point.key} {value!r} ({scan.bad.get(at)}) of {payload[:300]!r}")


def _stands_in(payload: bytes, point: Mapping[str, Any], value: object) -> bool:
    """Whether the message says this of the point, once and in a form that means it."""
    said: list[object] = []

    def keep(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        found["\0all"] = pairs
        return found

    try:
        top = json.loads(payload.decode("utf-8-sig"), object_pairs_hook=keep)
    except (ValueError, RecursionError):
        return False
    if isinstance(top, dict):
        said = [raw for name, raw in top["\0all"] if name == point["path"]]
    return len(said) == 1 and _means(said[0], value)


def _means(raw: object, value: object) -> bool:
    word = str(raw).strip().lower()
    if isinstance(value, bool):
        return isinstance(raw, bool | int | float | str) and (
            word in (_TRUE if value else _FALSE) or raw == value
        )
    if isinstance(value, int | float):
        return not isinstance(raw, bool) and isinstance(raw, int | float | str) and _number(raw) == value
    return raw == value or (isinstance(raw, int | float) and str(raw) == value)


def _number(raw: int | float | str) -> float | None:
    try:
        return float(raw)
    except (ValueError, OverflowError):
        return None
