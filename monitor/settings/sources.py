"""An equipment as its driver is told of it: made of its type, tried with the driver, shared where equipment is alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.domain.point import Point
from monitor.domain.pointset import Points
from monitor.domain.scan import Plan
from monitor.domain.source import EquipmentSource, Sources
from monitor.settings import patterns
from monitor.settings.checking import Context
from monitor.settings.messages import keys_of
from monitor.settings.places import field_at, place_of
from monitor.settings.points import TypePoint
from monitor.settings.problems import Mark
from monitor.settings.shape.equipment import EquipmentShape
from monitor.settings.tree import Entries, find
from monitor.settings.types import EquipmentType

PUSHED_STALE_AFTER = 3600.0
POLLED_STALE_AFTER = 10.0


@dataclass(frozen=True, slots=True)
class Alike:
    """What all equipment of a type shares of its points, as long as they are believed equally long."""

    shape: tuple[Point, ...]
    settings: tuple[Any, ...]
    patterns: tuple[str | None, ...]

    @classmethod
    def of(cls, made: EquipmentType, stale_after: float) -> Alike:
        """`stale_after` in seconds, for points that have no limit of their own."""
        points = made.points.values()
        return cls(
            tuple(_point(point, stale_after) for point in points),
            tuple(point.settings for point in points),
            tuple(point.pattern for point in points),
        )


@dataclass(slots=True)
class SourceMaker:
    """Makes the sources of all equipment; what types share is made once."""

    context: Context
    _alike: dict[tuple[str, float], Alike] = field(default_factory=dict)

    def make(
        self, shape: EquipmentShape, made: EquipmentType, settings: Any, interval: float, node: Entries
    ) -> EquipmentSource | None:
        groups = self._fill(made, settings, node)
        if groups is None:
            return None
        default = shape.stale_after or made.stale_after
        if default is None:
            default = self.context.drivers[made.driver].stale_after
        if default is None:
            default = max(3 * interval, POLLED_STALE_AFTER) if made.polled else PUSHED_STALE_AFTER
        alike = self._alike_of(made, default)
        shortest = min((point.stale_after for point in alike.shape), default=interval)
        if made.polled and shortest < interval:
            mark = find(node, ["interval"]).mark
            self.context.problems.add(
                mark,
                f"values would always be stale: they are believed for {shortest:g} s and read every {interval:g} s",
            )
        points = Points(shape.id, alike.shape)
        source = EquipmentSource(
            plan=Plan(shape.id, points),
            sources=Sources(points, alike.settings, alike.patterns, groups),
            settings=settings,
            type_settings=made.settings,
            groups={groups[pattern]: group for pattern, group in made.groups.items()},
            interval=interval,
            polled=made.polled,
            probe=made.probe,
        )
        self._try(source, made, groups, find(node, ["type"]).mark)
        return source

    def _alike_of(self, made: EquipmentType, stale_after: float) -> Alike:
        key = (made.name, stale_after)
        if key not in self._alike:
            self._alike[key] = Alike.of(made, stale_after)
        return self._alike[key]

    def _try(
        self, source: EquipmentSource, made: EquipmentType, groups: Mapping[str, str], mark: Mark
    ) -> None:
        """What only the driver can tell is told where the point stands in its type."""
        try:
            self.context.drivers[made.driver].trial(source)
        except ValueError as error:
            where, _, what = str(error).partition(": ")
            place = place_of(where, source.id, made, groups)
            self.context.problems.add(
                field_at(made, place, what) or place or mark, what if place else str(error)
            )

    def _fill(self, made: EquipmentType, settings: Any, node: Entries) -> dict[str, str] | None:
        """Each topic pattern with the equipment's own fields in it."""
        usual = patterns.fields_of(made.settings) if hasattr(made.settings, "placeholders") else {}
        fields = {"id": node.text("id") or "", **usual, **patterns.fields_of(settings)}
        filled: dict[str, str] = {}
        for pattern, mark in made.group_marks.items():
            missing = [name for name in patterns.placeholders(pattern) if name not in fields]
            if missing:
                self._missing(made, pattern, missing[0], settings, mark, node)
                return None
            filled[pattern] = patterns.filled(pattern, fields)
        twice = [pattern for pattern in filled if list(filled.values()).count(filled[pattern]) > 1]
        if twice:
            self.context.problems.add(
                find(node, ["id"]).mark,
                f"the patterns {' and '.join(twice)} of type {made.name} are the same here",
            )
            return None
        return filled

    def _missing(
        self, made: EquipmentType, pattern: str, name: str, settings: Any, mark: Mark, node: Entries
    ) -> None:
        known = keys_of(type(settings))
        if name in known or hasattr(settings, "placeholders"):
            self.context.problems.add(
                find(node, ["id"]).mark,
                f"type {made.name} listens to `{pattern}`: give this equipment its `{name}`",
            )
        else:
            self.context.unknown(mark, "field", name, known, f"in the pattern `{pattern}`")


def _point(point: TypePoint, stale_after: float) -> Point:
    return Point(
        equipment="",
        key=point.key,
        kind=point.kind,
        unit=point.unit,
        label=point.label,
        range=point.range,
        stale_after=stale_after if point.stale_after is None else point.stale_after,
        states=point.states,
        rollover=point.rollover,
        factors=point.factors,
    )
