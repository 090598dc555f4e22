"""Water where it should not be, or that does not stop."""

from __future__ import annotations

from monitor.domain.conditions import Rate, Unceasing, Unproven
from monitor.domain.point import Kind
from monitor.domain.rules import Leak
from monitor.settings.conditions.combined import when_of
from monitor.settings.conditions.desk import Desk
from monitor.settings.conditions.where import Places
from monitor.settings.shape import rules as shapes


def leak(desk: Desk, kind: str, shape: shapes.LeakShape, at: Places) -> Leak | None:
    """`leak`."""
    point = desk.contact(shape.point, at)
    if shape.position is not None and desk.number("leak", shape.position, at, "position") is None:
        return None
    reads = shape.reads or (2 if desk.type.polled else 1)
    return Leak(shape.point, reads, shape.position) if point else None


def night_flow(desk: Desk, kind: str, shape: shapes.NightFlowShape, at: Places) -> Unceasing | None:
    """`night_flow`."""
    point = desk.number(kind, shape.point, at)
    if point is None:
        return None
    counter = point.kind is Kind.COUNTER
    if not counter and shape.limit is None:
        desk.wrong(at("limit"), f"`limit` is missing: what does `{point.key}` come down to at rest?")
    if counter and shape.limit is not None:
        desk.wrong(at("limit"), "a meter's total has no limit: it stops when it stands for `pause`")
    return Unceasing(point.key, shape.limit or 0.0, shape.window, shape.deadband, counter, shape.pause)


def no_fall(desk: Desk, kind: str, shape: shapes.NoFallShape, at: Places) -> Rate | None:
    """`no_fall`."""
    point = desk.number(kind, shape.point, at)
    when = when_of(desk, shape.when, at)
    if point is None or when is None:
        return None
    return Rate(point.key, -shape.fall, shape.window, shape.window, 0.0, 1, when)


def unproven(desk: Desk, kind: str, shape: shapes.UnprovenShape, at: Places) -> Unproven | None:
    """`unproven`."""
    return Unproven(shape.point, shape.longer) if desk.contact(shape.point, at) else None
