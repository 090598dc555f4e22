"""Virtual time: a clock that moves only when a test says so."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable

from monitor.domain.instant import Instant


class VirtualClock:
    """Implements ports.Timer. `wall` and `steady` are in seconds; `advance` moves both."""

    def __init__(self, wall: float = 1_800_000_000.0, steady: float = 1_000.0) -> None:
        self._wall = wall
        self._steady = steady
        self._order = itertools.count()
        self._waiters: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> Instant:
        """This instant on both clocks."""
        return Instant(self._wall, self._steady)

    def step_wall(self, seconds: float) -> None:
        """Move wall time alone, as NTP or a person does."""
        self._wall += seconds

    async def sleep(self, seconds: float) -> None:
        """Wait on steady time until `advance` has come past; zero or less lets other tasks run once."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiters, (self._steady + seconds, next(self._order), waiter))
        await waiter

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call when `advance` has come past."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiter.add_done_callback(lambda _: call())
        heapq.heappush(self._waiters, (self._steady + max(0.0, seconds), next(self._order), waiter))

    @property
    def waiting(self) -> int:
        """How many sleepers there are."""
        return sum(not waiter.done() for _, _, waiter in self._waiters)

    async def advance(self, seconds: float) -> None:
        """Move time on by `seconds`; sleepers wake in the order of their deadlines, each at its own instant."""
        end = self._steady + seconds
        await settle()
        while self._waiters and self._waiters[0][0] <= end:
            due, _, waiter = heapq.heappop(self._waiters)
            if waiter.done():
                continue
            self._move_to(due)
            waiter.set_result(None)
            await settle()
        self._move_to(end)
        await settle()

    def skip(self, seconds: float) -> None:
        """Move time on by `seconds` and wake nobody: for runs in which nothing sleeps."""
        self._move_to(self._steady + seconds)

    def _move_to(self, steady: float) -> None:
        self._wall += steady - self._steady
        self._steady = steady


async def settle(turns: int = 20) -> None:
    """Let every task that can run do so, without time passing; at most `turns` times round the loop.

    It ends as soon as nothing is left to run. asyncio tells nobody, so its own queue is looked at; a loop without one
    is always turned all the way.
    """
    ready = getattr(asyncio.get_running_loop(), "_ready", (None,))
    for _ in range(turns):
        await asyncio.sleep(0)
        if not ready:
            return
