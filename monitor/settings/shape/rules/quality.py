"""Whether anything is known: devices that do not answer, values that are old or none."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from monitor.domain.rules import Priority
from monitor.settings.shape.rules.base import Globs, RuleShape


class CommShape(RuleShape):
    """`comm`."""

    default_on_delay: ClassVar[float] = 60.0
    default_priority: ClassVar[Priority] = Priority.HIGH


class StaleShape(RuleShape):
    """`stale`."""

    points: Globs = Field(default_factory=lambda: ["*"])


class FaultShape(RuleShape):
    """`fault`."""

    default_on_delay: ClassVar[float] = 30.0

    point: str


class UnreadableShape(RuleShape):
    """`unreadable`."""

    default_on_delay: ClassVar[float] = 30.0

    points: Globs
