"""What is promised: the share of lamps that work, the share of a month in use."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from monitor.settings.shape.lamps import LampLimit, LimitAtShape
from monitor.settings.shape.rules.base import Conditions, Globs, RuleShape
from monitor.settings.shape.site import Share


class AvailabilityShape(RuleShape):
    """`availability`."""

    points: Globs
    when: str | None = None
    limit: LampLimit
    limit_at: list[LimitAtShape] = Field(default_factory=list)


class UnknownShape(RuleShape):
    """`unknown`."""

    points: Globs
    when: str | None = None
    limit: Share = 0.2


class UptimeShape(RuleShape):
    """`uptime`."""

    default_on_delay: ClassVar[float] = 0.0

    down: Conditions
    limit: Share
