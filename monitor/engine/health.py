"""How a polled connection fares: what came of the last minutes, for people, metrics and the alarm that it yields nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitor.domain.instant import Instant
from monitor.engine.callers import CallersHealth

MINUTE: Final = 60.0
MINUTES: Final = 5
"""Whole minutes, beside the current one, that an error rate looks back."""
TIMES: Final = 256
"""Response times that are kept of a connection."""
SILENT_AFTER: Final = 60.0
"""Seconds without a good answer from anybody after which a connection yields nothing; three intervals where those are longer."""


class Course:
    """Answered and failed by the minute: of one equipment, over the last five minutes and the current one."""

    __slots__ = ("_before", "_minute", "failed", "good", "last_good", "seconds")

    def __init__(self) -> None:
        self._minute = 0
        self._before: deque[tuple[int, int, int]] = deque(maxlen=MINUTES)
        self.good = self.failed = 0
        self.seconds = 0.0
        """Sum of the response times of this minute's good answers."""
        self.last_good: Instant | None = None

    def answered(self, now: Instant, took: float) -> None:
        """A good answer after `took` seconds."""
        minute = int(now.steady // MINUTE)
        if minute != self._minute:
            self._turn(minute)
        self.good += 1
        self.seconds += took
        self.last_good = now

    def missed(self, now: Instant) -> None:
        """No answer, or a wrong one."""
        minute = int(now.steady // MINUTE)
        if minute != self._minute:
            self._turn(minute)
        self.failed += 1

    def polls(self, now: Instant) -> tuple[int, int]:
        """How many were answered and how many failed in the last minutes."""
        minute = int(now.steady // MINUTE)
        if minute != self._minute:
            self._turn(minute)
        recent = [each for each in self._before if minute - each[0] <= MINUTES]
        return self.good + sum(each[1] for each in recent), self.failed + sum(each[2] for each in recent)

    def _turn(self, minute: int) -> None:
        if self.good or self.failed:
            self._before.append((self._minute, self.good, self.failed))
        self._minute, self.good, self.failed, self.seconds = minute, 0, 0, 0.0


@dataclass(frozen=True, slots=True)
class EquipmentHealth:
    """One equipment behind the connection. Rates from 0 to 1 over the last minutes; None where there is nothing to tell."""

    id: str
    answering: bool | None
    given_up: bool
    """The breaker is open: it is tried now and then only."""
    next_trial: float | None
    """Seconds until then; None while it is asked at its own rhythm."""
    last_good: float | None
    """POSIX seconds."""
    error_rate: float | None


@dataclass(frozen=True, slots=True)
class ConnectionHealth:
    """One polled connection. Response times in seconds over the last answers."""

    id: str
    up: bool | None
    """None before the first try."""
    reason: str
    """Why it is down."""
    last_good: float | None
    error_rate: float | None
    response_p50: float | None
    response_p99: float | None
    equipment: tuple[EquipmentHealth, ...]
    callers: CallersHealth | None = None
    """Where devices dial in: who did."""


class Times:
    """The last response times of a connection."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: deque[float] = deque(maxlen=TIMES)

    def took(self, seconds: float) -> None:
        """One more."""
        self._kept.append(seconds)

    def shares(self, *parts: float) -> tuple[float | None, ...]:
        """The response times that each part (0 to 1) of the answers stays within; None when there was none."""
        ordered = sorted(self._kept)
        last = len(ordered) - 1
        return tuple(ordered[min(last, int(len(ordered) * part))] if ordered else None for part in parts)


def error_rate(courses: Sequence[Course], now: Instant) -> float | None:
    """Failed of all polls in the last minutes; None when there was none."""
    counts = [course.polls(now) for course in courses]
    good, failed = sum(each[0] for each in counts), sum(each[1] for each in counts)
    return failed / (good + failed) if good + failed else None


def last_good(courses: Sequence[Course]) -> Instant | None:
    """The latest good answer of any."""
    return max(
        (c.last_good for c in courses if c.last_good is not None), key=lambda at: at.steady, default=None
    )
