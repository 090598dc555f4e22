"""Recorded values through the real judging in virtual time: what a rule would have raised.

Samples in, trips out. The daemon's own `Watch` and `transition.step` judge; what stands here only brings them the values and the
time as the daemon would have: delays end when they are due, rules that time moves are looked at every few seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from monitor.domain import transition
from monitor.domain.alarm import Cause, Elapsed, EventCause, Judged
from monitor.domain.conditions import AtLeast, MonthlyUptimeBelow, Rate
from monitor.domain.history import Sample
from monitor.domain.instant import Instant
from monitor.domain.nuisance import Trip
from monitor.domain.point import Point
from monitor.domain.reading import Quality
from monitor.domain.replay.values import hold_ms, reading_at
from monitor.domain.rules import AlarmRule, Comm, Condition, Reported
from monitor.domain.verdict import Seen
from monitor.engine.timed import EVERY, moved_by_time
from monitor.engine.watch import Watch

_UNSEEN: Final = (None, Quality.NO_DATA)
_UNHEARD: Final = frozenset(
    {Quality.STALE.code, Quality.COMM_FAILURE.code, Quality.NO_DATA.code, Quality.OUT_OF_SERVICE.code}
)
"""Qualities that the daemon gives when nothing was heard: no reading came."""


Move = tuple[int, str, Seen, bool]
"""When (POSIX ms) a point by its key became what, and whether a reading said so."""


class Moment(NamedTuple):
    """What became known at `at` (POSIX s) by point key. `heard` is False when only time or the link said so."""

    at: float
    seen: Mapping[str, Seen]
    heard: bool


class Memory:
    """Implements `View` over what was recorded. Whether the equipment answered is not recorded."""

    answering: bool | None = None

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    def read(self, key: str) -> Seen:
        """The value in force and how far it may be believed."""
        return self._seen.get(key, _UNSEEN)

    def take(self, moment: Moment) -> None:
        """Something became known."""
        self._seen.update(moment.seen)

    def doubtful(self, keys: Iterable[str]) -> bool:
        """True while one of them is bad."""
        return any(self.read(key)[1].bad for key in keys)


class Timeline:
    """The samples of one point in order of time, with the silences between them: a gap is bad data."""

    def __init__(self, point: Point) -> None:
        self._point = point
        self._hold = int(hold_ms(point))
        self._last: Sample | None = None
        self._silent = False

    def before(self, sample: Sample, start_ms: int) -> Iterator[Move]:
        """The sample that is in force when the period begins."""
        self._last, reading = sample, reading_at(self._point, sample, start_ms)
        self._silent = reading.quality is Quality.STALE
        yield start_ms, self._point.key, (reading.value, reading.quality), False

    def moves(self, samples: Iterable[Sample], until_ms: int) -> Iterator[Move]:
        """When what became known; silences that end after `until_ms` are told by the next call."""
        key = self._point.key
        for sample in samples:
            yield from self._silence(sample.at_ms)
            self._last, self._silent = sample, False
            reading = reading_at(self._point, sample, sample.at_ms)
            yield sample.at_ms, key, (reading.value, reading.quality), sample.quality not in _UNHEARD
        yield from self._silence(until_ms)

    def _silence(self, until_ms: int) -> Iterator[Move]:
        if self._last is None or self._silent:
            return
        over = self._last.at_ms + self._hold + 1
        if over < until_ms:
            self._silent = True
            yield over, self._point.key, (None, Quality.STALE), False


def moments(moves: Iterable[Move]) -> Iterator[Moment]:
    """Scans again: what several points said at the same time, in order of time."""
    for at_ms, together in groupby(sorted(moves, key=lambda move: move[0]), key=lambda move: move[0]):
        rows = list(together)
        yield Moment(at_ms / 1000, {key: seen for _, key, seen, _ in rows}, any(row[3] for row in rows))


class Rejudged:
    """One rule and its alarm in virtual time, with nobody who acknowledges: a latched alarm trips again all the same."""

    def __init__(self, rule: AlarmRule, view: Memory, start: float, interval: float | None) -> None:
        """`interval` (s) is how often the equipment was asked, None when it spoke by itself.

        Only changes are recorded; where a kind counts readings or wants them all, the value in force counts as read again.
        """
        self.trips: list[Trip] = []
        self._view = view
        self._watch = Watch(rule, transition.new(rule))
        self._interval = interval
        self._all = interval is not None and _wants_all(rule.condition)
        self._tick = start if moved_by_time(self._watch) else math.inf
        self._again = math.inf
        self._soonest = self._tick

    def until(self, at: float) -> None:
        """Time goes by up to `at` (POSIX s) and nothing new is heard."""
        while (now := self._next(at)) <= at:
            due = transition.next_due(self._watch.alarm)
            if due is not None and due <= now:
                self._apply(Elapsed(), now)
                self._plan(now)
            else:
                if self._tick <= now:
                    self._tick = now + EVERY
                self._consider(now, scanned=self._again <= now)

    def _next(self, at: float) -> float:
        """What is read again just about `at` is what is heard then, not the value before it."""
        if self._soonest > at or self._interval is None or self._again <= at - 0.5 * self._interval:
            return self._soonest
        due = transition.next_due(self._watch.alarm)
        return min(self._tick, math.inf if due is None else due)

    def look(self, at: float, *, scanned: bool) -> None:
        """Something became known at `at` (POSIX s): the rule looks at it, as alarming does."""
        if not self._watch.within_band(self._view):
            self._consider(at, scanned=scanned)

    def _consider(self, at: float, *, scanned: bool) -> None:
        watch, view, now = self._watch, self._view, Instant(at, at)
        verdict = watch.look(view, now, scanned=scanned)
        if watch.unmoved_by(verdict):
            watch.settle()
        else:
            if watch.overtaken_by(verdict, now):
                self._apply(Elapsed(), at)
            self._apply(Judged(verdict), at)
        self._plan(at, read=scanned)

    def _plan(self, at: float, *, read: bool = False) -> None:
        """When something happens next though nothing is heard."""
        if self._interval is None or not (self._watch.counting or self._all):
            self._again = math.inf
        elif read or self._again <= at or self._again == math.inf:
            self._again = at + (max(self._interval, EVERY) if self._all else self._interval)
        due = transition.next_due(self._watch.alarm)
        self._soonest = min(self._tick, self._again, math.inf if due is None else due)

    def _apply(self, cause: Cause, at: float) -> None:
        watch = self._watch
        result = transition.step(watch.rule, watch.alarm, cause, Instant(at, at))
        watch.alarm = result.alarm
        watch.unsettle()
        for moved in result.transitions:
            if moved.cause is EventCause.RAISED:
                self.trips.append(Trip(at, None))
            elif moved.cause is EventCause.RETURNED:
                self.trips[-1] = Trip(self.trips[-1].raised, at)


class Together:
    """Several rules over the same values, so that these are read once. `unseen` is for how long (s) some were bad."""

    def __init__(
        self, rules: Sequence[AlarmRule], points: Sequence[str], start: float, interval: float | None
    ) -> None:
        self._view = Memory()
        self._keys = tuple(points)
        self._at = start
        self.unseen = 0.0
        self.runs = tuple(Rejudged(rule, self._view, start, interval) for rule in rules)

    def take(self, moment: Moment) -> None:
        """Time goes by up to the moment, then it is judged."""
        self.until(moment.at)
        self._view.take(moment)
        for run in self.runs:
            run.look(moment.at, scanned=moment.heard)

    def until(self, at: float) -> None:
        """Time goes by up to `at` (POSIX s)."""
        if self._view.doubtful(self._keys):
            self.unseen += at - self._at
        self._at = at
        for run in self.runs:
            run.until(at)


def _wants_all(condition: Condition) -> bool:
    match condition:
        case AtLeast(_, conditions):
            return any(_wants_all(one) for one in conditions)
        case MonthlyUptimeBelow(down):
            return _wants_all(down)
        case _:
            return isinstance(condition, Rate)


def why_not(condition: Condition) -> str | None:
    """Why what was recorded of one equipment cannot tell what the rule would have done; None when it can."""
    match condition:
        case Reported():
            return "Watchroom states it by itself: no recorded value decides it"
        case Comm():
            return "whether an equipment answers is not recorded as a value, only the alarm is"
        case AtLeast(_, conditions):
            return next((why for one in conditions if (why := why_not(one))), None)
        case MonthlyUptimeBelow(down):
            return why_not(down)
        case _:
            when = getattr(condition, "when", None)
            return None if when is None or isinstance(when, str) else why_not(when)
