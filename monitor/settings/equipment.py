"""Connections and equipment: checked with their drivers' models and resolved to what drivers and engine take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.domain.point import Point
from monitor.domain.scan import Plan
from monitor.domain.source import DriverSettings, EquipmentSource, PointSource
from monitor.settings import patterns
from monitor.settings.checking import Context
from monitor.settings.files import Book
from monitor.settings.hours import Almanac
from monitor.settings.messages import keys_of
from monitor.settings.overrides import TypeRules
from monitor.settings.places import field_at, place_of
from monitor.settings.points import TypePoint
from monitor.settings.problems import Mark
from monitor.settings.rulelist import read_rules
from monitor.settings.rules import Draft, RuleMaker
from monitor.settings.shape.equipment import EquipmentShape
from monitor.settings.site import Connection, Equipment, Grade
from monitor.settings.timing import check_rhythm
from monitor.settings.tree import Entries, Node, Scalar, find
from monitor.settings.types import EquipmentType, Types

DEFAULT_INTERVAL = 5.0
SHORTEST_INTERVAL = 0.1
PUSHED_STALE_AFTER = 3600.0
POLLED_STALE_AFTER = 10.0
RESERVED = frozenset({"orders", "self", "watchroom"})
"""Alarms of Watchroom itself go by these names, as those of equipment and rounds go by theirs."""
_COMMON = keys_of(EquipmentShape)


@dataclass(slots=True)
class EquipmentReader:
    """Reads every equipment; types and their rules are made once."""

    book: Book
    types: Types
    grade: Grade
    context: Context
    connections: Mapping[str, Connection]
    almanac: Almanac = field(default_factory=Almanac)
    _rules: dict[str, TypeRules] = field(default_factory=dict)

    def read(self) -> dict[str, Equipment]:
        """Equipment by id."""
        found: dict[str, Equipment] = {}
        for item in self.book.lists["equipment"]:
            if equipment := self._one(item):
                found[equipment.id] = equipment
        return found

    def check_types(self) -> None:
        """Check the rules of the site's own types as well, used or not."""
        for made in self.types.site.values():
            if made is not None:
                self._rules_of(made)

    def _one(self, node: Node) -> Equipment | None:
        context = self.context
        shape = context.check(EquipmentShape, node, only=_COMMON)
        if not isinstance(node, Entries):
            return None
        if (name := node.text("id")) in RESERVED:
            context.problems.add(
                find(node, ["id"]).mark, f"`{name}` is a name for Watchroom's own alarms; choose another"
            )
        type_name, connection_name = node.text("type"), node.text("connection")
        made = self.types.get(type_name, find(node, ["type"]).mark) if type_name is not None else None
        fits = connection_name is None or self._check_connection(
            connection_name, made, find(node, ["connection"]).mark
        )
        if made is None:
            self._check_alone(node, connection_name)
            return None
        if (
            not fits
        ):  # its fields were written for the other driver, or the type was: one mistake is told once
            self._rules_of(made).made(node.get("set"), context)
            return None
        driver = context.drivers[made.driver]
        settings = context.check(driver.equipment, node, without=_COMMON, also=_COMMON)
        self._check_hung(connection_name, made.driver, settings, node)
        rules = self._rules_of(made).made(node.get("set"), context)
        ledger = _ledger(node.get("ledger"), context)
        if shape is None or settings is None:
            return None
        interval = self._interval(shape, driver, node)
        source = self._source(shape, made, settings, interval, node)
        if source is None:
            return None
        place = find(node, ["interval" if shape.interval is not None else "type"]).mark
        check_rhythm(rules.drafts, source.plan, interval if driver.polled else None, place, context)
        return Equipment(
            id=shape.id,
            name=shape.name,
            type=made.name,
            type_title=made.title,
            system=shape.system,
            location=shape.location,
            connection=shape.connection,
            source=source,
            rules=rules.ruleset.of(shape.id),
            ledger=ledger,
            fed_by=shape.fed_by,
        )

    def _check_alone(self, node: Entries, connection_name: str | None) -> None:
        """Its type is unknown or wrong itself: what the driver of its connection can tell is told all the same."""
        connection = self.book.mappings["connections"].get(connection_name or "")
        name = connection.node.text("driver") if connection and isinstance(connection.node, Entries) else None
        if driver := self.context.drivers.get(name or ""):
            self.context.check(driver.equipment, node, without=_COMMON, also=_COMMON)
        _ledger(node.get("ledger"), self.context)

    def _check_connection(self, name: str, made: EquipmentType | None, mark: Mark) -> bool:
        """False when the connection speaks another protocol than the type."""
        connections = self.book.mappings["connections"]
        if name not in connections:
            self.context.unknown(mark, "connection", name, connections)
            return True
        node = connections[name].node
        driver = node.text("driver") if isinstance(node, Entries) else None
        if made is not None and driver in self.context.drivers and driver != made.driver:
            self.context.problems.add(
                mark, f"type {made.name} is spoken to by {made.driver}, but connection `{name}` is {driver}"
            )
            return False
        return True

    def _check_hung(self, name: str | None, driver: str, settings: Any, node: Entries) -> None:
        """Whether the driver can reach it over its connection."""
        connection = self.connections.get(name or "")
        if connection is None or connection.driver != driver or settings is None:
            return
        try:
            self.context.drivers[driver].hung(connection.settings, settings)
        except ValueError as error:
            field_name, _, _ = str(error).partition(":")
            self.context.problems.add(find(node, [field_name]).mark, str(error))

    def _interval(self, shape: EquipmentShape, driver: DriverSettings, node: Node) -> float:
        if not driver.polled:
            if shape.interval is not None:
                mark = find(node, ["interval"], key=True).mark
                self.context.problems.add(
                    mark, "`interval` means nothing here: this equipment speaks by itself; see stale_after"
                )
            return DEFAULT_INTERVAL
        interval = DEFAULT_INTERVAL if shape.interval is None else shape.interval
        if not SHORTEST_INTERVAL <= interval <= 86400:
            self.context.problems.add(
                find(node, ["interval"]).mark, "an interval is at least 100ms and at most 1d"
            )
        return interval

    def _rules_of(self, made: EquipmentType) -> TypeRules:
        if made.name not in self._rules:
            maker = RuleMaker(made, self.grade, self.context, self.almanac, self._roles())
            drafts = read_rules(maker)
            kept = {rule_id: draft for rule_id, draft in drafts.items() if draft is not None}
            self._rules[made.name] = TypeRules(maker, kept, frozenset(drafts) - frozenset(kept))
            self._notice_bare_cards(made, kept)
        return self._rules[made.name]

    def _roles(self) -> frozenset[str]:
        entries = (item for item in self.book.lists["roster"] if isinstance(item, Entries))
        return frozenset(role for item in entries if (role := item.text("role")) is not None)

    def _notice_bare_cards(self, made: EquipmentType, drafts: Mapping[str, Draft]) -> None:
        bare = dict.fromkeys(
            draft.row or rule_id for rule_id, draft in drafts.items() if not draft.rule.card.action
        )
        if bare:
            self.context.notices.append(f"type {made.name}: no first action on the card of {', '.join(bare)}")

    def _source(
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
        if made.polled and any(_stale(point, default) < interval for point in made.points.values()):
            mark = find(node, ["interval"]).mark
            shortest = min(_stale(point, default) for point in made.points.values())
            self.context.problems.add(
                mark,
                f"values would always be stale: they are believed for {shortest:g} s and read every {interval:g} s",
            )
        points = tuple(_point(shape.id, point, default) for point in made.points.values())
        source = EquipmentSource(
            plan=Plan(shape.id, points),
            sources=tuple(
                PointSource(point, described.settings, groups.get(described.pattern or ""))
                for point, described in zip(points, made.points.values(), strict=True)
            ),
            settings=settings,
            type_settings=made.settings,
            groups={groups[pattern]: group for pattern, group in made.groups.items()},
            interval=interval,
            polled=made.polled,
            probe=made.probe,
        )
        self._try(source, made, groups, find(node, ["type"]).mark)
        return source

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


def _stale(point: TypePoint, default: float) -> float:
    return default if point.stale_after is None else point.stale_after


def _point(equipment: str, point: TypePoint, stale_after: float) -> Point:
    return Point(
        equipment=equipment,
        key=point.key,
        kind=point.kind,
        unit=point.unit,
        label=point.label,
        range=point.range,
        stale_after=_stale(point, stale_after),
        states=point.states,
        rollover=point.rollover,
        factors=point.factors,
    )


def _ledger(node: Node | None, context: Context) -> Mapping[str, str]:
    """The card as it is written: 2019-06-01 and 007 are texts here."""
    if not isinstance(node, Entries):
        return {}
    card: dict[str, str] = {}
    for key, entry in node.entries.items():
        if isinstance(entry.node, Scalar):
            card[str(key)] = entry.node.text
        else:
            context.problems.add(entry.node.mark, f"the ledger holds texts: `{key}: text`")
    return card
