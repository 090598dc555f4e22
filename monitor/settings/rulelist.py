"""The `alarms:` of a type: each rule by its id, repeated ones written out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from monitor.settings.repeats import fill, turns
from monitor.settings.rules import Draft, RuleMaker
from monitor.settings.tree import Entries, Entry, plain


def read_rules(maker: RuleMaker) -> dict[str, Draft | None]:
    """Every rule of the maker's type; None for one that is wrong, whose problems are reported."""
    found: dict[str, Draft | None] = {}
    for key, entry in maker.type.alarms.items():
        for rule_id, draft in _line(maker, key, entry).items():
            if rule_id in found:
                maker.context.problems.add(entry.mark, f"rule `{rule_id}` stands twice")
            found[rule_id] = draft
    return found


def _line(maker: RuleMaker, key: str, entry: Entry) -> dict[str, Draft | None]:
    """The rules that one line makes: one, or one for each repetition."""
    context = maker.context
    if not isinstance(entry.node, Entries):
        context.problems.add(entry.node.mark, "expected an alarm rule: {rule: ..., ...}")
        return {key: None}
    data = {str(name): plain(one.node) for name, one in entry.node.entries.items()}
    repeat = data.get("repeat")
    if repeat is None and "{" not in key:
        return {key: _rule(maker, key, entry, entry.node, data)}
    each = turns(key, repeat if isinstance(repeat, dict) else {}, entry, context, "rule")
    found: dict[str, Draft | None] = {}
    row = re.sub(r"_?\{\w*\}", "", key).strip("_") or maker.type.name.replace("-", "_")
    for turn in each or ():
        rule_id = fill(key, turn)
        draft = _rule(maker, rule_id, entry, entry.node, fill(data, turn))
        found[rule_id] = replace(draft, row=row) if draft else None
        if draft is None:  # the others would be told the same
            return dict.fromkeys((fill(key, one) for one in each or ()), None)
    return found or {key: None}


def _rule(maker: RuleMaker, rule_id: str, entry: Entry, node: Entries, data: dict[str, Any]) -> Draft | None:
    if not re.fullmatch(r"[a-z0-9_]+", rule_id):
        maker.context.problems.add(
            entry.mark, f"`{rule_id}` cannot be a rule: small letters, digits and _ only"
        )
        return None
    return maker.make(rule_id, node, data)
