"""alarms: one shape for each kind of rule, by family."""

from __future__ import annotations

from monitor.settings.shape.rules.base import KindShape, RuleShape
from monitor.settings.shape.rules.combined import CombinedShape
from monitor.settings.shape.rules.limits import DeviationShape, LimitShape, StateShape
from monitor.settings.shape.rules.motion import RateShape, StartsShape, StuckShape
from monitor.settings.shape.rules.quality import CommShape, FaultShape, StaleShape, UnreadableShape
from monitor.settings.shape.rules.service import AvailabilityShape, UnknownShape, UptimeShape
from monitor.settings.shape.rules.water import LeakShape, NightFlowShape, NoFallShape, UnprovenShape

SHAPES: dict[str, type[RuleShape]] = {
    "high": LimitShape,
    "low": LimitShape,
    "state": StateShape,
    "leak": LeakShape,
    "availability": AvailabilityShape,
    "unknown": UnknownShape,
    "comm": CommShape,
    "stale": StaleShape,
    "fault": FaultShape,
    "unreadable": UnreadableShape,
    "deviation": DeviationShape,
    "rate": RateShape,
    "stuck": StuckShape,
    "starts": StartsShape,
    "night_flow": NightFlowShape,
    "no_fall": NoFallShape,
    "unproven": UnprovenShape,
    "uptime": UptimeShape,
    "combined": CombinedShape,
}
INLINE = ("high", "low", "state", "deviation", "rate", "stuck", "starts", "comm", "fault")
"""Kinds that may be one of several conditions."""

__all__ = [
    "INLINE",
    "SHAPES",
    "AvailabilityShape",
    "CombinedShape",
    "CommShape",
    "DeviationShape",
    "FaultShape",
    "KindShape",
    "LeakShape",
    "LimitShape",
    "NightFlowShape",
    "NoFallShape",
    "RateShape",
    "RuleShape",
    "StaleShape",
    "StartsShape",
    "StateShape",
    "StuckShape",
    "UnknownShape",
    "UnprovenShape",
    "UnreadableShape",
    "UptimeShape",
]
