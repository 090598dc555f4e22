"""From the shape of a rule to its condition: one maker for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from monitor.domain.rules import Condition
from monitor.settings.conditions import combined, limits, motion, quality, service, water
from monitor.settings.conditions.desk import Desk
from monitor.settings.conditions.where import Places
from monitor.settings.shape import rules as shapes

MAKERS: Mapping[type[shapes.RuleShape], Callable[[Desk, str, Any, Places], Condition | None]] = {
    shapes.LimitShape: limits.limit,
    shapes.StateShape: limits.state,
    shapes.DeviationShape: limits.deviation,
    shapes.RateShape: motion.rate,
    shapes.StuckShape: motion.stuck,
    shapes.StartsShape: motion.starts,
    shapes.LeakShape: water.leak,
    shapes.NightFlowShape: water.night_flow,
    shapes.NoFallShape: water.no_fall,
    shapes.UnprovenShape: water.unproven,
    shapes.AvailabilityShape: service.availability,
    shapes.UnknownShape: service.unknown,
    shapes.UptimeShape: service.uptime,
    shapes.CommShape: quality.comm,
    shapes.StaleShape: quality.stale,
    shapes.FaultShape: quality.fault,
    shapes.UnreadableShape: quality.unreadable,
    shapes.CombinedShape: combined.combined,
}


class ConditionMaker(Desk):
    """Makes the conditions of one type."""

    def make(self, kind: str, shape: shapes.RuleShape, at: Places) -> Condition | None:
        """The condition of a rule of `kind`; None when it is wrong, which is then reported."""
        return MAKERS[type(shape)](self, kind, shape, at)
