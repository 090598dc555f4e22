"""Connections and equipment: checked with their drivers' models and resolved to what drivers and engine take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.domain.source import DriverSettings
from monitor.settings.checking import Context
from monitor.settings.files import Book
from monitor.settings.hours import Almanac
from monitor.settings.messages import keys_of
from monitor.settings.overrides import TypeRules
from monitor.settings.problems import Mark
from monitor.settings.rulelist import read_rules
from monitor.settings.rules import Draft, RuleMaker
from monitor.settings.shape.equipment import EquipmentShape
from monitor.settings.site import Connection, Equipment, Grade
from monitor.settings.sources import SourceMaker
from monitor.settings.timing import Rhythms
from monitor.settings.tree import Entries, Node, Scalar, find
from monitor.settings.types import EquipmentType, Types

DEFAULT_INTERVAL = 5.0
SHORTEST_INTERVAL = 0.1
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
    _sources: SourceMaker = field(init=False)
    _rhythms: Rhythms = field(init=False)

    def __post_init__(self) -> None:
        self._sources = SourceMaker(self.context)
        self._rhythms = Rhythms(self.context)

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
        source = self._sources.make(shape, made, settings, interval, node)
        if source is None:
            return None
        place = find(node, ["interval" if shape.interval is not None else "type"]).mark
        self._rhythms.check(rules.drafts, source.plan, interval if driver.polled else None, place)
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
