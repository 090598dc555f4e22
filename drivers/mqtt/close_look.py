"""For `watchroom probe`, pure: what stands in a message where each point is looked for, and what is odd about it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from drivers.mqtt.mapping import Binding, Place
from drivers.mqtt.paths import Path, Where
from drivers.mqtt.payload import Discard, Odd, Payload, canonical, parse
from drivers.mqtt.point import MqttPointSettings
from monitor.domain.reading import Quality
from monitor.ports import RawPoint, RawRead

_NAMES: Final = 12
"""So many names are listed where none is what was looked for."""
_MEASURE: Final = re.compile(r"\s*[-+]?\d+(?:\.\d+)?\s*(\D{1,32}?)\s*")


def look(listeners: Sequence[Binding], topic: str, raw: bytes | None, limit: int) -> RawRead:
    """One message: the last sample in which something stands counts for a point."""
    payload = Discard.TOO_LONG if raw is None else parse(raw, limit)
    if isinstance(payload, Discard):
        return RawRead(f"{topic} ({payload})", raw or b"", text=True)
    points: dict[str, RawPoint] = {}
    for binding in listeners:
        for place in binding.places(payload):
            key = binding.source.plan.points[place.index].key
            settings: MqttPointSettings = binding.source.sources[place.index].settings
            if place.raw is not Odd.MISSING:
                points[key] = RawPoint(
                    _written(place.raw), _odd(place, settings) or _untimed(binding, place.sample)
                )
            else:
                points.setdefault(key, RawPoint(b"", _lost(place)))
    return RawRead(topic, raw or b"", points, text=True)


def _written(raw: Any) -> bytes:
    """As it stands in the message, but for blanks and line ends."""
    return json.dumps(raw, ensure_ascii=False, default=lambda odd: odd.value).encode("utf-8", "replace")


def _odd(place: Place, settings: MqttPointSettings) -> str:
    """What could be written in the type, where no value can be made of what stands there."""
    raw = place.raw
    if raw is None:
        return "null: it stays as it was"
    if place.wrong is not Quality.DECODE_ERROR:
        return ""
    if isinstance(raw, Odd):
        return raw.value
    if isinstance(raw, dict | list):
        return f"the path must lead on{_inside(raw)}"
    if settings.availability:
        return f"neither `up: {settings.up}` nor `down: {settings.down}`"
    if settings.values:
        return "not among `values`"
    return _otherwise(raw, settings)


def _otherwise(raw: Any, settings: MqttPointSettings) -> str:
    if settings.bit is not None:
        return "no whole number"
    if settings.form == "bool":
        return "`bit`, or `values`?" if isinstance(raw, int | float) else "`values`?"
    if isinstance(raw, bool):
        return "`as: bool`?"
    measure = _MEASURE.fullmatch(raw) if isinstance(raw, str) and settings.form == "number" else None
    if measure:
        return f"`suffix: {json.dumps(measure[1], ensure_ascii=False)}`?"
    return "`as: text`, or `values`?" if isinstance(raw, str) and settings.form == "number" else ""


def _untimed(binding: Binding, sample: Payload) -> str:
    """A time that is promised and not there makes everything beside it suspect."""
    path, time = binding.time_path, binding.time
    if path is None or time is None or time.optional or sample.at(path) is not Odd.MISSING:
        return ""
    return f"time: {_astray(path, sample)}"


def _lost(place: Place) -> str:
    """Which step of the path leads nowhere."""
    if not place.paths:
        return "the message is no plain value"
    if not isinstance(place.sample.json, dict | list):
        return "the message is no JSON object: `plain: true`?"
    return _astray(place.paths[0], place.sample)


def _astray(path: Path, sample: Payload) -> str:
    here: Any = sample.json
    for end, step in enumerate(path):
        if sample.at(path[: end + 1]) is Odd.MISSING:
            return f"no {_named(step)} there{_instead(here, step)}"
        here = sample.at(path[: end + 1])
    return ""


def _named(step: str | Where) -> str:
    """One step, as it is written in a path."""
    return f"`[{'.'.join(step.path)}={step.value}]`" if isinstance(step, Where) else f"`{step}`"


def _instead(here: Any, step: str | Where) -> str:
    if isinstance(step, Where) and isinstance(here, list):
        words = [Payload("", one).at(step.path) for one in here]
        scalars = [word for word in words if isinstance(word, bool | int | float | str)]
        return _listed([canonical(word) for word in scalars]) or _inside(here)
    return _inside(here)


def _inside(here: Any) -> str:
    """What there is."""
    if isinstance(here, dict):
        return _listed(list(here)) or "; there is nothing"
    if isinstance(here, list):
        return f"; there is a list of {len(here)}"
    return (
        f"; there is {json.dumps(here, ensure_ascii=False)}"
        if isinstance(here, bool | int | float | str)
        else ""
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return f"; there is {', '.join(f'`{name}`' for name in names[:_NAMES])}{more}" if names else ""
