"""The console on a real socket, its world on a loop of its own that the test can reach into."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from monitor.console.listening import bind
from monitor.console.server import serve
from monitor.domain.instant import Instant
from tests.console.world import NOON, World

T = TypeVar("T")


class RunningClock:
    """Runs as fast as the real one, from a given moment: noon on the site."""

    def __init__(self, start: float = NOON) -> None:
        self._start = start - time.monotonic()

    def now(self) -> Instant:
        steady = time.monotonic()
        return Instant(self._start + steady, steady)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class LiveHouse:
    """Starts with `with`; `do` runs something on the world's own loop and waits for it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._stop = asyncio.Event()
        self._socket = bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> LiveHouse:
        self._thread.start()
        ready = threading.Event()
        self._running = asyncio.run_coroutine_threadsafe(self._run(ready), self._loop)
        assert ready.wait(60), "the world did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._running.result(15)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._socket.close()

    async def _run(self, ready: threading.Event) -> None:
        self.world = World(RunningClock())
        async with self.world.running():
            self._serving = asyncio.create_task(serve(self.world.app, self._socket))
            ready.set()
            await self._stop.wait()
            await self._silence()
        # A library's watcher polls for ever; it ends with the loop.
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _silence(self) -> None:
        self._serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._serving

    def do(self, action: Callable[[World], Awaitable[T]]) -> T:
        """Run `action` where the console runs."""

        async def acted() -> T:
            return await action(self.world)

        return asyncio.run_coroutine_threadsafe(acted(), self._loop).result(15)

    def cut_the_line(self) -> None:
        """The server is gone, without a word to the browser beyond the closed socket."""
        asyncio.run_coroutine_threadsafe(self._silence(), self._loop).result(15)
        self._socket.close()
