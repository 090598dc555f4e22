"""Conditions of rules: from YAML to the domain's, with everything checked that a type alone can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from monitor.domain.conditions import (
    AtLeast,
    Deviation,
    MonthlyUptimeBelow,
    Rate,
    Starts,
    Stuck,
    Unceasing,
    Unproven,
)
from monitor.domain.point import Kind
from monitor.domain.rules import (
    AvailabilityBelow,
    Comm,
    Condition,
    High,
    Leak,
    Low,
    SensorFault,
    Stale,
    State,
    TooManyUnknown,
    Unreadable,
)
from monitor.settings.checking import Context
from monitor.settings.hours import NEVER, Almanac, never
from monitor.settings.messages import keys_of
from monitor.settings.points import TypePoint
from monitor.settings.problems import Mark, Problems
from monitor.settings.shape import rules as shapes
from monitor.settings.site import Grade
from monitor.settings.tree import Entries, Items, Step, find
from monitor.settings.types import EquipmentType

DEADBAND_SHARE = 0.02
"""Of the plausible span, where a rule names no deadband (ISA-18.2 recommends 1 to 5 % by signal)."""
_PERIODS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


class Places:
    """Where each key of a rule stands: in the type, or in the `set:` of an equipment."""

    def __init__(self, node: Entries, moved: Mapping[str, Mark]) -> None:
        self._node, self._moved = node, moved

    def __call__(self, key: Step) -> Mark:
        return self._moved.get(str(key)) or find(self._node, [key]).mark

    def below(self, key: str, *path: str) -> Mark:
        """The place of a key inside of the mapping under `key`."""
        name = ".".join((key, *path))
        return self._moved.get(name) or self._moved.get(key) or find(self._node, [key, *path]).mark

    def node(self, key: str, index: int) -> Entries:
        """The mapping at `index` of the list under `key`, or the only one; an empty one there for what was set."""
        if key not in self._moved:
            found = find(self._node, [key]).node
            if isinstance(found, Items) and index < len(found.items):
                found = found.items[index]
            if isinstance(found, Entries) and found is not self._node:
                return found
        return Entries(self(key))

    def child(self, key: str, index: int) -> Places:
        """The same for the keys of that mapping."""
        return Places(self.node(key, index), {})


@dataclass(slots=True)
class ConditionMaker:
    """Makes the conditions of one type."""

    type: EquipmentType
    grade: Grade
    context: Context
    almanac: Almanac

    @property
    def _problems(self) -> Problems:
        return self.context.problems

    def make(
        self, kind: str, shape: shapes.RuleShape, data: Mapping[str, Any], at: Places
    ) -> Condition | None:
        """The condition of a rule of `kind`; None when it is wrong, which is then reported."""
        match shape:
            case shapes.LimitShape():
                return self._limit(kind, shape, at)
            case shapes.StateShape():
                return self._state(shape, at)
            case shapes.LeakShape():
                return self._leak(shape, at)
            case shapes.AvailabilityShape():
                return self._availability(shape, at)
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
            case shapes.CommShape():
                return Comm()
            case _:
                return self._over_time(kind, shape, at)

    def _over_time(self, kind: str, shape: shapes.RuleShape, at: Places) -> Condition | None:
        match shape:
            case shapes.DeviationShape():
                return self._deviation(shape, at)
            case shapes.RateShape():
                return self._rate(shape, at)
            case shapes.NoFallShape():
                point = self._number(kind, shape.point, at)
                when = self._when(shape.when, at)
                if point is None or when is None:
                    return None
                return Rate(point.key, -shape.fall, shape.window, shape.window, 0.0, 1, when)
            case shapes.StuckShape():
                when = self._when(shape.when, at) if shape.when else None
                if self._number(kind, shape.point, at) is None or (shape.when and when is None):
                    return None
                return Stuck(shape.point, shape.longer, shape.within, when)
            case shapes.StartsShape():
                return self._starts(shape, at)
            case shapes.NightFlowShape():
                return self._night_flow(kind, shape, at)
            case shapes.UnprovenShape():
                return Unproven(shape.point, shape.longer) if self._contact(shape.point, at) else None
            case shapes.UptimeShape():
                down = self._joined("down", shape.down, at, needed=1)
                return MonthlyUptimeBelow(down, shape.limit, self.almanac.timezone) if down else None
            case shapes.CombinedShape():
                return self._combined(shape, at)
            case _:
                return None

    # one point

    def _limit(self, kind: str, shape: shapes.LimitShape, at: Places) -> High | Low | None:
        point = self._number(kind, shape.point, at)
        if point is None:
            return None
        span = point.range[1] - point.range[0] if point.range else None
        deadband = shape.deadband if shape.deadband is not None else DEADBAND_SHARE * (span or 0.0)
        if point.range and not point.range[0] <= shape.limit <= point.range[1]:
            low, high = point.range
            self._problems.add(
                at("limit"),
                f"limit {shape.limit:g} is outside of what `{point.key}` can be ([{low:g}, {high:g}]{_unit(point)})",
            )
        self._check_deadband(deadband, point, at)
        return (High if kind == "high" else Low)(point.key, float(shape.limit), deadband)

    def _check_deadband(self, deadband: float, point: TypePoint, at: Places) -> None:
        span = point.range[1] - point.range[0] if point.range else None
        if span is not None and deadband >= span:
            self._problems.add(
                at("deadband"),
                f"deadband {deadband:g} is as wide as all that `{point.key}` can be ({span:g}{_unit(point)}): "
                "the alarm would never clear",
            )

    def _state(self, shape: shapes.StateShape, at: Places) -> State | None:
        point = self._point(shape.point, at("point"))
        if point is None:
            return None
        negated = shape.wanted is None
        wanted = tuple((shape.unwanted if negated else shape.wanted) or ())
        for one in wanted:
            self._check_state(point, one, at("not" if negated else "is"))
        return State(point.key, wanted[0], wanted[1:], negated)

    def _check_state(self, point: TypePoint, wanted: Any, mark: Mark) -> None:
        names = list(point.states.values())
        if names and wanted not in names:
            self.context.unknown(mark, "state", wanted, names, f"of `{point.key}`")
        elif not names and point.kind is Kind.DISCRETE and not isinstance(wanted, bool):
            self._problems.add(mark, f"`{point.key}` is true or false, never `{wanted}`")
        elif point.kind is Kind.TEXT and not isinstance(wanted, str):
            self._problems.add(mark, f"`{point.key}` is a text: put the value in quotes")

    def _leak(self, shape: shapes.LeakShape, at: Places) -> Leak | None:
        point = self._contact(shape.point, at)
        if shape.position is not None and self._number("leak", shape.position, at, "position") is None:
            return None
        reads = shape.reads or (2 if self.type.polled else 1)
        return Leak(shape.point, reads, shape.position) if point else None

    def _rate(self, shape: shapes.RateShape, at: Places) -> Rate | None:
        point = self._number("rate", shape.point, at)
        when = self._when(shape.when, at) if shape.when else None
        if point is None or (shape.when and when is None):
            return None
        sign = 1 if shape.rises is not None else -1 if shape.falls is not None else 0
        limit = next(one for one in (shape.rises, shape.falls, shape.moves) if one is not None)
        if 0 < abs(limit) <= shape.deadband:
            self._problems.add(
                at("deadband"),
                f"deadband {shape.deadband:g} is as wide as the limit ({limit:g}): standing still would not clear it",
            )
        return Rate(point.key, limit, _PERIODS[shape.per], shape.window, shape.deadband, sign, when)

    def _starts(self, shape: shapes.StartsShape, at: Places) -> Starts | None:
        point = self._point(shape.point, at("point"))
        if point is None:
            return None
        if point.kind is Kind.ANALOG or point.kind is Kind.TEXT or point.states:
            self._problems.add(
                at("point"), f"`{point.key}` is neither a bit that runs nor a counter of starts"
            )
        return Starts(point.key, shape.limit, shape.window, shape.deadband, point.kind is Kind.COUNTER)

    def _night_flow(self, kind: str, shape: shapes.NightFlowShape, at: Places) -> Unceasing | None:
        point = self._number(kind, shape.point, at)
        if point is None:
            return None
        counter = point.kind is Kind.COUNTER
        if not counter and shape.limit is None:
            self._problems.add(
                at("limit"), f"`limit` is missing: what does `{point.key}` come down to at rest?"
            )
        if counter and shape.limit is not None:
            self._problems.add(
                at("limit"), "a meter's total has no limit: it stops when it stands for `pause`"
            )
        return Unceasing(point.key, shape.limit or 0.0, shape.window, shape.deadband, counter, shape.pause)

    # several points

    def _deviation(self, shape: shapes.DeviationShape, at: Places) -> Deviation | None:
        points = self._points(shape.points, at)
        for key in points:
            if self.type.points[key].kind not in (Kind.ANALOG, Kind.COUNTER):
                self._problems.add(at("points"), f"`{key}` is no number")
                return None
        if points and len(points) < 2:
            self._problems.add(at("points"), "one point alone cannot deviate: name two or more")
        limit, percent = shape.limit
        if limit <= 0:
            self._problems.add(at("limit"), f"{limit:g} is no distance: above 0")
        if shape.deadband >= limit > 0:
            self._problems.add(
                at("deadband"),
                f"deadband {shape.deadband:g} is as wide as the limit ({limit:g}): the alarm would never clear",
            )
        return Deviation(points, limit, shape.deadband, percent, shape.least) if points else None

    def _availability(self, shape: shapes.AvailabilityShape, at: Places) -> AvailabilityBelow | None:
        points = self._share_points(shape.points, shape.when, at)
        by_hour = []
        for i, one in enumerate(shape.limit_at):
            made = self.almanac.hours(one.during)
            if never(made):
                self._problems.add(at.child("limit_at", i)("during"), NEVER)
            by_hour.append((made, self._lamps(one.limit)))
        if not points:
            return None
        return AvailabilityBelow(points, shape.when, self._lamps(shape.limit), tuple(by_hour))

    def _lamps(self, limit: float | str) -> float:
        return self.grade.lamps if isinstance(limit, str) else limit

    def _share_points(self, globs: Iterable[str], when: str | None, at: Places) -> tuple[str, ...]:
        points = self._points(globs, at)
        if when is not None:
            self._point(when, at("when"))
        for key in points:
            point = self.type.points[key]
            if point.kind is not Kind.DISCRETE or point.states:
                self._problems.add(at("points"), f"`{key}` is not a bool that says whether it works")
                break
        return tuple(key for key in points if key != when)

    # conditions of conditions

    def _combined(self, shape: shapes.CombinedShape, at: Places) -> AtLeast | None:
        if shape.all is not None:
            return self._joined("all", shape.all, at)
        if shape.any is not None:
            return self._joined("any", shape.any, at, needed=1)
        return self._joined("of", shape.of or [], at, needed=shape.at_least)

    def _joined(
        self, key: str, given: list[dict[str, Any]], at: Places, *, needed: int | None = None
    ) -> AtLeast | None:
        made = [self._inline(key, i, one, at) for i, one in enumerate(given)]
        found = tuple(one for one in made if one is not None)
        return AtLeast(len(found) if needed is None else needed, found) if len(found) == len(made) else None

    def _when(self, given: list[dict[str, Any]], at: Places) -> Condition | None:
        """What must hold for a rule to look at all: every one of a list. Told by one look, since nothing else counts yet."""
        joined = self._joined("when", given, at)
        if joined is None:
            return None
        for i, one in enumerate(joined.conditions):
            if isinstance(one, Rate | Stuck | Starts):
                self._problems.add(
                    at.node("when", i).mark,
                    "`when` asks for what is so now: a state or a limit, nothing over time",
                )
        return joined.conditions[0] if len(joined.conditions) == 1 else joined

    def _inline(self, key: str, index: int, data: Mapping[str, Any], at: Places) -> Condition | None:
        node = at.node(key, index)
        kind = data.get("rule", "state")
        if kind not in shapes.INLINE:
            self.context.unknown(Places(node, {})("rule"), "kind of condition", kind, shapes.INLINE)
            return None
        model = shapes.SHAPES[kind]
        own = [name for name in keys_of(model) if name not in _OF_ALARMS]
        strange = [name for name in data if name not in own and name != "rule"]
        for name in strange:
            mark = find(node, [name], key=True).mark
            if name in _OF_ALARMS:
                self._problems.add(mark, f"`{name}` belongs to the rule, not to one of its conditions")
            else:
                self.context.unknown(mark, "key", name, own)
        if strange:
            return None
        shape = self.context.check(model, node, data={**data, "rule": kind})
        return self.make(str(kind), shape, data, Places(node, {})) if shape else None

    # points

    def _contact(self, key: str, at: Places) -> TypePoint | None:
        point = self._point(key, at("point"))
        if point and (point.kind is not Kind.DISCRETE or point.states):
            self._problems.add(at("point"), f"`{point.key}` is not a wet or dry contact (a bool)")
        return point

    def _number(self, kind: str, key: str, at: Places, field: str = "point") -> TypePoint | None:
        point = self._point(key, at(field))
        if point is not None and point.kind not in (Kind.ANALOG, Kind.COUNTER):
            self._problems.add(
                at(field), f"`{kind}` needs a number, and `{point.key}` is {point.kind}; use `rule: state`"
            )
            return None
        return point

    def _points(self, globs: Iterable[str], at: Places) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for glob in globs:
            keys = [key for key in self.type.points if fnmatchcase(key, glob)]
            if not keys and "*" in glob:
                self._problems.add(at("points"), f"no point of type {self.type.name} is like `{glob}`")
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


_OF_ALARMS = frozenset({*keys_of(shapes.RuleShape), *keys_of(shapes.KindShape), "levels"}) - {"rule"}
"""What only a whole alarm has."""


def _unit(point: TypePoint) -> str:
    return f" {point.unit}" if point.unit else ""
