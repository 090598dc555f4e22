"""Water where it should not be, or that does not stop."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from monitor.domain.rules import Priority
from monitor.settings.fields import Duration
from monitor.settings.shape.rules.base import Conditions, RuleShape


class LeakShape(RuleShape):
    """`leak`."""

    default_on_delay: ClassVar[float] = 0.0
    default_priority: ClassVar[Priority] = Priority.CRITICAL
    default_latching: ClassVar[bool] = True

    point: str
    reads: int | None = Field(default=None, ge=1, le=10)
    position: str | None = None


class NightFlowShape(RuleShape):
    """`night_flow`."""

    default_on_delay: ClassVar[float] = 0.0
    default_latching: ClassVar[bool] = True
    default_during: ClassVar[str | None] = "01:00-05:00"

    point: str
    limit: float | None = Field(default=None, ge=0)
    deadband: float = Field(default=0.0, ge=0)
    window: Duration = 7200.0
    pause: Duration = 900.0


class NoFallShape(RuleShape):
    """`no_fall`."""

    default_on_delay: ClassVar[float] = 0.0
    default_priority: ClassVar[Priority] = Priority.HIGH

    point: str
    when: Conditions
    fall: float = Field(gt=0)
    window: Duration


class UnprovenShape(RuleShape):
    """`unproven`."""

    default_on_delay: ClassVar[float] = 0.0
    default_priority: ClassVar[Priority] = Priority.LOW

    point: str
    longer: Duration = 180 * 86400.0
