"""The figures of the month's end, pure: each with the counts and ids it is made of, so that it can be traced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from monitor.domain.alarm import AlarmEvent, EventCause
from monitor.domain.history import Sample
from monitor.domain.inspection import Outcome, Window
from monitor.domain.reading import Grade, Quality

_OPENS = frozenset({EventCause.RAISED, EventCause.TRIPPED})


@dataclass(frozen=True, slots=True)
class Response:
    """One occurrence: seconds from its first annunciation to its acknowledgement, None while nobody answered."""

    alarm: str
    occurrence: int
    event: int
    raised_at: float
    seconds: float | None
    by: str | None


@dataclass(frozen=True, slots=True)
class Responses:
    """How fast people answered. Seconds."""

    items: tuple[Response, ...]

    @property
    def answered(self) -> tuple[float, ...]:
        """The times of those that were answered."""
        return tuple(item.seconds for item in self.items if item.seconds is not None)

    @property
    def median(self) -> float | None:
        """Half were answered faster."""
        return median(self.answered) if self.answered else None

    @property
    def worst(self) -> float | None:
        """The slowest answer."""
        return max(self.answered, default=None)

    def waiting(self, limit: float, now: float) -> int:
        """How many nobody has answered yet whose `limit` seconds are not over: nobody is late with these."""
        return sum(1 for item in self.items if item.seconds is None and now - item.raised_at <= limit)

    def within(self, limit: float) -> int:
        """How many were answered in `limit` seconds."""
        return sum(1 for seconds in self.answered if seconds <= limit)


def responses(events: Iterable[AlarmEvent]) -> Responses:
    """Events oldest first. An occurrence whose beginning lies before the events does not count."""
    open_: dict[tuple[str, int], Response] = {}
    for event in events:
        key = (event.alarm, event.occurrence)
        if event.cause in _OPENS and event.annunciates and key not in open_:
            open_[key] = Response(event.alarm, event.occurrence, event.sequence, event.at, None, None)
        elif event.cause is EventCause.ACKNOWLEDGED and key in open_ and open_[key].seconds is None:
            first = open_[key]
            open_[key] = Response(
                first.alarm,
                first.occurrence,
                first.event,
                first.raised_at,
                max(0.0, event.at - first.raised_at),
                event.actor,
            )
    return Responses(tuple(open_.values()))


@dataclass(frozen=True, slots=True)
class Rounds:
    """Windows that were due, by outcome. `excused` ones count for nobody."""

    counts: dict[Outcome, int]
    missed: tuple[str, ...]
    """Ids of the windows that were missed or left incomplete."""

    @property
    def due(self) -> int:
        """Windows that somebody had to walk."""
        return sum(n for outcome, n in self.counts.items() if outcome not in (Outcome.OPEN, Outcome.EXCUSED))

    @property
    def done(self) -> int:
        """Walked, late ones included."""
        return self.counts.get(Outcome.IN_TIME, 0) + self.counts.get(Outcome.LATE, 0)

    @property
    def share(self) -> float | None:
        """Done of due (0 to 1); None when nothing was due."""
        return self.done / self.due if self.due else None


def rounds(windows: Sequence[Window]) -> Rounds:
    """Count windows by outcome."""
    missed = tuple(w.id for w in windows if w.outcome.missed)
    return Rounds(dict(Counter(window.outcome for window in windows)), missed)


@dataclass(frozen=True, slots=True)
class InUse:
    """Seconds of which it is known whether the lift could be used, and of which it could not."""

    known: float
    down: float
    span: float

    @property
    def share(self) -> float | None:
        """Usable share of the known time (0 to 1); None when nothing is known."""
        return 1 - self.down / self.known if self.known > 0 else None

    @property
    def seen(self) -> float:
        """Known share of the whole span (0 to 1)."""
        return self.known / self.span if self.span > 0 else 0.0


def in_use(faults: Sequence[Sample], start_ms: int, end_ms: int, hold_ms: int) -> InUse:
    """From samples of a fault bit, oldest first. A sample says nothing for longer than `hold_ms`: silence is unknown."""
    known = down = 0
    for i, sample in enumerate(faults):
        until = faults[i + 1].at_ms if i + 1 < len(faults) else end_ms
        since = max(sample.at_ms, start_ms)
        stretch = max(0, min(until, end_ms, sample.at_ms + hold_ms) - since)
        if sample.value is None or Quality.from_code(sample.quality).grade is not Grade.GOOD:
            continue
        known += stretch
        down += stretch if sample.value else 0
    return InUse(known / 1000, down / 1000, (end_ms - start_ms) / 1000)
