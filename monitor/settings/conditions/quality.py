"""Whether anything is known: devices that do not answer, values that are old or none."""

from __future__ import annotations

from monitor.domain.rules import Comm, SensorFault, Stale, Unreadable
from monitor.settings.conditions.desk import Desk
from monitor.settings.conditions.where import Places
from monitor.settings.shape import rules as shapes


def comm(desk: Desk, kind: str, shape: shapes.CommShape, at: Places) -> Comm:
    """`comm`."""
    return Comm()


def stale(desk: Desk, kind: str, shape: shapes.StaleShape, at: Places) -> Stale | None:
    """`stale`."""
    points = desk.points(shape.points, at)
    return Stale(points) if points else None


def fault(desk: Desk, kind: str, shape: shapes.FaultShape, at: Places) -> SensorFault | None:
    """`fault`."""
    return SensorFault(shape.point) if desk.point(shape.point, at("point")) else None


def unreadable(desk: Desk, kind: str, shape: shapes.UnreadableShape, at: Places) -> Unreadable | None:
    """`unreadable`."""
    points = desk.points(shape.points, at)
    return Unreadable(points) if points else None
