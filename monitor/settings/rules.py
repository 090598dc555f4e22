"""Alarm rules of an equipment type: from YAML to the domain's rules, and the ones that come by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from monitor.domain.point import Kind, Text
from monitor.domain.rules import (
    AlarmKind,
    AlarmRule,
    AvailabilityBelow,
    Card,
    Comm,
    Condition,
    High,
    Leak,
    Low,
    Priority,
    SensorFault,
    Stale,
    State,
    TooManyUnknown,
    Unreadable,
)
from monitor.settings import wording
from monitor.settings.checking import Context, salvage
from monitor.settings.points import TypePoint
from monitor.settings.problems import Mark
from monitor.settings.shape import rules as shapes
from monitor.settings.site import Grade
from monitor.settings.tree import Entries, Step, find
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
}
DEADBAND_SHARE = 0.02
"""Of the plausible span, where a rule names no deadband (ISA-18.2 recommends 1 to 5 % by signal)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule before it belongs to an equipment. `data` is what it was made of."""

    rule: AlarmRule
    data: Mapping[str, Any]
    node: Entries
    enabled: bool
    row: str | None = None
    """What the line is called that made it and others like it."""


@dataclass(slots=True)
class RuleMaker:
    """Makes the rules of one type."""

    type: EquipmentType
    grade: Grade
    context: Context
    _cache: dict[tuple[Any, ...], Draft | None] = field(default_factory=dict)

    def make(
        self, rule_id: str, node: Entries, data: Mapping[str, Any], moved: Mapping[str, Mark] | None = None
    ) -> Draft | None:
        """One rule of `data`, whose problems are shown in `node`, or where `moved` says for a key."""
        moved = moved or {}
        kind = data.get("rule")
        at = _Places(node, moved)
        if not isinstance(kind, str) or kind not in shapes.SHAPES:
            if kind is None:
                self.context.problems.add(node.mark, "`rule` is missing: which kind of rule is it?")
            else:
                self.context.unknown(at("rule"), "kind of rule", kind, shapes.SHAPES)
            return None
        before = len(self.context.problems.found)
        shape = self.context.check(shapes.SHAPES[kind], node, data=data, moved=moved)
        usable = shape or salvage(shapes.SHAPES[kind], data)
        condition = self._condition(kind, usable, at) if usable else None
        if shape is None or condition is None or len(self.context.problems.found) > before:
            return None
        own = shape.card
        return Draft(
            rule=AlarmRule(
                id=rule_id,
                equipment="",
                kind=_KINDS[kind],
                condition=condition,
                priority=shape.priority or shape.default_priority,
                on_delay=shape.default_on_delay if shape.on_delay is None else shape.on_delay,
                off_delay=shape.off_delay,
                latching=shape.default_latching if shape.latching is None else shape.latching,
                title=shape.title or self._title(kind, condition),
                card=Card(own.cause, own.consequence, own.action) if own else wording.card(kind),
            ),
            data=data,
            node=node,
            enabled=shape.enabled,
        )

    def automatic(self, explicit: Mapping[str, Draft]) -> dict[str, Mapping[str, Any]]:
        """What the rules that come by themselves are made of, those not counted that the type writes itself."""
        found: dict[str, Mapping[str, Any]] = {"comm": {"rule": "comm"}}
        if stale := self._stale_points():
            found["stale"] = {"rule": "stale", "points": stale}
        urgency: dict[str, Priority] = {}
        rows: dict[str, list[tuple[str, Priority]]] = {}
        for rule_id, draft in explicit.items():
            if not draft.enabled:
                continue
            rule = draft.rule
            for point in _watched(rule.condition):
                if draft.row is not None and self._one_of_many(point):
                    rows.setdefault(draft.row, []).append((point, rule.priority))
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

    # conditions

    def _condition(self, kind: str, shape: shapes.RuleShape, at: _Places) -> Condition | None:
        match shape:
            case shapes.LimitShape():
                return self._limit(kind, shape, at)
            case shapes.StateShape():
                return self._state(shape, at)
            case shapes.LeakShape():
                point = self._point(shape.point, at("point"))
                if point and (point.kind is not Kind.DISCRETE or point.states):
                    self.context.problems.add(
                        at("point"), f"`{point.key}` is not a wet or dry contact (a bool)"
                    )
                reads = shape.reads or (2 if self.type.polled else 1)
                return Leak(shape.point, reads) if point else None
            case shapes.AvailabilityShape():
                limit = self.grade.lamps if isinstance(shape.limit, str) else shape.limit
                points = self._share_points(shape.points, shape.when, at)
                return AvailabilityBelow(points, shape.when, limit) if points else None
            case shapes.UnknownShape():
                points = self._share_points(shape.points, shape.when, at)
                return TooManyUnknown(points, shape.when, shape.limit) if points else None
            case shapes.StaleShape():
                points = self._points(shape.points, at)
                return Stale(points) if points else None
            case shapes.UnreadableShape():
                points = self._points(shape.points, at)
                return Unreadable(points) if points else None
            case shapes.FaultShape():
                return SensorFault(shape.point) if self._point(shape.point, at("point")) else None
            case _:
                return Comm()

    def _limit(self, kind: str, shape: shapes.LimitShape, at: _Places) -> High | Low | None:
        point = self._point(shape.point, at("point"))
        if point is None:
            return None
        if point.kind not in (Kind.ANALOG, Kind.COUNTER):
            self.context.problems.add(
                at("point"), f"`{kind}` needs a number, and `{point.key}` is {point.kind}; use `rule: state`"
            )
            return None
        span = point.range[1] - point.range[0] if point.range else None
        deadband = shape.deadband if shape.deadband is not None else DEADBAND_SHARE * (span or 0.0)
        if point.range and not point.range[0] <= shape.limit <= point.range[1]:
            low, high = point.range
            self.context.problems.add(
                at("limit"),
                f"limit {shape.limit:g} is outside of what `{point.key}` can be ([{low:g}, {high:g}]{_unit(point)})",
            )
        if span is not None and deadband >= span:
            self.context.problems.add(
                at("deadband"),
                f"deadband {deadband:g} is as wide as all that `{point.key}` can be ({span:g}{_unit(point)}): "
                "the alarm would never clear",
            )
        return (High if kind == "high" else Low)(point.key, float(shape.limit), deadband)

    def _state(self, shape: shapes.StateShape, at: _Places) -> State | None:
        point = self._point(shape.point, at("point"))
        if point is None:
            return None
        names = list(point.states.values())
        if names and shape.wanted not in names:
            self.context.unknown(at("is"), "state", shape.wanted, names, f"of `{point.key}`")
        elif not names and point.kind is Kind.DISCRETE and not isinstance(shape.wanted, bool):
            self.context.problems.add(at("is"), f"`{point.key}` is true or false, never `{shape.wanted}`")
        elif point.kind is Kind.TEXT and not isinstance(shape.wanted, str):
            self.context.problems.add(at("is"), f"`{point.key}` is a text: put the value in quotes")
        return State(point.key, shape.wanted)

    def _share_points(self, globs: Iterable[str], when: str | None, at: _Places) -> tuple[str, ...]:
        points = self._points(globs, at)
        if when is not None:
            self._point(when, at("when"))
        for key in points:
            point = self.type.points[key]
            if point.kind is not Kind.DISCRETE or point.states:
                self.context.problems.add(at("points"), f"`{key}` is not a bool that says whether it works")
                break
        return tuple(key for key in points if key != when)

    def _points(self, globs: Iterable[str], at: _Places) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for glob in globs:
            keys = [key for key in self.type.points if fnmatchcase(key, glob)]
            if not keys and "*" in glob:
                self.context.problems.add(at("points"), f"no point of type {self.type.name} is like `{glob}`")
            elif not keys:
                self.context.unknown(
                    at("points"), "point", glob, self.type.points, f"of type {self.type.name}"
                )
            found.update(dict.fromkeys(keys))
        return tuple(found)

    def _point(self, key: str, mark: Mark) -> TypePoint | None:
        point = self.type.points.get(key)
        if point is None:
            self.context.unknown(mark, "point", key, self.type.points, f"of type {self.type.name}")
        return point

    def _span_of(self, points: tuple[str, ...]) -> Text:
        first, last = self.type.points[points[0]].label, self.type.points[points[-1]].label
        return {language: f"{first[language]} … {last[language]}" for language in first if language in last}

    def _title(self, kind: str, condition: Condition) -> Text:
        match condition:
            case High(key) | Low(key) | State(key) | Leak(key) | SensorFault(key):
                label: Text = self.type.points[key].label
            case Unreadable(points):
                key, label = f"{points[0]} … {points[-1]}", self._span_of(points)
            case _:
                key, label = "", {}
        return wording.title(kind, label, key, getattr(condition, "value", ""))


class _Places:
    """Where each key of a rule stands: in the type, or in the `set:` of an equipment."""

    def __init__(self, node: Entries, moved: Mapping[str, Mark]) -> None:
        self._node, self._moved = node, moved

    def __call__(self, key: Step) -> Mark:
        return self._moved.get(str(key)) or find(self._node, [key]).mark


def _unit(point: TypePoint) -> str:
    return f" {point.unit}" if point.unit else ""


def _watched(condition: Condition) -> tuple[str, ...]:
    """Points whose sensor must be sound for the rule; of many alike the rule about unknown ones takes care."""
    match condition:
        case High(point) | Low(point) | State(point) | Leak(point):
            return (point,)
        case AvailabilityBelow(_, when, _) if when is not None:
            return (when,)
        case _:
            return ()


def belonging_to(rule: AlarmRule, equipment: str) -> AlarmRule:
    """The rule as one equipment's own."""
    return replace(rule, id=f"{equipment}.{rule.id}", equipment=equipment)
