"""Alarm rules of an equipment type: from YAML to the domain's rules, and the ones that come by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.domain.conditions import Deviation
from monitor.domain.mentions import main_point, points_in
from monitor.domain.point import Kind, Text
from monitor.domain.rules import (
    AlarmKind,
    AlarmRule,
    AvailabilityBelow,
    Card,
    Comm,
    Condition,
    High,
    Level,
    Low,
    Priority,
    SensorFault,
    Stale,
    State,
    TooManyUnknown,
    Unreadable,
)
from monitor.settings import cards, wording
from monitor.settings.checking import Context, salvage
from monitor.settings.conditions import ConditionMaker, Places
from monitor.settings.hours import NEVER, Almanac, never
from monitor.settings.problems import Mark
from monitor.settings.shape import rules as shapes
from monitor.settings.shape.hours import HoursShape, hours
from monitor.settings.site import Grade
from monitor.settings.tree import Entries
from monitor.settings.types import EquipmentType

_KINDS: Mapping[str, AlarmKind] = {
    "high": AlarmKind.LIMIT,
    "low": AlarmKind.LIMIT,
    "state": AlarmKind.STATE,
    "leak": AlarmKind.LEAK,
    "availability": AlarmKind.AVAILABILITY,
    "unknown": AlarmKind.QUALITY,
    "comm": AlarmKind.COMM,
    "stale": AlarmKind.STALE,
    "fault": AlarmKind.QUALITY,
    "unreadable": AlarmKind.QUALITY,
    "deviation": AlarmKind.DEVIATION,
    "rate": AlarmKind.RATE,
    "stuck": AlarmKind.QUALITY,
    "starts": AlarmKind.LEAK,
    "night_flow": AlarmKind.LEAK,
    "no_fall": AlarmKind.LEAK,
    "unproven": AlarmKind.QUALITY,
    "uptime": AlarmKind.AVAILABILITY,
    "combined": AlarmKind.STATE,
}

SHORTEST_RE_ALARM = 60.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule before it belongs to an equipment. `data` is what it was made of."""

    rule: AlarmRule
    data: Mapping[str, Any]
    node: Entries
    enabled: bool
    row: str | None = None
    """What the line is called that made it and others like it."""
    moved: Mapping[str, Mark] = field(default_factory=dict)
    """Where keys stand that an equipment set."""


