"""Conditions in conditions: several in one rule, and what must hold for a rule to look at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.domain.conditions import AtLeast, Rate, Starts, Stuck
from monitor.domain.rules import Condition
from monitor.settings.conditions.desk import Desk
from monitor.settings.conditions.where import Places
from monitor.settings.messages import keys_of
from monitor.settings.shape import rules as shapes
from monitor.settings.tree import find

_OF_ALARMS = frozenset({*keys_of(shapes.RuleShape), *keys_of(shapes.KindShape), "levels"}) - {"rule"}
"""What only a whole alarm has."""


def combined(desk: Desk, kind: str, shape: shapes.CombinedShape, at: Places) -> AtLeast | None:
    """`combined`."""
    if shape.all is not None:
        return joined(desk, "all", shape.all, at)
    if shape.any is not None:
        return joined(desk, "any", shape.any, at, needed=1)
    return joined(desk, "of", shape.of or [], at, needed=shape.at_least)


def joined(
    desk: Desk, key: str, given: list[dict[str, Any]], at: Places, *, needed: int | None = None
) -> AtLeast | None:
    """The conditions of a list as one: `needed` of them, or all."""
    made = [_inline(desk, key, i, one, at) for i, one in enumerate(given)]
    found = tuple(one for one in made if one is not None)
    return AtLeast(len(found) if needed is None else needed, found) if len(found) == len(made) else None


def when_of(desk: Desk, given: list[dict[str, Any]], at: Places) -> Condition | None:
    """What must hold for a rule to look at all: every one of a list. Told by one look, since nothing else counts yet."""
    both = joined(desk, "when", given, at)
    if both is None:
        return None
    for i, one in enumerate(both.conditions):
        if isinstance(one, Rate | Stuck | Starts):
            desk.wrong(
                at.node("when", i).mark,
                "`when` asks for what is so now: a state or a limit, nothing over time",
            )
    return both.conditions[0] if len(both.conditions) == 1 else both


def _inline(desk: Desk, key: str, index: int, data: Mapping[str, Any], at: Places) -> Condition | None:
    node = at.node(key, index)
    kind = data.get("rule", "state")
    if kind not in shapes.INLINE:
        desk.context.unknown(Places(node, {})("rule"), "kind of condition", kind, shapes.INLINE)
        return None
    model = shapes.SHAPES[kind]
    own = [name for name in keys_of(model) if name not in _OF_ALARMS]
    strange = [name for name in data if name not in own and name != "rule"]
    for name in strange:
        mark = find(node, [name], key=True).mark
        if name in _OF_ALARMS:
            desk.wrong(mark, f"`{name}` belongs to the rule, not to one of its conditions")
        else:
            desk.context.unknown(mark, "key", name, own)
    if strange:
        return None
    shape = desk.context.check(model, node, data={**data, "rule": kind})
    return desk.make(str(kind), shape, Places(node, {})) if shape else None
