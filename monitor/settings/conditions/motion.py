"""How values move: too fast, not at all, too often."""

from __future__ import annotations

from monitor.domain.conditions import Rate, Starts, Stuck
from monitor.domain.point import Kind
from monitor.settings.conditions.combined import when_of
from monitor.settings.conditions.desk import Desk
from monitor.settings.conditions.where import Places
from monitor.settings.shape import rules as shapes

_PERIODS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


def rate(desk: Desk, kind: str, shape: shapes.RateShape, at: Places) -> Rate | None:
    """`rate`."""
    point = desk.number("rate", shape.point, at)
    when = when_of(desk, shape.when, at) if shape.when else None
    if point is None or (shape.when and when is None):
        return None
    sign = 1 if shape.rises is not None else -1 if shape.falls is not None else 0
    limit = next(one for one in (shape.rises, shape.falls, shape.moves) if one is not None)
    if 0 < abs(limit) <= shape.deadband:
        desk.wrong(
            at("deadband"),
            f"deadband {shape.deadband:g} is as wide as the limit ({limit:g}): standing still would not clear it",
        )
    return Rate(point.key, limit, _PERIODS[shape.per], shape.window, shape.deadband, sign, when)


def stuck(desk: Desk, kind: str, shape: shapes.StuckShape, at: Places) -> Stuck | None:
    """`stuck`."""
    when = when_of(desk, shape.when, at) if shape.when else None
    if desk.number(kind, shape.point, at) is None or (shape.when and when is None):
        return None
    return Stuck(shape.point, shape.longer, shape.within, when)


def starts(desk: Desk, kind: str, shape: shapes.StartsShape, at: Places) -> Starts | None:
    """`starts`."""
    point = desk.point(shape.point, at("point"))
    if point is None:
        return None
    if point.kind is Kind.ANALOG or point.kind is Kind.TEXT or point.states:
        desk.wrong(at("point"), f"`{point.key}` is neither a bit that runs nor a counter of starts")
    return Starts(point.key, shape.limit, shape.window, shape.deadband, point.kind is Kind.COUNTER)
