"""Asking the equipment of one connection, each at its own rhythm, whatever fails beside it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
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
from monitor.engine.tally import Number, Tally
from monitor.ports import Clock, DialledInto, Inlet, NotConnected, Permanent, PolledConnection, Transient

IDLE: Final = 1.0
"""Longest sleep in seconds, so that a loop with little to do can still be seen to turn."""
EARLY: Final = 0.001
"""Seconds that a turn may begin too soon: event loops count in milliseconds, and the rest would be spent spinning."""


class _Polled:
    """One equipment on its way through the day."""

    __slots__ = ("answering", "breaker", "busy", "course", "errors", "id", "last_answer", "polls", "response")

    def __init__(self, id_: str, connection: str, tally: Tally) -> None:
        self.id = id_
        self.breaker = Breaker()
        self.course = Course()
        self.answering: bool | None = None
        self.busy = False
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
        clock: Clock,
        inlet: Inlet,
        tally: Tally,
        *,
        pause: float = 0.0,
        in_flight: int = 1,
        shift: float = 0.0,
        spread: Callable[[], float] = random.random,
    ) -> None:
        """`pause` in seconds between two polls, `in_flight` polls at the same time, `shift` as in Cadence, `spread` a
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
        cadence = Cadence(self._intervals, self._clock.now().steady, self._shift)
        if self._in_flight == 1 and self._callers is None:
            await self._work(cadence, None)
            return
        chair = asyncio.Lock()
        async with asyncio.TaskGroup() as workers:
            if self._callers is not None:
                workers.create_task(self._greet(self._callers))
            for _ in range(self._in_flight):
                workers.create_task(self._work(cadence, chair))

    async def _work(self, cadence: Cadence, chair: asyncio.Lock | None) -> None:
        """Take the next turn, and the next. Where several work, the one on the chair waits for it."""
        while True:
            if chair is None:
                who, now = await self._next(cadence)
            else:
                async with chair:
                    who, now = await self._next(cadence)
            await self._poll(who, now)
            if self._pause:
                await self._clock.sleep(self._pause)

    async def _greet(self, callers: Callers) -> None:
        """Who has just dialled in is asked at once, beside the rhythm, and is on probation no longer."""
        known = {polled.id: polled for polled in self._polled}
        while True:
            arrived = [known[id_] for id_ in await callers.next()]
            for polled in arrived:
                polled.breaker.hasten()
            for polled in arrived:
                if not polled.busy:
                    polled.busy = True
                    await self._poll(polled, self._clock.now().steady)

    # Whose turn it is

    async def _next(self, cadence: Cadence) -> tuple[_Polled, float]:
        """Wait for the next turn of one who is to be asked: who, and the steady time now."""
        while True:
            now = self._clock.now().steady
            self.turned_at = now
            wait = cadence.next().at - now if self._polled else IDLE
            if wait > EARLY:
                await self._clock.sleep(min(wait, IDLE))
                continue
            due, missed = cadence.take(now)
            polled = self._polled[due.who]
            if not polled.breaker.allows(now):
                continue
            if polled.busy:
                self._missed(polled, 1 + missed)
                continue
            if missed and not polled.breaker.open:
                self._missed(polled, missed)
            polled.busy = True
            return polled, now

    def _missed(self, polled: _Polled, count: int) -> None:
        self._tally.add("polls_missed_total", count, connection=self._id, equipment=polled.id)

    # One turn

    async def _poll(self, polled: _Polled, began: float) -> None:
        polled.polls.add()
        try:
            scan = await self._connection.read(polled.id)
        except NotConnected as error:
            self._link(False, str(error))
            self._failed(polled, began, str(error), free=True)
        except Transient as error:
            self._link(True, "")
            self._failed(polled, began, str(error))
        except Permanent as error:
            self._link(True, "")
            self._failed(polled, began, str(error), hopeless=True)
        else:
            if not self._link_up:
                self._link(True, "")
            self._answered(polled, began, scan)
            self._inlet.scan(scan)
        finally:
            polled.busy = False

    def _answered(self, polled: _Polled, began: float, scan: Scan) -> None:
        now = scan.received
        took = now.steady - began
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
        self, polled: _Polled, began: float, reason: str, *, free: bool = False, hopeless: bool = False
    ) -> None:
        now = self._clock.now()
        took = now.steady - began
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
        return ConnectionHealth(
            self._id,
            self._link_up,
            self._reason,
            good.wall if good else None,
            error_rate(courses, now),
            self._times.share(0.5),
            self._times.share(0.99),
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


def _callers(id_: str, connection: PolledConnection, clock: Clock, tally: Tally) -> Callers | None:
    """Who dials in; None where nobody does."""
    callers = Callers(id_, clock, tally)
    return callers if isinstance(connection, DialledInto) and connection.announce(callers) else None
