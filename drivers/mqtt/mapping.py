"""One message as partial scans of one equipment. Pure, never raises: the configuration is compiled before.

What a message does not speak of is left untouched (absent, unknown, null). What it says wrongly makes that one
point bad (`decode_error`) and no other; a word or number that means "no value" makes it bad as well (`sentinel`).

A retained message is what the broker kept, not what the device says now (MQTT 5.0 section 3.3.1.3). With a source
time of its own that time decides how fresh it is; without one its values are `retained`, which is neither good nor
judged. Availability is the exception: it is a state that somebody keeps true (the broker by way of a last will), not
a measurement, so a retained one is believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from drivers.mqtt.equipment import MqttEquipmentSettings
from drivers.mqtt.paths import Path, PathError, filled, parse
from drivers.mqtt.payload import Discard, Odd, Payload, canonical
from drivers.mqtt.point import MqttGroupSettings, MqttPointSettings, MqttTypeSettings, TimeSettings
from drivers.mqtt.said import Mapped, Saying
from drivers.mqtt.times import Dated, dated
from drivers.mqtt.topics import fill
from drivers.mqtt.values import Decode, Unavailable, Undecodable, availability, boolean, decoder
from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.domain.source import EquipmentSource
from monitor.domain.sourceclock import SourceClock

MAX_SAMPLES = 1000
"""Samples in one message; a device that kept more sends them in several."""


@dataclass(frozen=True, slots=True)
class _Field:
    """One point, ready to be found and decoded. `index` is its place in the plan."""

    index: int
    paths: tuple[Path, ...]
    plain: bool
    availability: bool
    decode: Decode
    unless: tuple[Path, ...]
    time: Path | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where one point is looked for in one sample, what stands there (MISSING where nothing does), and what is wrong with it."""

    index: int
    raw: Any
    wrong: Quality | None
    sample: Payload
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """The messages of one topic filter as one equipment understands them."""

    source: EquipmentSource
    filter: str
    fields: tuple[_Field, ...]
    time: TimeSettings | None
    time_path: Path | None
    samples: Path | None

    @property
    def believes_retained(self) -> bool:
        """Whether a retained message is worth asking for again after a broken connection."""
        timed = self.time is not None and not self.time.optional
        return timed or any(field.availability for field in self.fields)

    @property
    def only_availability(self) -> bool:
        """Whether these messages say nothing but that somebody is there or gone."""
        return all(field.availability for field in self.fields)

    def read(
        self, payload: Payload, retained: bool, now: Instant, clock: SourceClock | None = None
    ) -> Mapped | Discard:
        """What the message says; `clock` is its equipment's, as known from
        the messages before. NOT_JSON when only JSON could have been understood."""
        if payload.json is Odd.MISSING and not any(field.plain for field in self.fields):
            return Discard.NOT_JSON
        samples = self._samples(payload)
        if len(samples) > MAX_SAMPLES:
            return Discard.TOO_MANY
        saying = Saying(self.source.plan, now, clock or SourceClock())
        for number, sample in enumerate(samples):
            self._hear(sample, number, retained, now, saying)
        return Mapped(self.source.id, saying.scans(), saying.answering)

    def places(self, payload: Payload) -> Iterator[Place]:
        """What stands where each point is looked for, in every sample: for people."""
        for sample in self._samples(payload):
            for field in self.fields:
                raw = _find(sample, field)
                wrong = None if raw is None or raw is Odd.MISSING else _decoded(raw, field, sample)[1]
                yield Place(field.index, raw, wrong, sample, field.paths)

    def _samples(self, payload: Payload) -> Sequence[Payload]:
        if self.samples is None:
            return (payload,)
        found = payload.at(self.samples)
        if found is None or isinstance(found, Odd):
            return ()
        return [_whole(one) for one in (found if isinstance(found, list) else [found])]

    def _hear(self, sample: Payload, number: int, retained: bool, now: Instant, saying: Saying) -> None:
        common = self._time(sample, self.time_path, now, saying.clock)
        for field in self.fields:
            raw = _find(sample, field)
            if raw is None or raw is Odd.MISSING:
                continue
            at, doubt = common if field.time is None else self._time(sample, field.time, now, saying.clock)
            if retained and at is None:
                doubt = Quality.RETAINED
            value, wrong = _decoded(raw, field, sample)
            if field.availability and wrong is None:
                doubt = None
                saying.answering = value is True and saying.answering is not False
            saying.put(at, number, field.index, value, wrong or doubt)

    def _time(self, sample: Payload, path: Path | None, now: Instant, clock: SourceClock) -> Dated:
        if self.time is None or path is None:
            return None, None
        return dated(sample.at(path), self.time, now, clock)


