"""`set:` of an equipment: single fields of the type's rules, changed for this one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.domain.ruleset import EquipmentRules, Ruleset
from monitor.settings.checking import Context
from monitor.settings.messages import keys_of
from monitor.settings.problems import Mark
from monitor.settings.rules import Draft, RuleMaker
from monitor.settings.shape.card import CardShape
from monitor.settings.shape.rules import SHAPES
from monitor.settings.tree import Entries, Entry, Node, plain


@dataclass(frozen=True, slots=True)
class Override:
    """One line of `set:`."""

    value: Any
    key: Mark
    mark: Mark


FIXED = ("rule", "repeat")
"""What makes a rule what it is: an equipment cannot change it."""
CARD = "card."
"""A card's fields may be set one by one."""
Overrides = dict[str, dict[str, Override]]


@dataclass(frozen=True, slots=True)
class Made:
    """The rules of equipment, and what each was made of."""

    drafts: tuple[Draft, ...]
    ruleset: Ruleset

    @classmethod
    def of(cls, drafts: tuple[Draft, ...]) -> Made:
        """Without an equipment."""
        return cls(drafts, Ruleset(draft.rule for draft in drafts))


@dataclass(slots=True)
class TypeRules:
    """All rules of one type, and how an equipment changes them."""

    maker: RuleMaker
    explicit: dict[str, Draft]
    broken: frozenset[str]
    """Rules of the type that are wrong and reported there."""
    _unchanged: Made | None = None

    def for_equipment(self, equipment: str, node: Node | None, context: Context) -> EquipmentRules:
        """The rules of one equipment with its `set:`."""
        return self.made(node, context).ruleset.of(equipment)

    def made(self, node: Node | None, context: Context) -> Made:
        """The rules of an equipment with this `set:`; all that set nothing share theirs."""
        wanted = read_overrides(node, context)
        if wanted:
            return Made.of(self._make(wanted, context))
        if self._unchanged is None:
            self._unchanged = Made.of(self._make({}, context))
        return self._unchanged

    def _make(self, wanted: Overrides, context: Context) -> tuple[Draft, ...]:
        drafts = {rule_id: self._changed(rule_id, draft, wanted) for rule_id, draft in self.explicit.items()}
        automatic = self.maker.automatic(dict(drafts))
        for rule_id, data in automatic.items():
            if rule_id in self.broken:
                continue
            if made := self.maker.make_automatic(rule_id, data):
                drafts[rule_id] = self._changed(rule_id, made, wanted)
        for rule_id, fields in wanted.items():
            if rule_id not in drafts and rule_id not in self.broken:
                of = f"of type {self.maker.type.name}"
                for override in fields.values():
                    context.unknown(override.key, "rule", rule_id, drafts, of)
        return tuple(draft for draft in drafts.values() if draft.enabled)

    def _changed(self, rule_id: str, draft: Draft, wanted: Overrides) -> Draft:
        fields = wanted.get(rule_id)
        if not fields:
            return draft
        known = _settable(draft)
        usable: dict[str, Override] = {}
        for name, override in fields.items():
            if name in known:
                usable[name] = override
            else:
                self.maker.context.unknown(override.key, "field", name, known, f"of rule `{rule_id}`")
        if not usable:
            return draft
        changed = _with(draft.data, usable)
        made = self.maker.make(rule_id, draft.node, changed, {name: o.mark for name, o in usable.items()})
        return made or draft  # a wrong override is reported; the rule still stands for the checks that follow


def _settable(draft: Draft) -> list[str]:
    own = [key for key in keys_of(SHAPES[str(draft.data["rule"])]) if key not in FIXED]
    return [*own, *(f"{CARD}{key}" for key in keys_of(CardShape))]


def _with(data: Mapping[str, Any], usable: Mapping[str, Override]) -> dict[str, Any]:
    """What the rule is made of with these fields set, the card as a whole before its parts."""
    changed = dict(data)
    for name, override in sorted(usable.items()):
        if name.startswith(CARD):
            card = changed.get("card")
            changed["card"] = {
                **(card if isinstance(card, dict) else {}),
                name.removeprefix(CARD): override.value,
            }
        else:
            changed[name] = override.value
    return changed


def read_overrides(node: Node | None, context: Context) -> Overrides:
    """The lines of a `set:` mapping by rule and field; those that are no `rule.field` are reported."""
    found: Overrides = {}
    if not isinstance(node, Entries):
        return found
    for key, entry in node.entries.items():
        rule_id, dot, name = str(key).partition(".")
        if not dot or not rule_id or not name or ("." in name and not name.startswith(CARD)):
            context.problems.add(
                entry.mark, f"expected rule.field, such as level_high.limit, not `{key}`{_hint(entry)}"
            )
            continue
        found.setdefault(rule_id, {})[name] = Override(plain(entry.node), entry.mark, entry.node.mark)
    return found


def _hint(entry: Entry) -> str:
    return "; write each field on its own line" if isinstance(entry.node, Entries) else ""
