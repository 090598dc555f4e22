"""Where in a type the things stand that a driver speaks of."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.settings.problems import Mark
from monitor.settings.tree import Entries, find
from monitor.settings.types import EquipmentType


def place_of(where: str, equipment: str, made: EquipmentType, groups: Mapping[str, str]) -> Mark | None:
    """The place in a type that a driver names: an equipment.point, a filled pattern, or steps from the top."""
    if point := made.points.get(where.removeprefix(f"{equipment}.")):
        return point.mark
    for pattern, filled in groups.items():
        if where == filled:
            return made.group_marks[pattern]
    steps = [int(step) if step.isdecimal() else step for step in where.split(".")]
    return find(made.node, steps, key=True).mark if made.node.get(str(steps[0])) is not None else None


def field_at(made: EquipmentType, place: Mark | None, what: str) -> Mark | None:
    """The value of the field that `what` begins with, where the point at `place` has it."""
    points = made.node.get("points")
    if isinstance(points, Entries):
        for entry in points.entries.values():
            if entry.mark == place and isinstance(entry.node, Entries):
                name = what.partition(":")[0]
                return find(entry.node, [name]).mark if entry.node.get(name) is not None else None
    return None
