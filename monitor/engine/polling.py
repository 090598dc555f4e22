"""Asking the equipment of one connection, each at its own rhythm, whatever fails beside it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from monitor.domain.source import EquipmentSource
from monitor.engine.breaker import Breaker
from monitor.engine.cadence import Cadence
from monitor.engine.tally import Tally
from monitor.ports import Clock, Inlet, NotConnected, Permanent, PolledConnection, Transient

IDLE: Final = 1.0
"""Longest sleep in seconds, so that a loop with little to do can still be seen to turn."""


@dataclass(slots=True)
class _Polled:
    """One equipment on its way through the day."""

    id: str
    breaker: Breaker = field(default_factory=Breaker)
    answering: bool | None = None
    busy: bool = False


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
        spread: Callable[[], float] = random.random,
    ) -> None:
        """`pause` in seconds between two polls, `in_flight` polls at the same time, `spread` a chance from 0 to 1."""
        self._id = connection_id
        self._connection = connection
        self._intervals = [source.interval for source in equipment]
        self._polled = [_Polled(source.id) for source in equipment]
        self._clock = clock
        self._inlet = inlet
        self._tally = tally
        self._pause = pause
        self._in_flight = in_flight
        self._spread = spread
        self._link_up: bool | None = None
        self.turned_at = clock.now().steady
        """Steady time at which the loop last completed something: an answer, a time-out, or a look at the clock."""

    async def run(self) -> None:
        """Poll until cancelled. Raises what only a bug can raise."""
        for polled in self._polled:
            polled.busy = False
        cadence = Cadence(self._intervals, self._clock.now().steady)
        free = asyncio.Semaphore(self._in_flight)
        async with asyncio.TaskGroup() as turns:
            while True:
                who = await self._next(cadence)
                if who is None:
                    continue
                if self._in_flight == 1:
                    await self._poll(who)
                    await self._rest()
                    continue
                await free.acquire()
                who.busy = True
                turn = turns.create_task(self._poll(who))
                turn.add_done_callback(lambda _: free.release())
                await self._rest()

    # Whose turn it is

    async def _next(self, cadence: Cadence) -> _Polled | None:
        """Wait for the next turn; None when it was only a look at the clock, or the turn of one who is not asked."""
        now = self._clock.now().steady
        self.turned_at = now
        wait = cadence.next().at - now if self._polled else IDLE
        if wait > 0:
            await self._clock.sleep(min(wait, IDLE))
            return None
        due, missed = cadence.take(now)
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

    async def _rest(self) -> None:
        if self._pause:
            await self._clock.sleep(self._pause)

    # One turn

    async def _poll(self, polled: _Polled) -> None:
        began = self._clock.now().steady
        self._tally.add("polls_total", connection=self._id, equipment=polled.id)
        polled.busy = True
        try:
            scan = await self._connection.read(polled.id)
        except NotConnected as error:
            self._link(False, str(error))
            self._failed(polled, str(error), costly=False)
        except Transient as error:
            self._link(True, "")
            self._failed(polled, str(error))
        except Permanent as error:
            self._link(True, "")
            self._failed(polled, str(error), hopeless=True)
        else:
            self._link(True, "")
            self._answered(polled)
            self._inlet.scan(scan)
        finally:
            polled.busy = False
            now = self._clock.now().steady
            self.turned_at = now
            self._tally.observe(
                "poll_response_seconds", now - began, connection=self._id, equipment=polled.id
            )

    def _answered(self, polled: _Polled) -> None:
        first_of_all = not any(other.answering for other in self._polled)
        polled.breaker.answered()
        if polled.answering is not True:
            polled.answering = True
            self._inlet.answering(polled.id, True, "")
            if first_of_all:
                self._hasten()
        self._tally.set(
            "last_answer_timestamp_seconds",
            self._clock.now().wall,
            connection=self._id,
            equipment=polled.id,
        )

    def _failed(self, polled: _Polled, reason: str, *, costly: bool = True, hopeless: bool = False) -> None:
        self._tally.add("poll_errors_total", connection=self._id, equipment=polled.id)
        now = self._clock.now().steady
        given_up = polled.breaker.failed(now, self._spread(), costly=costly, hopeless=hopeless)
        if given_up and polled.answering is not False:
            polled.answering = False
            self._inlet.answering(polled.id, False, reason)

    def _link(self, up: bool, reason: str) -> None:
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
