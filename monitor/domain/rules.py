"""Alarm rules: what is judged, and the judgement itself, as pure functions over one equipment's latest values.

A closed set of conditions: no expressions, no scripts. A new rule is a frozen dataclass here, one `case` in
`judge`, and a table of tests. It is judged at every scan, until a `case` in `band.points_of` names the points by whose
change alone its verdict moves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from monitor.domain import availability, combining, deviation
from monitor.domain.card import Card as Card
from monitor.domain.conditions import (
    AtLeast,
    Deviation,
    MonthlyUptimeBelow,
    Rate,
    Starts,
    Stuck,
    Unceasing,
    Unproven,
)
from monitor.domain.hours import Hours
from monitor.domain.point import Text, Value
from monitor.domain.reading import Quality
from monitor.domain.urgency import Priority as Priority
from monitor.domain.verdict import Verdict as Verdict
from monitor.domain.verdict import View as View
from monitor.domain.verdict import believed, of


class AlarmKind(StrEnum):
    """What an alarm is about; a contract of the API: extend, never rename."""

    LEAK = "leak"
    LIMIT = "limit"
    STATE = "state"
    RATE = "rate"
    DEVIATION = "deviation"
    STALE = "stale"
    COMM = "comm"
    QUALITY = "quality"
    AVAILABILITY = "availability"
    INSPECTION = "inspection"
    DUTY = "duty"
    ORDER = "order"
    CAUSE = "cause"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class High:
    """Value above `limit`; clear at or below `limit - deadband` (ISA-18.2 16.2.3). In the point's unit."""

    point: str
    limit: float
    deadband: float = 0.0


@dataclass(frozen=True, slots=True)
class Low:
    """Value below `limit`; clear at or above `limit + deadband`. In the point's unit."""

    point: str
    limit: float
    deadband: float = 0.0