def _whole(sample: Any) -> Payload:
    return Payload(canonical(sample) if isinstance(sample, (bool, int, float, str)) else "", sample)


def _find(payload: Payload, field: _Field) -> Any:
    """The raw value: at the first of its paths that is there where JSON with structure came, else, if `plain`, the
    payload itself."""
    structured = payload.json.__class__ in (dict, list)
    if field.paths and structured:
        if len(field.paths) == 1:
            return payload.at(field.paths[0])
        for path in field.paths:
            found = payload.at(path)
            if found is not None and found is not Odd.MISSING:
                return found
        return Odd.MISSING
    if not field.plain:
        return Odd.MISSING
    if structured or payload.json is None or isinstance(payload.json, str):
        return payload.json
    return payload.text.strip()  # as it was written: 007 and 1.0 are texts as well


def _decoded(raw: Any, field: _Field, sample: Payload) -> tuple[Value | None, Quality | None]:
    """The value, or None and what is wrong with what stands there."""
    if field.unless and any(_true(sample.at(path)) for path in field.unless):
        return None, Quality.SENTINEL
    try:
        return field.decode(raw), None
    except Undecodable:
        return None, Quality.DECODE_ERROR
    except Unavailable:
        return None, Quality.SENTINEL


def _true(raw: Any) -> bool:
    try:
        return boolean(raw)
    except Undecodable:
        return False


# The configuration, compiled


def bindings(source: EquipmentSource) -> tuple[Binding, ...]:
    """One equipment's configuration, compiled.

    Raises topics.PatternError (`PATTERN: what is wrong`) and paths.PathError (`EQUIPMENT.POINT: what is wrong`, or the
    place in the type).
    """
    settings: MqttEquipmentSettings = source.settings
    kind: MqttTypeSettings = source.type_settings
    names = {"id": source.id, **kind.placeholders(), **settings.names()}
    groups: dict[str, dict[str, MqttPointSettings]] = {}
    for point in source.sources:
        groups.setdefault(point.group or "", {})[point.point.key] = point.settings
    declared = [
        _binding(source, pattern, source.groups.get(pattern), points, names, f"{source.id}.")
        for pattern, points in groups.items()
    ]
    return (*declared, *_also(source, kind, names))


def _also(source: EquipmentSource, kind: MqttTypeSettings, names: Mapping[str, str]) -> Iterator[Binding]:
    declared = {point.point.key: point.settings for point in source.sources}
    for number, group in enumerate(kind.also):
        for key, settings in group.points.items():
            if key not in declared:
                raise PathError(f"also.{number}.points.{key}: there is no point {key} under topics")
            if settings.form != declared[key].form or settings.states() != declared[key].states():
                raise PathError(f"also.{number}.points.{key}: {key} is {declared[key].form} under topics")
        yield _binding(source, group.topic, group, group.points, names, f"also.{number}.points.")


def _binding(
    source: EquipmentSource,
    pattern: str,
    group: MqttGroupSettings | None,
    points: Mapping[str, MqttPointSettings],
    names: Mapping[str, str],
    place: str,
) -> Binding:
    group = group or MqttGroupSettings()
    fields = []
    for key, point in points.items():
        with _placed(f"{place}{key}"):
            if point.time is not None and group.time is None:
                raise PathError("time: how it is written is said by the topic: time: {as: epoch_ms}")
            fields.append(_field(source.plan.index[key], point, names))
    with _placed(pattern):
        time = _compiled(group.time.path, names) if group.time is not None and group.time.path else None
        samples = _compiled(group.samples, names) if group.samples else None
    return Binding(source, fill(pattern, names), tuple(fields), group.time, time, samples)


@contextmanager
def _placed(place: str) -> Iterator[None]:
    """Names the place of a PathError that is raised within."""
    try:
        yield
    except PathError as error:
        raise PathError(f"{place}: {error}") from None


def _field(index: int, settings: MqttPointSettings, names: Mapping[str, str]) -> _Field:
    return _Field(
        index,
        tuple(_compiled(path, names) for path in settings.path),
        settings.plain,
        settings.availability,
        availability(str(settings.up), str(settings.down)) if settings.availability else decoder(settings),
        tuple(_compiled(path, names) for path in settings.unless),
        _compiled(settings.time, names) if settings.time else None,
    )


def _compiled(path: str, names: Mapping[str, str]) -> Path:
    return filled(parse(path), names)
