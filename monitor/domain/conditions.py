"""Conditions over several points, over other conditions, and over time. Part of the closed set of `rules.Condition`.

Those over time say nothing of one look alone: `remembered.look` folds each look into what was seen before.
Times are in seconds, values in the point's unit unless it says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.domain.rules import Condition


@dataclass(frozen=True, slots=True)
class Deviation:
    """Points that should agree do not: two differ by more than `limit`, or one of several lies further than that from
    their mean.

    With `percent` the limit is in per cent of the mean of all (phase imbalance as NEMA MG 1-2021 section 12.45 has it:
    greatest deviation from the average over the average); between two points in per cent of the second. Nothing is
    judged while what it is measured against is below `least`: the imbalance of an idle line means nothing.
    """

    points: tuple[str, ...]
    limit: float
    deadband: float = 0.0
    percent: bool = False
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `needed` of the conditions hold: one of them is "any", as many as there are is "all"."""

    needed: int
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """The value rises (`sign` 1), falls (-1) or moves either way (0) faster than `limit` per `per` seconds.

    Over `window`, robustly (see `trend`). With `when` only while that holds: it begins anew each time, and what was
    concluded stays while it does not hold, since nothing was seen that speaks against it. A negative limit asks for the
    opposite motion: "does not fall by 2 in 300 s" is rising by more than -2 per 300 s.
    """

    point: str
    limit: float
    per: float
    window: float
    deadband: float = 0.0
    sign: int = 0
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Stuck:
    """The value has moved by no more than `within` for longer than `longer`, counted only while `when` holds."""

    point: str
    longer: float
    within: float = 0.0
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Starts:
    """More than `limit` starts within `window`: a bit that comes on, or what a counter counts."""

    point: str
    limit: float
    window: float = 3600.0
    deadband: float = 0.0
    counter: bool = False


@dataclass(frozen=True, slots=True)
class Unceasing:
    """A flow that has not once come down to `limit` for `window`: water that never stops.

    With `counter` the point is a meter's total instead, and the flow has stopped when it stands still for `pause`.
    """

    point: str
    limit: float
    window: float
    deadband: float = 0.0
    counter: bool = False
    pause: float = 900.0


@dataclass(frozen=True, slots=True)
class Unproven:
    """A water sensor has not been seen wet, nor noted as tested, for longer than `longer`: nobody knows that it works."""

    point: str
    longer: float


@dataclass(frozen=True, slots=True)
class MonthlyUptimeBelow:
    """`down` has held for so much of the calendar month that at least `limit` (0 to 1) of it can no longer be reached.

    `timezone` is an IANA name. What was not seen counts in favour, as for lamps (see `uptime`).
    """

    down: Condition
    limit: float
    timezone: str
