"""How much an operator is asked to take (ISA-18.2-2016 section 16.4, IEC 62682:2022 section 16.5): means and, first, the worst.

About one alarm in ten minutes is acceptable, two manageable, for each operator position; under one per cent of the time in
flood; 80, 15 and 5 per cent low, medium and high, critical below one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.domain.alarm import AlarmEvent
from monitor.domain.flood import SPAN, Flood, floods
from monitor.domain.nuisance import MOST, BadActor, Delays, bad_actors
from monitor.domain.rules import Priority

ACCEPTABLE: Final = 1.0
MANAGEABLE: Final = 2.0
"""Annunciations in ten minutes, as a mean, for one operator position."""
FLOOD_SHARE: Final = 0.01
STANDING_AIM: Final = 5
"""Fewer than this many alarms should be active for over a day."""
HOUR: Final = 3600.0
AIM: Final[Mapping[Priority, float]] = {
    Priority.CRITICAL: 0.01,
    Priority.HIGH: 0.05,
    Priority.MEDIUM: 0.15,
    Priority.LOW: 0.80,
}


@dataclass(frozen=True, slots=True)
class Worst:
    """The busiest span: `count` annunciations from `start` (POSIX s) on."""

    start: float
    count: int


@dataclass(frozen=True, slots=True)
class Kpis:
    """The load of one position in [`start`, `end`) (POSIX s)."""

    start: float
    end: float
    annunciations: int
    worst_ten_minutes: Worst | None
    worst_hour: Worst | None
    floods: tuple[Flood, ...]
    flood_share: float
    """Of the time (0 to 1)."""
    mix: Mapping[Priority, float]
    """Share of each priority in the annunciations; empty when there were none."""
    top_share: float
    """What the ten alarms that annunciated most have of all (0 to 1)."""
    actors: tuple[BadActor, ...]

    @property
    def per_ten_minutes(self) -> float:
        """The mean rate."""
        return self.annunciations / ((self.end - self.start) / SPAN)

    @property
    def standing(self) -> int:
        """Alarms that have been active for over a day."""
        return sum(1 for actor in self.actors if actor.standing is not None)

    @property
    def chattering(self) -> int:
        """Alarms that annunciated three times or more within a minute; the aim is none."""
        return sum(1 for actor in self.actors if actor.chattering)


def kpis(
    events: Sequence[AlarmEvent],
    delays: Mapping[str, Delays],
    start: float,
    end: float,
    already: Mapping[str, float] | None = None,
) -> Kpis:
    """The figures of [`start`, `end`) from its events, oldest first.

    `delays` are those of each rule now; `already` the alarms that were active before `start`, with the wall time of
    their raise.
    """
    loud = [event for event in events if event.annunciates]
    times = sorted(event.at for event in loud)
    found = floods(times, end)
    mix = Counter(event.priority for event in loud)
    top = Counter(event.alarm for event in loud).most_common(MOST)
    return Kpis(
        start=start,
        end=end,
        annunciations=len(loud),
        worst_ten_minutes=busiest(times, SPAN),
        worst_hour=busiest(times, HOUR),
        floods=found,
        flood_share=sum((one.end or end) - one.start for one in found) / (end - start),
        mix={priority: mix[priority] / len(loud) for priority in Priority} if loud else {},
        top_share=sum(n for _, n in top) / len(loud) if loud else 0.0,
        actors=bad_actors(events, delays, already or {}, end),
    )


def busiest(times: Sequence[float], span: float) -> Worst | None:
    """The `span` seconds with most of the rising `times`, the first of several alike."""
    worst: Worst | None = None
    first = 0
    for last, at in enumerate(times):
        while at - times[first] >= span:
            first += 1
        if worst is None or last - first + 1 > worst.count:
            worst = Worst(times[first], last - first + 1)
    return worst