@dataclass(slots=True)
class RuleMaker:
    """Makes the rules of one type."""

    type: EquipmentType
    grade: Grade
    context: Context
    almanac: Almanac = field(default_factory=Almanac)
    roles: frozenset[str] = frozenset()
    """Those of the site's roster."""
    _cache: dict[tuple[Any, ...], Draft | None] = field(default_factory=dict)

    def make(
        self, rule_id: str, node: Entries, data: Mapping[str, Any], moved: Mapping[str, Mark] | None = None
    ) -> Draft | None:
        """One rule of `data`, whose problems are shown in `node`, or where `moved` says for a key."""
        moved = moved or {}
        kind = data.get("rule")
        at = Places(node, moved)
        if not isinstance(kind, str) or kind not in shapes.SHAPES:
            if kind is None:
                self.context.problems.add(node.mark, "`rule` is missing: which kind of rule is it?")
            else:
                self.context.unknown(at("rule"), "kind of rule", kind, shapes.SHAPES, most=len(shapes.SHAPES))
            return None
        before = len(self.context.problems.found)
        shape = self.context.check(shapes.SHAPES[kind], node, data=data, moved=moved)
        usable = shape or salvage(shapes.SHAPES[kind], data)
        maker = ConditionMaker(self.type, self.grade, self.context, self.almanac)
        condition = maker.make(kind, usable, at) if usable else None
        more = self._more(usable, condition, at) if usable and condition else {}
        card = cards.made_of(usable.card, kind) if usable else Card()
        self._check_callee(card, at)
        if shape is None or condition is None or len(self.context.problems.found) > before:
            return None
        return Draft(
            rule=AlarmRule(
                id=rule_id,
                equipment="",
                kind=getattr(shape, "kind", None) or _KINDS[kind],
                condition=condition,
                priority=shape.priority or shape.default_priority,
                on_delay=shape.default_on_delay if shape.on_delay is None else shape.on_delay,
                off_delay=shape.off_delay,
                latching=shape.default_latching if shape.latching is None else shape.latching,
                title=shape.title or self._title(kind, condition),
                card=card,
                re_alarm=shape.re_alarm,
                **more,
            ),
            data=data,
            node=node,
            enabled=shape.enabled,
            moved=moved,
        )

    def _more(self, shape: shapes.RuleShape, condition: Condition, at: Places) -> dict[str, Any]:
        """When it counts and when it is more urgent."""
        problems = self.context.problems
        if shape.re_alarm is not None and shape.re_alarm < SHORTEST_RE_ALARM:
            problems.add(
                at("re_alarm"), "re-alarming more often than every minute only trains people not to look"
            )
        during = shape.during or (HoursShape(**hours(shape.default_during)) if shape.default_during else None)
        made = self.almanac.hours(during) if during else None
        if made is not None and never(made):
            problems.add(at("during"), NEVER)
        return {
            "during": made,
            "priority_at": tuple((self.almanac.hours(one.during), one.priority) for one in shape.priority_at),
            "levels": self._levels(shape, condition, at) if isinstance(shape, shapes.LimitShape) else (),
        }

    def _check_callee(self, card: Card, at: Places) -> None:
        """A role without words must lead somewhere; words of a shipped type serve where nobody has its role."""
        if card.role is not None and not card.call and card.role not in self.roles:
            self.context.unknown(at.below("card", "call"), "role", card.role, self.roles, "of the roster")

    def _levels(self, shape: shapes.LimitShape, condition: Condition, at: Places) -> tuple[Level, ...]:
        """Each level must lie beyond the one before it, and be more urgent."""
        if not isinstance(condition, High | Low):
            return ()
        limit, priority = condition.limit, shape.priority or shape.default_priority
        sign, beyond = (1, "above") if isinstance(condition, High) else (-1, "below")
        for i, level in enumerate(shape.levels):
            mark = at.child("levels", i)("limit")
            if sign * (level.limit - limit) <= 0:
                self.context.problems.add(
                    mark, f"level {level.limit:g} must be {beyond} the one before it ({limit:g})"
                )
            if level.priority.rank >= priority.rank:
                self.context.problems.add(
                    at.child("levels", i)("priority"),
                    f"a further level is more urgent than the one before it ({priority.value})",
                )
            span = self.type.points[condition.point].range
            if span and not span[0] <= level.limit <= span[1]:
                self.context.problems.add(
                    mark,
                    f"limit {level.limit:g} is outside of what `{condition.point}` can be "
                    f"([{span[0]:g}, {span[1]:g}])",
                )
            limit, priority = level.limit, level.priority
        return tuple(Level(float(level.limit), level.priority) for level in shape.levels)

    def automatic(self, explicit: Mapping[str, Draft]) -> dict[str, Mapping[str, Any]]:
        """What the rules that come by themselves are made of, those not counted that the type writes itself."""
        found: dict[str, Mapping[str, Any]] = {"comm": {"rule": "comm"}}
        if stale := self._stale_points():
            found["stale"] = {"rule": "stale", "points": stale}
        urgency: dict[str, Priority] = {}
        rows: dict[str, list[tuple[str, Priority]]] = {}
        of_row: dict[str, str] = {}
        for rule_id, draft in explicit.items():
            if not draft.enabled:
                continue
            rule = draft.rule
            for point in _watched(rule.condition):
                if draft.row is not None and self._one_of_many(point):
                    row = of_row.setdefault(
                        point, draft.row
                    )  # rows that share a point do not both speak for it
                    rows.setdefault(row, []).append((point, rule.priority))
                    continue
                urgency[point] = min(urgency.get(point, rule.priority), rule.priority, key=lambda p: p.rank)
            if isinstance(rule.condition, AvailabilityBelow):
                found[f"{rule_id}_unknown"] = {
                    "rule": "unknown",
                    "points": list(rule.condition.points),
                    "priority": rule.priority.value,
                    **({"when": rule.condition.when} if rule.condition.when else {}),
                }
        for point, priority in urgency.items():
            found[f"{point}_fault"] = {"rule": "fault", "point": point, "priority": priority.value}
        for row, members in rows.items():
            points = list(dict.fromkeys(point for point, _ in members))
            most_urgent = min((priority for _, priority in members), key=lambda p: p.rank)
            found[f"{row}_unreadable"] = {
                "rule": "unreadable",
                "points": points,
                "priority": most_urgent.value,
            }
        return {rule_id: data for rule_id, data in found.items() if rule_id not in explicit}

    def _one_of_many(self, key: str) -> bool:
        """A bit among others of its row has no sensor of its own: when it cannot be read, nor can its neighbours."""
        point = self.type.points[key]
        return point.kind is Kind.DISCRETE and not point.states

    def make_automatic(self, rule_id: str, data: Mapping[str, Any]) -> Draft | None:
        """One rule that comes by itself; equipment that sets nothing on it shares it."""
        key = (rule_id, data.get("priority"), *data.get("points", ()))
        if key not in self._cache:
            self._cache[key] = self.make(rule_id, Entries(self.type.mark), data)
        return self._cache[key]

    def _stale_points(self) -> list[str]:
        """Polled values are refreshed or lost with their equipment: there only a point's own limit is worth an alarm."""
        return [
            point.key
            for point in self.type.points.values()
            if point.stale_after != float("inf") and (not self.type.polled or point.own_stale)
        ]

    def _span_of(self, points: tuple[str, ...]) -> Text:
        first, last = self.type.points[points[0]].label, self.type.points[points[-1]].label
        return {language: f"{first[language]} … {last[language]}" for language in first if language in last}

    def _title(self, kind: str, condition: Condition) -> Text:
        key = main_point(condition) or ""
        label: Text = {}
        match condition:
            case Unreadable(points) | Deviation(points):
                key, label = f"{points[0]} … {points[-1]}", self._span_of(points)
            case _ if key:
                label = self.type.points[key].label
        return wording.title(kind, label, key, _state_of(condition))


def _watched(condition: Condition) -> tuple[str, ...]:
    """Points whose sensor must be sound for the rule; of many alike the rule about unknown ones takes care."""
    match condition:
        case AvailabilityBelow(_, when, _):
            return () if when is None else (when,)
        case TooManyUnknown() | Stale() | Comm() | SensorFault() | Unreadable():
            return ()
        case _:
            return points_in(condition)


def _state_of(condition: Condition) -> object:
    """The one state that it waits for; several, or their absence, in words."""
    if not isinstance(condition, State):
        return ""
    if not condition.others and not condition.negated:
        return condition.value
    names = ", ".join(str(one) for one in (condition.value, *condition.others))
    return f"≠ {names}" if condition.negated else names
