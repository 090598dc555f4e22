"""Lets so many in at once; the others wait in the order in which they came."""

from __future__ import annotations

import asyncio
from collections import deque


class Turnstile:
    """As asyncio.Semaphore, but who finds a place free goes in without waiting a turn of the loop."""

    __slots__ = ("_free", "_queue")

    def __init__(self, width: int) -> None:
        self._free = width
        self._queue: deque[asyncio.Future[None]] = deque()

    def slip_in(self) -> bool:
        """Go in if that is possible at once."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def enter(self) -> None:
        """Go in as soon as there is a place."""
        if self.slip_in():
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.leave()  # let in just as it was called away
            raise

    def leave(self) -> None:
        """Go out: the place is handed on, so nobody slips in before those who wait."""
        while self._queue:
            waiter = self._queue.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1
