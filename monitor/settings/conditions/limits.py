"""Values as they are: limits, states, and points that should agree."""

from __future__ import annotations

from typing import Any

from monitor.domain.conditions import Deviation
from monitor.domain.point import Kind
from monitor.domain.rules import High, Low, State
from monitor.settings.conditions.desk import Desk, unit
from monitor.settings.conditions.where import Places
from monitor.settings.points import TypePoint
from monitor.settings.problems import Mark
from monitor.settings.shape import rules as shapes

DEADBAND_SHARE = 0.02
"""Of the plausible span, where a rule names no deadband (ISA-18.2 recommends 1 to 5 % by signal)."""


def limit(desk: Desk, kind: str, shape: shapes.LimitShape, at: Places) -> High | Low | None:
    """`high` and `low`."""
    point = desk.number(kind, shape.point, at)
    if point is None:
        return None
    span = point.range[1] - point.range[0] if point.range else None
    deadband = shape.deadband if shape.deadband is not None else DEADBAND_SHARE * (span or 0.0)
    if point.range and not point.range[0] <= shape.limit <= point.range[1]:
        low, high = point.range
        desk.wrong(
            at("limit"),
            f"limit {shape.limit:g} is outside of what `{point.key}` can be ([{low:g}, {high:g}]{unit(point)})",
        )
    _check_deadband(desk, deadband, point, at)
    return (High if kind == "high" else Low)(point.key, float(shape.limit), deadband)


def _check_deadband(desk: Desk, deadband: float, point: TypePoint, at: Places) -> None:
    span = point.range[1] - point.range[0] if point.range else None
    if span is not None and deadband >= span:
        desk.wrong(
            at("deadband"),
            f"deadband {deadband:g} is as wide as all that `{point.key}` can be ({span:g}{unit(point)}): "
            "the alarm would never clear",
        )


def state(desk: Desk, kind: str, shape: shapes.StateShape, at: Places) -> State | None:
    """`state`."""
    point = desk.point(shape.point, at("point"))
    if point is None:
        return None
    negated = shape.wanted is None
    wanted = tuple((shape.unwanted if negated else shape.wanted) or ())
    for one in wanted:
        _check_state(desk, point, one, at("not" if negated else "is"))
    return State(point.key, wanted[0], wanted[1:], negated)


def _check_state(desk: Desk, point: TypePoint, wanted: Any, mark: Mark) -> None:
    names = list(point.states.values())
    if names and wanted not in names:
        desk.context.unknown(mark, "state", wanted, names, f"of `{point.key}`")
    elif not names and point.kind is Kind.DISCRETE and not isinstance(wanted, bool):
        desk.wrong(mark, f"`{point.key}` is true or false, never `{wanted}`")
    elif point.kind is Kind.TEXT and not isinstance(wanted, str):
        desk.wrong(mark, f"`{point.key}` is a text: put the value in quotes")


def deviation(desk: Desk, kind: str, shape: shapes.DeviationShape, at: Places) -> Deviation | None:
    """`deviation`."""
    points = desk.points(shape.points, at)
    for key in points:
        if desk.type.points[key].kind not in (Kind.ANALOG, Kind.COUNTER):
            desk.wrong(at("points"), f"`{key}` is no number")
            return None
    if points and len(points) < 2:
        desk.wrong(at("points"), "one point alone cannot deviate: name two or more")
    limit, percent = shape.limit
    if limit <= 0:
        desk.wrong(at("limit"), f"{limit:g} is no distance: above 0")
    if shape.deadband >= limit > 0:
        desk.wrong(
            at("deadband"),
            f"deadband {shape.deadband:g} is as wide as the limit ({limit:g}): the alarm would never clear",
        )
    return Deviation(points, limit, shape.deadband, percent, shape.least) if points else None
