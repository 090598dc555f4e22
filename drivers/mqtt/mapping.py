"""One message as a partial scan of one equipment. Pure, never raises: the configuration is compiled before.

What a message does not speak of is left untouched (absent, unknown, null). What it says wrongly makes that one
point bad (`decode_error`) and no other.

A retained message is what the broker kept, not what the device says now (MQTT 5.0 section 3.3.1.3). With a source
time of its own that time decides how fresh it is; without one its values are `retained`, which is neither good nor
judged. Availability is the exception: it is a state that somebody keeps true (the broker by way of a last will), not
a measurement, so a retained one is believed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drivers.mqtt.payload import Discard, Odd, Payload
from drivers.mqtt.settings import MqttEquipmentSettings, MqttPointSettings, TimeSettings, canonical
from drivers.mqtt.topics import fill
from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Scan, Slot
from monitor.domain.source import EquipmentSource

MAX_TEXT = 1024
"""Characters of a text value; a longer one is a decode error."""
FUTURE_S = 300.0
"""A source time further ahead of our clock is not believed."""
EARLIEST = 946_684_800.0
"""2000-01-01: a clock that shows less was never set."""

_NUMBER = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_WORDS = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}


class Undecodable(Exception):
    """What was sent for this point is not a value of it."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """What one message said of one equipment: `scan` is None when it spoke of no point."""

    equipment: str
    scan: Scan | None = None
    answering: bool | None = None
    """What an availability point said, if the message had one."""


@dataclass(frozen=True, slots=True)
class _Field:
    """One point, ready to be found and decoded. `index` is its place in the plan."""

    index: int
    path: tuple[str, ...] | None
    plain: bool
    availability: bool
    decode: Callable[[Any], Value]


@dataclass(frozen=True, slots=True)
class Binding:
    """The messages of one topic filter as one equipment understands them."""

    source: EquipmentSource
    filter: str
    fields: tuple[_Field, ...]
    time: TimeSettings | None

    @property
    def believes_retained(self) -> bool:
        """Whether a retained message is worth asking for again after a broken connection."""
        timed = self.time is not None and not self.time.optional
        return timed or any(field.availability for field in self.fields)

    @property
    def only_availability(self) -> bool:
        """Whether these messages say nothing but that somebody is there or gone."""
        return all(field.availability for field in self.fields)

    def read(self, payload: Payload, retained: bool, now: Instant) -> Mapped | Discard:
        """What the message says. NOT_JSON when only JSON could have been understood."""
        if payload.json is Odd.MISSING and not any(field.plain for field in self.fields):
            return Discard.NOT_JSON
        at, doubt = self._time(payload, now)
        if retained and at is None:
            doubt = Quality.RETAINED
        values: list[Slot] = [ABSENT] * len(self.source.plan.points)
        bad: dict[int, Quality] = {}
        answering: bool | None = None
        for field in self.fields:
            raw = _find(payload, field)
            if raw is None or raw is Odd.MISSING:
                continue
            try:
                values[field.index] = value = field.decode(raw)
            except Undecodable:
                values[field.index], bad[field.index] = None, Quality.DECODE_ERROR
                continue
            if field.availability:
                answering = value is True
            elif doubt is not None:
                bad[field.index] = doubt
        if all(value is ABSENT for value in values):
            return Mapped(self.source.id)
        return Mapped(self.source.id, Scan(self.source.plan, tuple(values), now, bad, at), answering)

    def _time(self, payload: Payload, now: Instant) -> tuple[float | None, Quality | None]:
        """The device's own time if it can be believed, and otherwise what that means for the values."""
        if self.time is None:
            return None, None
        raw = payload.at(tuple(self.time.path.split(".")))
        if raw is None or raw is Odd.MISSING:
            return None, None if self.time.optional else Quality.CLOCK_SUSPECT
        at = _source_time(raw, self.time.as_)
        if at is None or not EARLIEST <= at <= now.wall + FUTURE_S:
            return None, Quality.CLOCK_SUSPECT
        return at, None


