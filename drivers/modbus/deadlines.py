"""Time-outs of requests, nearly all of which are never reached: kept in one heap for the whole event loop, with one timer.

An answer takes nothing back. What is done is thrown away when its time comes, or when half of what is kept may be done.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from typing import Final, Protocol

FEW: Final = 4096
"""So many are kept without asking which of them are done."""


class Awaited(Protocol):
    """What may run out of time."""

    done: bool


class Deadlines:
    """Of one event loop; `of_this_loop` finds it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._time, self._call_at = loop.time, loop.call_at
        self._heap: list[tuple[float, int, Awaited, Callable[[], None]]] = []
        self._order = count()
        self._many = FEW
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = float("inf")

    def add(self, seconds: float, awaited: Awaited, expire: Callable[[], None]) -> None:
        """Call `expire` in so many seconds unless `awaited.done` by then."""
        if len(self._heap) >= self._many:
            self._clear_out()
        at = self._time() + seconds
        heapq.heappush(self._heap, (at, next(self._order), awaited, expire))
        if at < self._timer_at:
            self._set(at)

    def _set(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_at = self._call_at(at, self._look), at

    def _clear_out(self) -> None:
        """Long time-outs of quick answers would pile up, each with its answer. One turn for each that was added."""
        self._heap[:] = [each for each in self._heap if not each[2].done]  # in place: a look may be under way
        heapq.heapify(self._heap)
        self._many = max(FEW, 2 * len(self._heap))

    def _look(self) -> None:
        heap, now = self._heap, self._time()
        self._timer, self._timer_at = None, float("inf")
        while heap and (heap[0][2].done or heap[0][0] <= now):
            _, _, awaited, expire = heapq.heappop(heap)
            if not awaited.done:
                expire()
        if heap and heap[0][0] < self._timer_at:  # an expiry may have asked anew, and set it
            self._set(heap[0][0])


_OF: Final[dict[asyncio.AbstractEventLoop, Deadlines]] = {}


def of_this_loop() -> Deadlines:
    """Those of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _OF.get(loop)
    if found is None:
        for closed in [each for each in _OF if each.is_closed()]:
            del _OF[closed]
        found = _OF[loop] = Deadlines(loop)
    return found
