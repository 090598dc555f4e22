"""Equipment that is not in regular service: under repair, or being commissioned (ISA-18.2-2016 sections 11.9 and 14).

Both keep their alarms from people until an end that must be named; underneath, evaluation goes on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from monitor.domain.instant import Instant


class Mode(StrEnum):
    """What an equipment is doing for the site."""

    IN_SERVICE = "in_service"
    OUT_OF_SERVICE = "out_of_service"
    """Under repair: what it says of itself interests nobody for now."""
    COMMISSIONING = "commissioning"
    """Not handed over yet: its alarms are being tried, shown apart and told to nobody."""


@dataclass(frozen=True, slots=True)
class Service:
    """The newest word on one equipment, `id`. Times are wall time in POSIX seconds; `until` is None in service."""

    id: str
    mode: Mode
    since: float
    until: float | None
    actor: str
    reason: str

    def now(self, wall: float) -> Mode:
        """The mode that holds at `wall`: every other one ends by itself."""
        over = self.until is None or wall >= self.until
        return Mode.IN_SERVICE if over else self.mode


class ServiceRefusal(StrEnum):
    """Why an equipment's mode was not changed."""

    END_NOT_IN_FUTURE = "end_not_in_future"
    END_TOO_FAR = "end_too_far"
    REASON_MISSING = "reason_missing"


LONGEST = 90 * 86_400.0
"""Seconds that an equipment may be out of service in one go. A longer one is said again, by somebody who still means it."""


def refusal(mode: Mode, until: float | None, reason: str, now: Instant) -> ServiceRefusal | None:
    """What is wrong with a wish to change the mode at `now`, or None. Coming back into service needs no reason."""
    if mode is Mode.IN_SERVICE:
        return None
    if until is None or not math.isfinite(until) or until <= now.wall:
        return ServiceRefusal.END_NOT_IN_FUTURE
    if until > now.wall + LONGEST:
        return ServiceRefusal.END_TOO_FAR
    return None if reason.strip() else ServiceRefusal.REASON_MISSING