@dataclass(frozen=True, slots=True)
class State:
    """A discrete point is at `value`: a bit, or the name of an enumerated state; with `others` at one of several.

    With `negated` it is at none of them: "is not auto".
    """

    point: str
    value: Value
    others: tuple[Value, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Leak:
    """A water sensor is wet in `reads` consecutive good reads: two where we poll, one where the sensor speaks.

    `position` is the point that says where along a rope the water is.
    """

    point: str
    reads: int = 2
    position: str | None = None


@dataclass(frozen=True, slots=True)
class AvailabilityBelow:
    """The most favourable share of working lamps among those commanded on is below `limit` (0 to 1).

    The first of `limit_at` whose hours it is has another limit: more must be lit in the evening than before dawn.
    """

    points: tuple[str, ...]
    when: str | None
    limit: float
    limit_at: tuple[tuple[Hours, float], ...] = ()

    def limit_now(self, wall: float) -> float:
        """The limit that holds at POSIX seconds."""
        return next((limit for hours, limit in self.limit_at if hours.hold(wall)), self.limit)


@dataclass(frozen=True, slots=True)
class TooManyUnknown:
    """More than `limit` (0 to 1) of the lamps commanded on cannot be seen, so that availability is a guess."""

    points: tuple[str, ...]
    when: str | None
    limit: float


@dataclass(frozen=True, slots=True)
class Stale:
    """Any of the points has had no fresh value for longer than its `stale_after`."""

    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comm:
    """The equipment does not answer, or its own availability message says that it is offline."""


@dataclass(frozen=True, slots=True)
class SensorFault:
    """The point's device answers, but with a sentinel, rubbish or an implausible value."""

    point: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The device answers, but for at least one of these points not with a value: one alarm for many like points."""

    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reported:
    """Raised and cleared by Watchroom itself by name: a missed round, a dead historian, a late order."""

    subject: str
    words: Mapping[str, Text] = field(default_factory=dict)
    """What to call its values in the languages of people, where they are words of ours."""


Condition = (
    High
    | Low
    | State
    | Leak
    | AvailabilityBelow
    | TooManyUnknown
    | Stale
    | Comm
    | SensorFault
    | Unreadable
    | Deviation
    | AtLeast
    | Rate
    | Stuck
    | Starts
    | Unceasing
    | Unproven
    | MonthlyUptimeBelow
    | Reported
)


@dataclass(frozen=True, slots=True)
class Level:
    """A further limit of a `High` or `Low` rule (high-high, low-low): beyond it the one alarm is more urgent."""

    limit: float
    priority: Priority


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """One configured alarm. Delays are in seconds of steady time.

    `incident` marks an alarm whose trips are single events (a missed round): each trip is a new occurrence and an
    acknowledgement with a reason ends it. The condition is judged in the hours `during` and clear outside of them.
    The first of `priority_at` whose hours it is gives the priority, and a higher one of `levels` if one is reached.
    `re_alarm` is after how many seconds an acknowledged alarm that is still active is annunciated anew (ISA-18.2-2016
    10.6, re-alarming).
    """

    id: str
    equipment: str
    kind: AlarmKind
    condition: Condition
    priority: Priority
    on_delay: float = 5.0
    off_delay: float = 10.0
    latching: bool = False
    incident: bool = False
    title: Text = field(default_factory=dict)
    card: Card = field(default_factory=Card)
    during: Hours | None = None
    priority_at: tuple[tuple[Hours, Priority], ...] = ()
    levels: tuple[Level, ...] = ()
    re_alarm: float | None = None

    def of(self, equipment: str) -> AlarmRule:
        """A rule of a type as one equipment's own."""
        return replace(self, id=f"{equipment}.{self.id}", equipment=equipment)

    def of_none(self) -> AlarmRule:
        """The same as a rule of a type."""
        return replace(self, id=self.id.partition(".")[2], equipment="")


_FAULTS = frozenset({Quality.SENTINEL, Quality.DECODE_ERROR, Quality.OUT_OF_RANGE})


def judge(condition: Condition, view: View) -> Verdict:
    """The verdict of `condition` over `view`. Total: every condition and every quality has an answer.

    `Leak` is judged here on one reading (TRUE when wet); counting consecutive reads is `leak.consecutive`.
    `Reported` has no data to look at and is UNKNOWN: its owner states the verdict. Conditions over time are UNKNOWN to a
    single look; `remembered.look` folds them, and knows which limit holds at which hour.
    """
    match condition:
        case High(point, limit, deadband):
            return _beyond(view.read(point), limit, deadband, sign=1.0)
        case Low(point, limit, deadband):
            return _beyond(view.read(point), limit, deadband, sign=-1.0)
        case State(point, wanted, others, negated):
            return _is(view.read(point), (wanted, *others), negated)
        case Leak(point):
            return _is(view.read(point), (True,))
        case AvailabilityBelow(points, when, limit):
            return _too_few(_lamps(view, points, when), limit)
        case TooManyUnknown(points, when, limit):
            return _too_many_unseen(_lamps(view, points, when), limit)
        case Stale(points):
            return _stale([view.read(point)[1] for point in points])
        case Comm():
            return Verdict.UNKNOWN if view.answering is None else of(not view.answering)
        case SensorFault(point):
            return _fault(view.read(point)[1])
        case Unreadable(points):
            return _worst([_fault(view.read(point)[1]) for point in points])
        case Deviation():
            return deviation.judge(condition, view)
        case AtLeast(needed, conditions):
            return combining.at_least(needed, [judge(one, view) for one in conditions])
        case Reported() | Rate() | Stuck() | Starts() | Unceasing() | Unproven() | MonthlyUptimeBelow():
            return Verdict.UNKNOWN


def _beyond(reading: tuple[Value | None, Quality], limit: float, deadband: float, *, sign: float) -> Verdict:
    value, quality = reading
    if quality.bad or value is None or isinstance(value, str):
        return Verdict.UNKNOWN
    excess = sign * (float(value) - limit)
    noise = 4 * math.ulp(max(abs(limit), deadband))  # 1.8 - 2.0 is not -0.2, and 3 * 0.1 is not 0.3
    if excess > noise:
        return Verdict.TRUE
    return believed(Verdict.FALSE if excess <= noise - deadband else Verdict.BAND, quality)


def _is(reading: tuple[Value | None, Quality], wanted: tuple[Value, ...], negated: bool = False) -> Verdict:
    value, quality = reading
    if quality.bad or value is None:
        return Verdict.UNKNOWN
    return believed(of((value in wanted) is not negated), quality)


def _lamps(view: View, points: Sequence[str], when: str | None) -> availability.Lamps:
    commanded = (True, Quality.GOOD) if when is None else view.read(when)
    return availability.count(commanded, [view.read(point) for point in points])


def lamps_of(condition: AvailabilityBelow, view: View) -> availability.Lamps:
    """The lamps of a zone as they are seen now."""
    return _lamps(view, condition.points, condition.when)


def best_share(condition: AvailabilityBelow, view: View) -> float:
    """The share in working order (0 to 1) if everything unseen works: the figure by which the rule is judged."""
    return lamps_of(condition, view).upper


def _too_few(lamps: availability.Lamps, limit: float) -> Verdict:
    """Raised when even the best case is below the limit, cleared only when the worst case is not.

    Between the two the lamps that are not seen decide, so nobody can say; nothing commanded on, or not known to
    be, is not judged.
    """
    if not lamps.commanded_on:
        return Verdict.UNKNOWN
    if lamps.upper < limit:
        return Verdict.TRUE
    return Verdict.FALSE if lamps.lower >= limit else Verdict.UNKNOWN


def _too_many_unseen(lamps: availability.Lamps, limit: float) -> Verdict:
    return of(lamps.unknown_share > limit) if lamps.commanded_on else Verdict.UNKNOWN


_SILENT = frozenset({Quality.NO_DATA, Quality.COMM_FAILURE, Quality.RETAINED, Quality.OUT_OF_SERVICE})
"""Nothing was heard of the point itself: neither fresh nor proof of having gone stale."""


def _stale(qualities: Sequence[Quality]) -> Verdict:
    if Quality.STALE in qualities:
        return Verdict.TRUE
    return Verdict.FALSE if _SILENT.isdisjoint(qualities) else Verdict.UNKNOWN


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    """TRUE when one is, FALSE only when all are."""
    if Verdict.TRUE in verdicts:
        return Verdict.TRUE
    return Verdict.FALSE if all(verdict is Verdict.FALSE for verdict in verdicts) else Verdict.UNKNOWN


def _fault(quality: Quality) -> Verdict:
    if quality in _FAULTS:
        return Verdict.TRUE
    return Verdict.FALSE if quality is Quality.GOOD else Verdict.UNKNOWN