def bindings(source: EquipmentSource) -> tuple[Binding, ...]:
    """One equipment's configuration, compiled. Raises topics.PatternError."""
    settings: MqttEquipmentSettings = source.settings
    names = {"id": source.id, **settings.placeholders()}
    fields: dict[str, list[_Field]] = {}
    for index, point in enumerate(source.sources):
        fields.setdefault(point.group or "", []).append(_field(index, point.settings))
    return tuple(
        Binding(
            source=source,
            filter=fill(pattern, names),
            fields=tuple(found),
            time=source.groups[pattern].time if pattern in source.groups else None,
        )
        for pattern, found in fields.items()
    )


def _field(index: int, settings: MqttPointSettings) -> _Field:
    path = tuple(settings.path.split(".")) if settings.path is not None else None
    return _Field(index, path, settings.plain, settings.availability, _decoder(settings))


def _find(payload: Payload, field: _Field) -> Any:
    """The raw value: at its path where JSON with structure came, else, if `plain`, the payload itself."""
    structured = isinstance(payload.json, (dict, list))
    if field.path is not None and structured:
        return payload.at(field.path)
    if not field.plain:
        return Odd.MISSING
    if structured or payload.json is None or isinstance(payload.json, str):
        return payload.json
    return payload.text.strip()  # as it was written: 007 and 1.0 are texts as well


# Values


def _decoder(settings: MqttPointSettings) -> Callable[[Any], Value]:
    if settings.availability:
        words: Mapping[str, Value] = {str(settings.up): True, str(settings.down): False}
        return lambda raw: _named(words, raw)
    if settings.values:
        return lambda raw: _named(settings.values, raw)
    if settings.form == "number":
        scale, offset = settings.scale, settings.offset
        return lambda raw: _number(raw, scale, offset)
    return _bool if settings.form == "bool" else _text


def _named(words: Mapping[str, Value], raw: Any) -> Value:
    if not isinstance(raw, (bool, int, float, str)) or _huge(raw) or canonical(raw) not in words:
        raise Undecodable
    return words[canonical(raw)]


def _bool(raw: Any) -> Value:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, (int, float)) and raw in (0, 1):
        return bool(raw)
    if isinstance(raw, str) and raw.strip().lower() in _WORDS:
        return _WORDS[raw.strip().lower()]
    raise Undecodable


def _number(raw: Any, scale: float, offset: float) -> Value:
    if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
        raw = float(raw) if any(sign in raw for sign in ".eE") else int(raw)
    if isinstance(raw, bool) or not isinstance(raw, (int, float)) or _huge(raw):
        raise Undecodable
    value = raw if (scale, offset) == (1.0, 0.0) else raw * scale + offset
    if not math.isfinite(value):
        raise Undecodable
    return value


def _huge(raw: Any) -> bool:
    """An integer that no double holds exactly is not stored, and a double that is none is no number."""
    return (isinstance(raw, int) and abs(raw) > 2**53) or (isinstance(raw, float) and not math.isfinite(raw))


def _text(raw: Any) -> Value:
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and not _huge(raw):
        return str(raw)
    if not isinstance(raw, str) or len(raw) > MAX_TEXT or "\0" in raw or _half_a_sign(raw):
        raise Undecodable
    return raw


def _half_a_sign(text: str) -> bool:
    """JSON can spell one half of a surrogate pair, which no database or browser takes."""
    return any("\ud800" <= sign <= "\udfff" for sign in text)


# Times


def _source_time(raw: Any, form: str) -> float | None:
    """POSIX seconds, or None where it is no time. ISO 8601 without an offset is not: nobody knows which clock it shows."""
    if form == "iso":
        return _iso(raw)
    try:
        seconds = float(_number(raw, 1.0, 0.0))
    except Undecodable:
        return None
    return seconds / 1000.0 if form == "epoch_ms" else seconds


def _iso(raw: Any) -> float | None:
    if not isinstance(raw, str) or len(raw) > 64:
        return None
    try:
        moment = datetime.fromisoformat(raw.strip())
        return moment.timestamp() if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
