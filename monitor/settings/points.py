"""The points of an equipment type: common fields here, the driver's own fields by the driver's model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.domain.point import Factor, Kind, Text
from monitor.domain.source import DriverSettings
from monitor.settings.checking import Context
from monitor.settings.messages import keys_of
from monitor.settings.problems import Mark
from monitor.settings.repeats import fill, texts, turns
from monitor.settings.shape.equipment import PointShape
from monitor.settings.tree import Entries, Entry, find, plain

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
    rollover: float | None
    factors: tuple[Factor, ...]
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
    each = turns(key, common.repeat, entry, context)
    if each is None:
        return
    data = {str(k): plain(e.node) for k, e in entry.node.entries.items() if k not in _COMMON}
    first: Any = None
    named = any(f"{{{name}}}" in text for name in common.repeat for text in texts(data))
    for index, turn in enumerate(each):
        if named or index == 0:
            settings = context.check(driver.point, entry.node, data=fill(data, turn), also=(*_COMMON, *own))
            first = first or settings
        else:
            settings = _at(first, index, entry, context)
        if settings is None:
            return
        name = fill(key, turn)
        if not re.fullmatch(r"[a-z0-9_]+", name):
            context.problems.add(entry.mark, f"`{name}` cannot be a point: small letters, digits and _ only")
            return
        stale = common.stale_after
        yield TypePoint(
            key=name,
            kind=common.kind or settings.default_kind(),
            unit=common.unit,
            label=fill(dict(common.label or {}), turn),
            range=common.range,
            stale_after=stale if stale is not None else _driver_stale(settings),
            own_stale=stale is not None,
            states=settings.states(),
            rollover=_in_unit(common.rollover, settings),
            factors=settings.factors() if hasattr(settings, "factors") else (),
            settings=settings,
            pattern=pattern,
            mark=entry.mark,
        )


def _in_unit(counts: float | None, settings: Any) -> float | None:
    """In the point's unit; the type gives what the device counts to, before any scale."""
    if counts is None or not hasattr(settings, "in_unit"):
        return counts
    value: float = settings.in_unit(counts)
    return value


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
