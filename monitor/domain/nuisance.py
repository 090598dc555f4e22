"""Alarms that cry too often, and what would quieten each: chattering, fleeting, standing for days (ISA-18.2 16.5).

A proposal is a delay with what it would have removed, reckoned from the record alone. An off-delay joins trips that follow
each other closely and hides no condition; an on-delay keeps back what is over sooner, so the longest of those is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from monitor.domain.alarm import AlarmEvent, EventCause

CHATTER_COUNT: Final = 3
CHATTER_SPAN: Final = 60.0
"""Three annunciations in a minute are a chattering alarm."""
FLEETING: Final = 30.0
"""An alarm that is over within this many seconds leaves no time to do anything about it."""
STANDING: Final = 86_400.0
MOST: Final = 10
"""Alarms that are named as those that annunciated most."""
FEW: Final = 3
"""Trips below which nothing is proposed: that is not yet a habit."""
ENOUGH: Final = 0.5
"""A proposal removes at least this share of the trips."""
ALIKE: Final = 0.9
STEPS: Final = (1, 2, 3, 5, 8, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
"""Delays in seconds that people set."""

_OPENS = frozenset({EventCause.RAISED, EventCause.TRIPPED})
_CLOSES = frozenset({EventCause.RETURNED, EventCause.SUPERSEDED, EventCause.RULE_REMOVED})


class Delay(StrEnum):
    """Which delay of the rule a proposal changes."""

    ON = "on_delay"
    OFF = "off_delay"


@dataclass(frozen=True, slots=True)
class Delays:
    """What the rule has now, in seconds."""

    on: float = 0.0
    off: float = 0.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """Set `delay` to `seconds`: of `of` trips `removed` would not have annunciated.

    `longest_lost` is the longest activity (s) that nobody would have heard of; 0 for an off-delay, which loses none.
    """

    delay: Delay
    seconds: float
    removed: int
    of: int
    longest_lost: float = 0.0


@dataclass(frozen=True, slots=True)
class Trip:
    """One activity of an alarm: wall times of its raise and its return (None: still active)."""

    raised: float
    returned: float | None


@dataclass(frozen=True, slots=True)
class BadActor:
    """One alarm's part in the load. `chattering`: most annunciations within a minute, 0 when it does not chatter."""

    alarm: str
    annunciations: int
    chattering: int
    fleeting: int
    standing: float | None
    """Seconds for which it has been active at the end, where that is over a day."""
    proposal: Proposal | None


def trips(events: Iterable[AlarmEvent], already: Mapping[str, float]) -> dict[str, list[Trip]]:
    """Activities by alarm, oldest first, from events oldest first.

    `already` are the alarms that were active before the first event, with the wall time (POSIX s) of their raise. A
    return without its raise does not count.
    """
    found: dict[str, list[Trip]] = defaultdict(list)
    for alarm, raised in already.items():
        found[alarm].append(Trip(raised, None))
    for event in events:
        mine = found[event.alarm]
        if event.cause in _OPENS:
            mine.append(Trip(event.at, None))
        elif event.cause in _CLOSES and mine and mine[-1].returned is None:
            mine[-1] = Trip(mine[-1].raised, event.at)
    return {alarm: mine for alarm, mine in found.items() if mine}


def chattering(times: Sequence[float]) -> int:
    """The most annunciations within one minute, 0 where that is below three."""
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] > CHATTER_SPAN:
            first += 1
        most = max(most, last - first + 1)
    return most if most >= CHATTER_COUNT else 0


def bad_actors(
    events: Sequence[AlarmEvent],
    delays: Mapping[str, Delays],
    already: Mapping[str, float],
    end: float,
    most: int = MOST,
) -> tuple[BadActor, ...]:
    """The alarms that annunciated most, and all that have been active for over a day at `end`; worst first.

    `events` oldest first, up to `end`; `already` as in `trips`.
    """
    times: dict[str, list[float]] = defaultdict(list)
    for event in events:
        if event.annunciates:
            times[event.alarm].append(event.at)
    activity = trips(events, already)
    found = [
        _actor(alarm, times.get(alarm, []), activity.get(alarm, []), delays.get(alarm), end)
        for alarm in times.keys() | activity.keys()
    ]
    found = [one for one in found if one.annunciations or one.standing is not None]
    found.sort(key=lambda one: (-one.annunciations, -(one.standing or 0.0), one.alarm))
    return (*found[:most], *(one for one in found[most:] if one.standing is not None))


def _actor(
    alarm: str, times: Sequence[float], activity: Sequence[Trip], delays: Delays | None, end: float
) -> BadActor:
    last = activity[-1] if activity else None
    age = end - last.raised if last and last.returned is None else 0.0
    return BadActor(
        alarm,
        len(times),
        chattering(times),
        sum(1 for trip in activity if trip.returned is not None and trip.returned - trip.raised < FLEETING),
        age if age > STANDING else None,
        propose(activity, delays) if delays is not None else None,
    )


def propose(activity: Sequence[Trip], delays: Delays) -> Proposal | None:
    """The delay that quietens most for least; None where neither helps, or the alarm trips too seldom to say.

    An off-delay is preferred where it does about the same, because it keeps nothing from anybody.
    """
    if len(activity) < FEW:
        return None
    off, on = _off(activity, delays), _on(activity, delays)
    if off is None or on is None:
        return off or on
    return off if off.removed >= ALIKE * on.removed else on


def _off(activity: Sequence[Trip], delays: Delays) -> Proposal | None:
    """How long the condition was away between two trips, what the present delays did to that taken out again."""
    gaps = [
        after.raised - before.returned - delays.on + delays.off
        for before, after in pairwise(activity)
        if before.returned is not None
    ]
    return _least(Delay.OFF, gaps, delays.off, len(activity))


def _on(activity: Sequence[Trip], delays: Delays) -> Proposal | None:
    lasted = [
        trip.returned - trip.raised + delays.on - delays.off for trip in activity if trip.returned is not None
    ]
    return _least(Delay.ON, lasted, delays.on, len(activity))


def _least(delay: Delay, spans: Sequence[float], now: float, of: int) -> Proposal | None:
    """The shortest usual delay that removes at least nine tenths of what the longest would; None below half of the trips."""
    removed = {step: sum(1 for span in spans if span < step) for step in STEPS if step > now}
    best = max(removed.values(), default=0)
    if best < ENOUGH * of:
        return None
    seconds = next(step for step, count in removed.items() if count >= ALIKE * best)
    lost = max((span for span in spans if span < seconds), default=0.0) if delay is Delay.ON else 0.0
    return Proposal(delay, float(seconds), removed[seconds], of, lost)
