"""How urgent an alarm is, and the times that the site's service grade gives."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Priority(StrEnum):
    """Aim of ISA-18.2: under 1 %, 5 %, 15 % and 80 % of all alarms."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for critical up to 3 for low: sorts the most urgent first."""
        return list(Priority).index(self)


class GradeClock(StrEnum):
    """A time that the site's service grade gives."""

    URGENT = "urgent_on_site"
    LAMP = "lamp_repair"
    FAULT = "fault_repair"


Clocks = Mapping[GradeClock, float]
"""Seconds that a service grade gives."""
