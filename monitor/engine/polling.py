"""Asking the equipment of one connection, each at its own rhythm, whatever fails beside it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from monitor.domain.instant import Instant
from monitor.domain.scan import Scan
from monitor.domain.source import EquipmentSource
from monitor.engine.breaker import Breaker
from monitor.engine.cadence import Cadence
from monitor.engine.callers import Callers
from monitor.engine.health import (
    SILENT_AFTER,
    ConnectionHealth,
    Course,
    EquipmentHealth,
    Times,
    error_rate,
    last_good,
)
from monitor.engine.metronome import Metronome
from monitor.engine.tally import Number, Tally
from monitor.ports import DialledInto, Inlet, NotConnected, Permanent, PolledConnection, Timer, Transient

IDLE: Final = 1.0
"""Longest sleep in seconds, so that a loop with little to do can still be seen to turn."""
EARLY: Final = 0.001
"""Seconds that a turn may begin too soon: event loops count in milliseconds, and the rest would be spent spinning."""


class _Polled:
    """One equipment on its way through the day."""

    __slots__ = (
        "answering",
        "asked_at",
        "breaker",
        "busy",
        "course",
        "errors",
        "id",
        "last_answer",
        "polls",
        "response",
    )

    def __init__(self, id_: str, connection: str, tally: Tally) -> None:
        self.id = id_
        self.breaker = Breaker()
        self.course = Course()
        self.answering: bool | None = None
        self.busy = False
        self.asked_at = 0.0
        """Steady time."""
        self.polls = tally.counter("polls_total", connection=connection, equipment=id_)
        self.errors = tally.counter("poll_errors_total", connection=connection, equipment=id_)
        self.response = tally.durations("poll_response_seconds", connection=connection, equipment=id_)
        self.last_answer: Number | None = None
        """There from the first answer on."""


class Poller:
    """Polls for ever. A dead equipment keeps its own places on the grid and is tried in one of them now and then, so
    that it costs the others at most one time-out for each trial."""

    def __init__(
        self,
        connection_id: str,
        connection: PolledConnection,
        equipment: Sequence[EquipmentSource],
        clock: Timer,
        inlet: Inlet,
        tally: Tally,
        *,
        pause: float = 0.0,
        in_flight: int = 1,
        shift: float = 0.0,
        spread: Callable[[], float] = random.random,
        metronome: Metronome | None = None,
    ) -> None:
        """`metronome` is shared with other connections. `pause` in seconds between two polls, `in_flight` polls at the same
        time, `shift` as in Cadence, `spread` a
        chance from 0 to 1."""
        self._id = connection_id
        self._connection = connection
        self._intervals = [source.interval for source in equipment]
        self._polled = [_Polled(source.id, connection_id, tally) for source in equipment]
        self._clock = clock
        self._inlet = inlet
        self._tally = tally
        self._pause = pause
        self._in_flight = in_flight
        self._shift = shift
        self._spread = spread
        self._metronome = metronome or Metronome(clock)
        self._cadence = Cadence([], 0.0)
        self._free = 0
        """Polls that may still be begun beside those under way."""
        self._waits = False
        """The metronome wakes us for the next turn."""
        self._run = 0
        """Which run it is: what an earlier one began is nobody's any more."""
        self._broken: asyncio.Future[None] | None = None
        """Ends `run`."""
        self._callers = _callers(connection_id, connection, clock, tally)
        self._link_up: bool | None = None
        self._reason = ""
        self._times = Times()
        self._started = clock.now().steady
        self.turned_at = self._started
        """Steady time at which the loop last completed something: an answer, a time-out, or a look at the clock."""

    async def run(self) -> None:
        """Poll until cancelled. Raises what only a bug can raise."""
        for polled in self._polled:
            polled.busy = False
        self._cadence = Cadence(self._intervals, self._clock.now().steady, self._shift)
        self._free = self._in_flight
        self._run += 1
        self._broken = broken = asyncio.get_running_loop().create_future()
        self._guarded(self._take_turns, self._clock.now())
        greeting = asyncio.create_task(self._greet(self._callers)) if self._callers is not None else None
        try:
            await broken
        finally:
            self._broken = None
            if greeting is not None:
                greeting.cancel()

    def _guarded(self, step: Callable[..., None], *arguments: object) -> None:
        """A step of the loop, which is one although no task turns: a fault in it ends `run`."""
        broken = self._broken
        if broken is None or broken.done():
            return
        try:
            step(*arguments)
        except Exception as error:  # noqa: BLE001  `run` raises it
            broken.set_exception(error)

    async def _greet(self, callers: Callers) -> None:
        """Who has just dialled in is asked at once, beside the rhythm, and is on probation no longer."""
        known = {polled.id: polled for polled in self._polled}
        while True:
            arrived = [known[id_] for id_ in await callers.next()]
            for polled in arrived:
                polled.breaker.hasten()
            for polled in arrived:
                if not polled.busy:
                    done = asyncio.Event()
                    self._guarded(self._ask, polled, self._clock.now().steady, done.set)
                    await done.wait()

    # Whose turn it is

    def _take_turns(self, now: Instant) -> None:
        """Ask all who are due, as far as there is room; be woken for the next, unless an answer comes first to make room."""
        self._waits = False
        self.turned_at = steady = now.steady
        while self._free:
            wait = self._cadence.next().at - steady if self._polled else IDLE
            if wait > EARLY:
                self._waits = True
                self._metronome.wake(steady + min(wait, IDLE), partial(self._woken, self._run))
                return
            polled = self._next(steady)
            if polled is not None:
                self._free -= 1
                self._ask(polled, steady, self._rest if self._pause else self._give_back)

    def _woken(self, run: int, now: Instant) -> None:
        if run == self._run:
            self._guarded(self._take_turns, now)

    def _next(self, now: float) -> _Polled | None:
        """Take the turn that is due; None where it is nobody's."""
        due, missed = self._cadence.take(now)
        polled = self._polled[due.who]
        if not polled.breaker.allows(now):
            return None
        if polled.busy:
            self._missed(polled, 1 + missed)
            return None
        if missed and not polled.breaker.open:
            self._missed(polled, missed)
        return polled

    def _missed(self, polled: _Polled, count: int) -> None:
        self._tally.add("polls_missed_total", count, connection=self._id, equipment=polled.id)

    # One turn

    def _ask(self, polled: _Polled, now: float, after: Callable[[], None]) -> None:
        """Begin a reading; `after` follows when all is done that comes of it."""
        polled.busy = True
        polled.asked_at = now
        polled.polls.value += 1
        self._connection.start(polled.id, partial(self._told, self._run, polled, after))

    def _told(self, run: int, polled: _Polled, after: Callable[[], None], outcome: Scan | Exception) -> None:
        if run == self._run:
            self._guarded(self._took, polled, after, outcome)

    def _took(self, polled: _Polled, after: Callable[[], None], outcome: Scan | Exception) -> None:
        """An answer, or that there is none."""
        polled.busy = False
        if isinstance(outcome, Scan):
            now = outcome.received
            if not self._link_up:
                self._link(True, "")
            self._answered(polled, now, now.steady - polled.asked_at, outcome)
            self._inlet.scan(outcome)
        else:
            self._unanswered(polled, self._clock.now(), outcome)
        after()

    def _rest(self) -> None:
        self._metronome.wake(self._clock.now().steady + self._pause, partial(self._rested, self._run))

    def _rested(self, run: int, now: Instant) -> None:
        if run == self._run:
            self._guarded(self._give_back)

    def _give_back(self) -> None:
        """There is room for one more: for whoever waited for it."""
        self._free += 1
        if not self._waits:
            self._take_turns(self._clock.now())

    def _unanswered(self, polled: _Polled, now: Instant, error: Exception) -> None:
        match error:
            case NotConnected():
                self._link(False, str(error))
                self._failed(polled, now, str(error), free=True)
            case Transient():
                self._link(True, "")
                self._failed(polled, now, str(error))
            case Permanent():
                self._link(True, "")
                self._failed(polled, now, str(error), hopeless=True)
            case _:
                raise error

    def _answered(self, polled: _Polled, now: Instant, took: float, scan: Scan) -> None:
        self.turned_at = now.steady
        self._times.took(took)
        polled.response.observe(took)
        if polled.last_answer is None:
            polled.last_answer = self._tally.gauge(
                "last_answer_timestamp_seconds", connection=self._id, equipment=polled.id
            )
        polled.last_answer.value = now.wall
        if len(scan.bad) < len(scan.values):
            polled.course.answered(now, took)
        else:
            polled.course.missed(now)
        polled.breaker.answered()
        if polled.answering is not True:
            self._is_there(polled)

    def _is_there(self, polled: _Polled) -> None:
        first_of_all = not any(other.answering for other in self._polled)
        polled.answering = True
        self._inlet.answering(polled.id, True, "")
        if first_of_all:
            self._hasten()

    def _failed(
        self, polled: _Polled, now: Instant, reason: str, *, free: bool = False, hopeless: bool = False
    ) -> None:
        took = now.steady - polled.asked_at
        self.turned_at = now.steady
        polled.errors.add()
        polled.response.observe(took)
        polled.course.missed(now)
        # Where it stands alone on its connection, its silence costs nobody anything.
        cost = None if free else took if len(self._polled) > 1 else 0.0
        given_up = polled.breaker.failed(now.steady, self._spread(), cost=cost, hopeless=hopeless)
        if given_up and polled.answering is not False:
            polled.answering = False
            self._inlet.answering(polled.id, False, reason)

    def _link(self, up: bool, reason: str) -> None:
        self._reason = reason
        if up is self._link_up:
            return
        back = up and self._link_up is False
        self._link_up = up
        self._inlet.link(self._id, up, reason)
        if back:
            self._hasten()

    def _hasten(self) -> None:
        """What kept them all away is over, so the others need not wait for their next trial."""
        for polled in self._polled:
            polled.breaker.hasten()

    # How it fares

    def health(self, now: Instant) -> ConnectionHealth:
        """What came of the last minutes."""
        courses = [polled.course for polled in self._polled]
        good = last_good(courses)
        p50, p99 = self._times.shares(0.5, 0.99)
        return ConnectionHealth(
            self._id,
            self._link_up,
            self._reason,
            good.wall if good else None,
            error_rate(courses, now),
            p50,
            p99,
            tuple(self._fares(polled, now) for polled in self._polled),
            self._callers.health(now.steady) if self._callers is not None else None,
        )

    def yields_nothing(self, now: float) -> bool:
        """True when nobody behind it gave a good answer for a while, its own alarm apart: one who stands alone on its
        connection and is known to be silent says so itself."""
        if not self._polled or (len(self._polled) == 1 and self._polled[0].answering is False):
            return False
        good = last_good([polled.course for polled in self._polled])
        since = max(self._started, good.steady) if good else self._started
        return now - since > max(SILENT_AFTER, 3 * max(self._intervals))

    def _fares(self, polled: _Polled, now: Instant) -> EquipmentHealth:
        good = polled.course.last_good
        wait = polled.breaker.until - now.steady
        return EquipmentHealth(
            polled.id,
            polled.answering,
            polled.breaker.open,
            max(0.0, wait) if polled.breaker.open else None,
            good.wall if good else None,
            error_rate([polled.course], now),
        )


def _callers(id_: str, connection: PolledConnection, clock: Timer, tally: Tally) -> Callers | None:
    """Who dials in; None where nobody does."""
    callers = Callers(id_, clock, tally)
    return callers if isinstance(connection, DialledInto) and connection.announce(callers) else None
