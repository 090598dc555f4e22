"""What a changed rule does to the alarms of a past period: which are gone, which are new, and what nobody would have heard of.

The trips of the rule as it is and as changed come from judging the same recorded values twice (`engine/rejudging.py`); here they
are laid side by side. Times are wall time in POSIX seconds, lengths seconds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from monitor.domain.conditions import Unceasing
from monitor.domain.flood import SPAN
from monitor.domain.kpi import Worst, busiest
from monitor.domain.nuisance import ALIKE, FEW, STEPS, Trip
from monitor.domain.point import Point
from monitor.domain.rules import AlarmRule, High, Low

BEARABLE: Final = 60.0
"""Nothing is proposed that keeps back an alarm whose condition lasted longer than this."""
LEARNED: Final = "limit"
"""The field that `night_floor` proposes. What it would raise is told whatever that is: it is another limit, not a delay."""
_WIDER: Final = (2, 3, 5, 10)
"""Times the present deadband."""
_FLOOR_SHARE: Final = 0.2
"""Of the nights: a leak that has begun lately does not lift what a fifth of them came down to."""
_ABOVE_FLOOR: Final = 1.5


@dataclass(frozen=True, slots=True)
class Load:
    """What one version of the rule would have asked of people. `in_alarm` is the time it stood."""

    trips: tuple[Trip, ...]
    in_alarm: float
    worst_ten_minutes: Worst | None


@dataclass(frozen=True, slots=True)
class Gone:
    """A trip that only one version has. `held` is how long its condition lasted, what the delays did taken out again."""

    at: float
    held: float
    joined: bool = False
    """The other version stood at that time and had been told already: it is not announced a second time."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`removed` and `new` with the longest first. `later`: by how much one that stays is told later, at most."""

    before: Load
    after: Load
    removed: tuple[Gone, ...]
    new: tuple[Gone, ...]
    later: float

    @property
    def lost(self) -> tuple[Gone, ...]:
        """Those of `removed` that nobody would have heard of at all, the longest first."""
        return tuple(one for one in self.removed if not one.joined)

    @property
    def longest_lost(self) -> float:
        """How long the longest of them lasted; 0 when there is none."""
        return max((one.held for one in self.lost), default=0.0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One field of the rule with another value, as it would be written under `set:`."""

    field: str
    text: str
    rule: AlarmRule


def load(trips: Sequence[Trip], end: float) -> Load:
    """The figures of trips in order of time, up to `end`."""
    stood = sum((end if trip.returned is None else trip.returned) - trip.raised for trip in trips)
    return Load(tuple(trips), stood, busiest([trip.raised for trip in trips], SPAN))


def compare(
    rule: AlarmRule, before: Sequence[Trip], changed: AlarmRule, after: Sequence[Trip], end: float
) -> Difference:
    """Lay the trips of both beside each other, each list in order of time.

    A changed trip stands for the first one before that it touches and that none stands for yet. A longer off-delay makes one
    of several: the first of them stays, the others are removed and `joined`.
    """
    pairs = _pairs(before, after)
    stays, known = {i for i, _ in pairs}, {j for _, j in pairs}
    return Difference(
        load(before, end),
        load(after, end),
        _longest(_gone(rule, one, after, end) for i, one in enumerate(before) if i not in stays),
        _longest(_gone(changed, one, before, end) for j, one in enumerate(after) if j not in known),
        max((max(0.0, after[j].raised - before[i].raised) for i, j in pairs), default=0.0),
    )


def _pairs(before: Sequence[Trip], after: Sequence[Trip]) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    i = 0
    for j, trip in enumerate(after):
        while i < len(before) and _ended(before[i]) < trip.raised:
            i += 1
        if i < len(before) and before[i].raised <= _ended(trip):
            pairs.append((i, j))
            i += 1
    return pairs


def _ended(trip: Trip) -> float:
    return float("inf") if trip.returned is None else trip.returned


def _gone(rule: AlarmRule, trip: Trip, others: Sequence[Trip], end: float) -> Gone:
    i = bisect_left(others, trip.raised, key=_ended)
    touched = i < len(others) and others[i].raised <= _ended(trip)
    if trip.returned is None:
        return Gone(trip.raised, end - trip.raised + rule.on_delay, touched)
    held = trip.returned - trip.raised + rule.on_delay - rule.off_delay
    return Gone(trip.raised, max(held, 0.0), touched)


def _longest(found: Iterable[Gone]) -> tuple[Gone, ...]:
    return tuple(sorted(found, key=lambda one: (-one.held, one.at)))


# What to try


def candidates(rule: AlarmRule, points: Sequence[Point]) -> tuple[Candidate, ...]:
    """The usual off-delays and on-delays above those of the rule, and wider deadbands. `points` are those it looks at.

    An on-delay stays below the time for which the values are believed: longer ones could never end.
    """
    believed = min((point.stale_after for point in points), default=float("inf"))
    off = [
        Candidate("off_delay", f"{step}s", replace(rule, off_delay=float(step)))
        for step in STEPS
        if step > rule.off_delay
    ]
    on = [
        Candidate("on_delay", f"{step}s", replace(rule, on_delay=float(step)))
        for step in STEPS
        if rule.on_delay < step < believed
    ]
    return (*off, *on, *_deadbands(rule, points))


def _deadbands(rule: AlarmRule, points: Sequence[Point]) -> list[Candidate]:
    condition = rule.condition
    if not isinstance(condition, High | Low):
        return []
    span = next((p.range[1] - p.range[0] for p in points if p.key == condition.point and p.range), None)
    unit = condition.deadband or 0.01 * (span or abs(condition.limit))
    wider = [float(f"{times * unit:.3g}") for times in _WIDER]
    return [
        Candidate("deadband", f"{width:g}", replace(rule, condition=replace(condition, deadband=width)))
        for width in wider
        if width > condition.deadband and (span is None or width < 0.5 * span)
    ]


def night_floor(rule: AlarmRule, minima: Sequence[float], point: Point) -> Candidate | None:
    """A limit for water that never stops, from what the site's own nights came down to; None where nothing says one.

    `minima` is the least flow of each night. The floor is what the quietest fifth of them came down to, and the limit half as
    much again, at least 1 % of the plausible range above it: a leak that has begun does not teach itself as normal.
    """
    condition = rule.condition
    if not isinstance(condition, Unceasing) or condition.counter or len(minima) < FEW:
        return None
    floor = sorted(minima)[int(_FLOOR_SHARE * (len(minima) - 1))]
    room = 0.01 * (point.range[1] - point.range[0]) if point.range else 0.0
    limit = float(f"{max(_ABOVE_FLOOR * floor, floor + room):.3g}")
    if limit <= 0.0 or limit == condition.limit:
        return None
    return Candidate(LEARNED, f"{limit:g}", replace(rule, condition=replace(condition, limit=limit)))


def best(tried: Sequence[tuple[Candidate, Difference]]) -> tuple[tuple[Candidate, Difference], ...]:
    """Of each field the least change that removes about all that the field can, what removes most first.

    One that does about the same and keeps nothing from anybody goes before. None that loses an alarm longer than
    `BEARABLE`, or that removes nothing.
    """
    chosen: list[tuple[Candidate, Difference]] = []
    for field in dict.fromkeys(one.field for one, _ in tried):
        usable = [
            (one, made)
            for one, made in tried
            if one.field == field and made.longest_lost <= BEARABLE and _fewer(made) > 0
        ]
        most = max((_fewer(made) for _, made in usable), default=0)
        chosen += next(([pair] for pair in usable if _fewer(pair[1]) >= ALIKE * most), [])
    enough = ALIKE * max((_fewer(made) for _, made in chosen), default=0)
    return tuple(sorted(chosen, key=lambda pair: _worth(pair[1], enough)))


def _worth(made: Difference, enough: float) -> tuple[bool, int]:
    return bool(made.lost) or _fewer(made) < enough, -_fewer(made)


def _fewer(made: Difference) -> int:
    return len(made.removed) - len(made.new)
