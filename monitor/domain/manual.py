"""A value that a person states for a point: read by eye, or in place of a sensor that cannot be believed.

It is *substituted* (OPC UA Part 8, section 6.3.2): uncertain, so that it may raise an alarm and never clears one. It has an end,
because nobody remembers to take it away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from monitor.domain.instant import Instant
from monitor.domain.point import Kind, Point, Value

LONGEST = 30 * 86_400.0
"""Seconds that one statement may hold."""
LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Substitution:
    """The newest word of a person on one point, `id`. Times are wall time in POSIX seconds; it is over at `until`."""

    id: str
    value: Value | None
    since: float
    until: float
    actor: str
    reason: str

    def holds(self, wall: float) -> bool:
        """Whether it is to be shown at `wall`."""
        return self.value is not None and wall < self.until


class SubstitutionRefusal(StrEnum):
    """Why a value was not taken."""

    END_NOT_IN_FUTURE = "end_not_in_future"
    END_TOO_FAR = "end_too_far"
    REASON_MISSING = "reason_missing"
    NOT_OF_THIS_KIND = "not_of_this_kind"
    """A number for a contact, a state that the point cannot have."""


def refusal(
    point: Point, value: Value, until: float, reason: str, now: Instant
) -> SubstitutionRefusal | None:
    """What is wrong with a wish to state `value` from `now` on, or None."""
    if not math.isfinite(until) or until <= now.wall:
        return SubstitutionRefusal.END_NOT_IN_FUTURE
    if until > now.wall + LONGEST:
        return SubstitutionRefusal.END_TOO_FAR
    if not reason.strip():
        return SubstitutionRefusal.REASON_MISSING
    return None if _fits(point, value) else SubstitutionRefusal.NOT_OF_THIS_KIND


def _fits(point: Point, value: Value) -> bool:
    if point.kind is Kind.TEXT:
        return isinstance(value, str) and len(value) <= LONGEST_TEXT
    if point.kind is Kind.DISCRETE:
        return value in point.states.values() if point.states else isinstance(value, bool)
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
