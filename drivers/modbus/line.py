"""One open connection, whoever frames on it: our own over TCP and TLS, the library's for serial lines and UDP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from drivers.modbus.plan import Block
from drivers.modbus.settings import ModbusConnectionSettings
from monitor.ports import NotConnected

Late = Callable[[], None]
"""Hears that the right answer to a request came after it had been given up; its data is of no use any more."""
Gone = Callable[[], None]
"""Hears that the other side, or the network, ended the connection."""
Outcome = bytes | Exception
"""Of a request: the data that was asked for, verified, or why there is none."""
Told = Callable[[Outcome], None]
"""Hears what came of a request: once, and never before the request was made."""


class Line(Protocol):
    """What a Link needs of it. Requests beyond one at a time are the business of numbered answers only."""

    async def exchange(self, unit: int, block: Block, timeout: float, late: Late | None) -> bytes:
        """The data of one block, verified.

        Raises TimeoutError after `timeout` seconds, Unanswered for a wrong answer, Refused for a Modbus exception and
        LinkLost when the connection ends meanwhile. `late` is of use on numbered lines only.
        """
        ...

    @property
    def sound(self) -> bool:
        """False once nothing that still comes can be trusted to belong to what will be asked."""
        ...

    def close(self) -> None:
        """Let go of the socket; idempotent."""
        ...


class Asker(Protocol):
    """What a Unit needs of the way to it, whoever made the connection: link.Link, or dialled.DialledLink."""

    @property
    def numbered(self) -> bool:
        """True when a late answer is known for what it is."""
        ...

    async def ask(
        self, unit: int, block: Block, timeout: float | None = None, late: Late | None = None
    ) -> bytes:
        """The data of one block, verified; as Link.ask."""
        ...

    def begin(self, unit: int, block: Block, timeout: float, told: Told, late: Late | None = None) -> None:
        """As `ask`, without waiting: `told` hears the data, or what `ask` would raise."""
        ...

    async def close(self) -> None:
        """Let go of the sockets; idempotent."""
        ...


class Errands:
    """Requests that must be waited for and are not awaited: a task for each."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[bytes]] = set()

    def run(self, asking: Coroutine[Any, Any, bytes], told: Told) -> None:
        """Carry it out; `told` hears what came of it."""
        task = asyncio.create_task(asking)
        self._tasks.add(task)

        def done(task: asyncio.Task[bytes]) -> None:
            self._tasks.discard(task)
            if task.cancelled():
                told(NotConnected("closed"))
            else:
                error = task.exception()
                told(task.result() if error is None else error)  # type: ignore[arg-type]  # BaseException ends the loop

        task.add_done_callback(done)

    def close(self) -> None:
        """Give all of them up."""
        for task in self._tasks:
            task.cancel()


async def open_line(settings: ModbusConnectionSettings, gone: Gone) -> Line:
    """Connect once. Raises OSError or termios.error; the caller's time-out is the only one."""
    if settings.url.scheme in ("tcp", "tls"):
        from drivers.modbus.mbap import open_mbap

        return await open_mbap(settings, gone)
    if settings.url.scheme == "rtu+tcp":
        from drivers.modbus.rtu_line import open_rtu

        return await open_rtu(settings, gone)
    from drivers.modbus.wire import open_library_line

    return await open_library_line(settings, gone)
