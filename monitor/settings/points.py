"""The points of an equipment type: common fields here, the driver's own fields by the driver's model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from monitor.domain.point import Kind, Text
from monitor.domain.source import DriverSettings
from monitor.settings.checking import Context
from monitor.settings.messages import keys_of
from monitor.settings.problems import Mark
from monitor.settings.shape.equipment import PointShape
from monitor.settings.tree import Entries, Entry, find, plain

MAX_POINTS = 10_000
_COMMON = keys_of(PointShape)


@dataclass(frozen=True, slots=True)
class TypePoint:
    """One point as its type describes it, repeats written out. Times in seconds."""

    key: str
    kind: Kind
    unit: str
    label: Text
    range: tuple[float, float] | None
    stale_after: float | None
    """Its own, None for the equipment's."""
    own_stale: bool
    """The type's author set it: worth an alarm even where we poll."""
    states: Mapping[str, str]
    settings: Any
    pattern: str | None
    mark: Mark


def read_points(
    entries: Mapping[Any, Entry], pattern: str | None, driver: DriverSettings, context: Context
) -> Iterator[TypePoint]:
    """The points of one `points:` mapping, in order; those that are wrong are left out and reported."""
    for key, entry in entries.items():
        yield from _read_point(str(key), entry, pattern, driver, context)


def _read_point(
    key: str, entry: Entry, pattern: str | None, driver: DriverSettings, context: Context
) -> Iterator[TypePoint]:
    own = keys_of(driver.point)
    common = context.check(PointShape, entry.node, only=_COMMON)
    if not isinstance(entry.node, Entries) or common is None:
        if common is None and isinstance(entry.node, Entries):
            context.check(driver.point, entry.node, without=_COMMON, also=_COMMON)
        return
    turns = _turns(key, common.repeat, entry, context)
    if turns is None:
        return
    data = {str(k): plain(e.node) for k, e in entry.node.entries.items() if k not in _COMMON}
    first: Any = None
    named = any(f"{{{name}}}" in text for name in common.repeat for text in _texts(data))
    for index, turn in enumerate(turns):
        if named or index == 0:
            settings = context.check(driver.point, entry.node, data=_fill(data, turn), also=(*_COMMON, *own))
            first = first or settings
        else:
            settings = _at(first, index, entry, context)
        if settings is None:
            return
        name = _fill(key, turn)
        if not re.fullmatch(r"[a-z0-9_]+", name):
            context.problems.add(entry.mark, f"`{name}` cannot be a point: small letters, digits and _ only")
            return
        stale = common.stale_after
        yield TypePoint(
            key=name,
            kind=common.kind or settings.default_kind(),
            unit=common.unit,
            label=_fill(dict(common.label or {}), turn),
            range=common.range,
            stale_after=stale if stale is not None else _driver_stale(settings),
            own_stale=stale is not None,
            states=settings.states(),
            settings=settings,
            pattern=pattern,
            mark=entry.mark,
        )


def _driver_stale(settings: Any) -> float | None:
    """What the driver knows about how long such a value stays true, where it knows."""
    default = getattr(settings, "default_stale_after", None)
    seconds: float | None = default() if default else None
    return seconds


def _at(first: Any, index: int, entry: Entry, context: Context) -> Any:
    if not hasattr(first, "at"):
        context.problems.add(
            find(entry.node, ["repeat"]).mark, "points of this driver repeat by a {name} in their fields only"
        )
        return None
    try:
        return first.at(index)
    except ValueError as error:
        context.problems.add(find(entry.node, ["repeat"]).mark, str(error))
        return None


def _turns(
    key: str, repeat: Mapping[str, Any], entry: Entry, context: Context
) -> list[dict[str, str]] | None:
    """What each repeat variable is in each repetition, the last variable running fastest."""
    spans: list[range] = []
    for name, given in repeat.items():
        span = _span(given)
        if span is None:
            mark = find(entry.node, ["repeat", name]).mark
            context.problems.add(mark, f"expected first and last number, such as 1-120, not `{given}`")
            return None
        if f"{{{name}}}" not in key:
            mark = find(entry.node, ["repeat", name], key=True).mark
            context.problems.add(
                mark, f"`{{{name}}}` is missing in the point's name, so that all would be `{key}`"
            )
            return None
        spans.append(span)
    for name in re.findall(r"\{(\w*)\}", key):
        if name not in repeat:
            context.problems.add(
                entry.mark, f"`{{{name}}}` is not repeated: add repeat: {{{name or 'n'}: 1-8}}"
            )
            return None
    count = 1
    for span in spans:
        count *= len(span)
    if count > MAX_POINTS:
        mark = find(entry.node, ["repeat"]).mark
        context.problems.add(mark, f"{count} points are too many (at most {MAX_POINTS})")
        return None
    return [dict(zip(repeat, map(str, numbers), strict=True)) for numbers in product(*spans)]


def _span(given: Any) -> range | None:
    match = re.fullmatch(r"([0-9]{1,6})-([0-9]{1,6})", given) if isinstance(given, str) else None
    if match is None or int(match[1]) > int(match[2]):
        return None
    return range(int(match[1]), int(match[2]) + 1)


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for part in data.values() if isinstance(data, dict) else data:
            yield from _texts(part)


def _fill(data: Any, turn: Mapping[str, str]) -> Any:
    if not turn:
        return data
    if isinstance(data, str):
        for name, number in turn.items():
            data = data.replace(f"{{{name}}}", number)
        return data
    if isinstance(data, dict):
        return {key: _fill(part, turn) for key, part in data.items()}
    return [_fill(part, turn) for part in data] if isinstance(data, list) else data
