"""What is promised: the share of lamps that work, the share of a month in use."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.domain.conditions import MonthlyUptimeBelow
from monitor.domain.point import Kind
from monitor.domain.rules import AvailabilityBelow, TooManyUnknown
from monitor.settings.conditions.combined import joined
from monitor.settings.conditions.desk import Desk
from monitor.settings.conditions.where import Places
from monitor.settings.hours import NEVER, never
from monitor.settings.shape import rules as shapes


def availability(
    desk: Desk, kind: str, shape: shapes.AvailabilityShape, at: Places
) -> AvailabilityBelow | None:
    """`availability`."""
    points = _share_points(desk, shape.points, shape.when, at)
    by_hour = []
    for i, one in enumerate(shape.limit_at):
        made = desk.almanac.hours(one.during)
        if never(made):
            desk.wrong(at.child("limit_at", i)("during"), NEVER)
        by_hour.append((made, _lamps(desk, one.limit)))
    if not points:
        return None
    return AvailabilityBelow(points, shape.when, _lamps(desk, shape.limit), tuple(by_hour))


def _lamps(desk: Desk, limit: float | str) -> float:
    return desk.grade.lamps if isinstance(limit, str) else limit


def _share_points(desk: Desk, globs: Iterable[str], when: str | None, at: Places) -> tuple[str, ...]:
    points = desk.points(globs, at)
    if when is not None:
        desk.point(when, at("when"))
    for key in points:
        point = desk.type.points[key]
        if point.kind is not Kind.DISCRETE or point.states:
            desk.wrong(at("points"), f"`{key}` is not a bool that says whether it works")
            break
    return tuple(key for key in points if key != when)


def unknown(desk: Desk, kind: str, shape: shapes.UnknownShape, at: Places) -> TooManyUnknown | None:
    """`unknown`."""
    points = _share_points(desk, shape.points, shape.when, at)
    return TooManyUnknown(points, shape.when, shape.limit) if points else None


def uptime(desk: Desk, kind: str, shape: shapes.UptimeShape, at: Places) -> MonthlyUptimeBelow | None:
    """`uptime`."""
    down = joined(desk, "down", shape.down, at, needed=1)
    return MonthlyUptimeBelow(down, shape.limit, desk.almanac.timezone) if down else None
