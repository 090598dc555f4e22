"""Equipment types: the shipped ones, and those that a site adds or puts in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.domain.point import Text
from monitor.domain.source import DriverSettings
from monitor.settings.checking import Context
from monitor.settings.files import yaml_files
from monitor.settings.messages import keys_of
from monitor.settings.points import TypePoint, read_points
from monitor.settings.problems import Mark
from monitor.settings.reader import read
from monitor.settings.shape.equipment import TypeShape
from monitor.settings.tree import Entries, Entry, find

_COMMON = keys_of(TypeShape)


@dataclass(frozen=True, slots=True)
class EquipmentType:
    """One type, checked. `groups` holds the driver's settings by topic pattern, as written."""

    name: str
    title: Text
    driver: str
    polled: bool
    settings: Any
    points: Mapping[str, TypePoint]
    groups: Mapping[str, Any]
    group_marks: Mapping[str, Mark]
    probe: str | None
    source: str
    unsure: tuple[Text, ...]
    stale_after: float | None
    alarms: Mapping[str, Entry]
    mark: Mark
    """Where its name stands."""
    node: Entries
    """As it was written."""


@dataclass(slots=True)
class Types:
    """Types by name. The shipped ones are read when they are asked for."""

    context: Context
    site: dict[str, EquipmentType | None] = field(default_factory=dict)
    """None for one that is wrong; its problems are reported."""
    shipped: dict[str, Path] = field(default_factory=dict)
    """Files of the types that come with the program; each bears its type's name."""
    _made: dict[str, EquipmentType | None] = field(default_factory=dict)
    _unreadable: set[str] = field(default_factory=set)

    def get(self, name: str, mark: Mark) -> EquipmentType | None:
        """The type called `name`; None, reported at `mark`, when there is none."""
        if name in self.site:
            return self.site[name]
        if name in self.shipped:
            if name not in self._made:
                self._made[name] = self._read_shipped(self.shipped[name])
            return self._made[name]
        if name not in self._unreadable:
            self.context.unknown(mark, "equipment type", name, [*self.site, *self.shipped])
        return None

    def read_site(self, directory: Path) -> None:
        """Read the types that stand beside the configuration."""
        seen: dict[str, Mark] = {}
        for root, path in self._site_roots(directory):
            name = root.text("type")
            if name is None:
                make_type(root, self.context)
                self._unreadable.add(path.stem)
                continue
            mark = root.entries["type"].node.mark
            if name in seen:
                self.context.problems.add(
                    mark, f"type `{name}` stands twice, first at {seen[name].file}:{seen[name].line}"
                )
                continue
            seen[name] = mark
            self.site[name] = made = make_type(root, self.context)
            self._give_hints(made)
            if name in self.shipped:
                self.context.notices.append(
                    f"{mark.file} replaces the type {name} that comes with the program"
                )

    def _give_hints(self, made: EquipmentType | None) -> None:
        """What a driver finds odd about a point, though it is allowed."""
        for point in made.points.values() if made else ():
            if hint := getattr(point.settings, "hint", lambda: None)():
                place = f"{point.mark.file}:{point.mark.line}"
                self.context.notices.append(f"{place}: point {point.key}: {hint}")

    def read_shipped(self, directory: Path) -> None:
        """Find the types that come with the program; they are read when they are asked for, there are many."""
        self.shipped.update({path.stem: path for path in yaml_files(directory)})

    def _read_shipped(self, path: Path) -> EquipmentType | None:
        root = read(path, str(path), self.context.problems)
        return make_type(root, self.context) if isinstance(root, Entries) else None

    def _site_roots(self, directory: Path) -> Iterator[tuple[Entries, Path]]:
        for path in yaml_files(directory):
            root = read(path, f"{directory.name}/{path.name}", self.context.problems)
            if isinstance(root, Entries):
                yield root, path
                continue
            self._unreadable.add(path.stem)
            if root is not None:
                self.context.problems.add(
                    root.mark, "expected an equipment type: type, title, driver, points, ..."
                )


def make_type(root: Entries, context: Context) -> EquipmentType | None:
    """One type from its file; None, with the reasons reported, when it cannot be used."""
    before = len(context.problems.found)
    driver_name = root.text("driver")
    driver = context.drivers.get(driver_name) if driver_name is not None else None
    if driver_name is not None and driver is None:
        context.unknown(root.entries["driver"].node.mark, "driver", driver_name, context.drivers)
    shape = context.check(TypeShape, root, only=_COMMON)
    if driver is None:
        return None
    where = driver.groups or "points"
    settings = context.check(driver.type_, root, without=(*_COMMON, where), also=(*_COMMON, where))
    made = _Points(driver, context)
    made.read(root, where)
    if shape is None or settings is None:
        return None
    if shape.probe is not None and shape.probe not in made.points and before == len(context.problems.found):
        context.unknown(find(root, ["probe"]).mark, "point", shape.probe, made.points)
    if len(context.problems.found) > before:
        return None
    alarms = root.get("alarms")
    return EquipmentType(
        name=shape.type,
        title=shape.title,
        driver=shape.driver,
        polled=driver.polled,
        settings=settings,
        points=made.points,
        groups=made.groups,
        group_marks=made.group_marks,
        probe=shape.probe,
        source=shape.source,
        unsure=tuple(shape.unsure),
        stale_after=shape.stale_after,
        alarms={str(k): e for k, e in alarms.entries.items()} if isinstance(alarms, Entries) else {},
        mark=root.entries["type"].node.mark,
        node=root,
    )


@dataclass(slots=True)
class _Points:
    driver: DriverSettings
    context: Context
    points: dict[str, TypePoint] = field(default_factory=dict)
    groups: dict[str, Any] = field(default_factory=dict)
    group_marks: dict[str, Mark] = field(default_factory=dict)

    def read(self, root: Entries, where: str) -> None:
        node = root.get(where)
        if node is None:
            self.context.problems.add(root.mark, f"`{where}` is missing")
        elif not isinstance(node, Entries) or not node.entries:
            self.context.problems.add(node.mark, f"`{where}` is a mapping by name, with at least one entry")
        elif self.driver.groups is None:
            self._take(node, None)
        else:
            for pattern, entry in node.entries.items():
                self._group(str(pattern), entry)

    def _group(self, pattern: str, entry: Entry) -> None:
        """One topic pattern: `points` beside the driver's own keys, or the points themselves."""
        self.group_marks[pattern] = entry.mark
        if not isinstance(entry.node, Entries):
            self.context.problems.add(entry.node.mark, "expected `points: {...}` below this pattern")
            return
        model = self.driver.group
        own = keys_of(model) if model is not None else ()
        points = entry.node.get("points")
        bare = {k: e for k, e in entry.node.entries.items() if k not in own and k != "points"}
        if model is not None:
            # With `points` beside it, anything else is a mistake; without, the keys are the points.
            without = ("points",) if points is not None else ("points", *(str(key) for key in bare))
            self.groups[pattern] = self.context.check(model, entry.node, without=without, also=("points",))
        if points is None:
            self._take(Entries(entry.node.mark, bare), pattern)
        elif isinstance(points, Entries):
            self._take(points, pattern)
        else:
            self.context.problems.add(points.mark, "`points` is a mapping by name")

    def _take(self, node: Entries, pattern: str | None) -> None:
        for point in read_points(node.entries, pattern, self.driver, self.context):
            if other := self.points.get(point.key):
                self.context.problems.add(
                    point.mark, f"point `{point.key}` stands twice, first in line {other.mark.line}"
                )
            else:
                self.points[point.key] = point
