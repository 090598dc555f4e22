"""One open connection, whoever frames on it: our own over TCP and TLS, the library's for serial lines and UDP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from drivers.modbus.plan import Block
from drivers.modbus.settings import ModbusConnectionSettings

Late = Callable[[], None]
"""Hears that the right answer to a request came after it had been given up; its data is of no use any more."""
Gone = Callable[[], None]
"""Hears that the other side, or the network, ended the connection."""


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

    async def close(self) -> None:
        """Let go of the sockets; idempotent."""
        ...


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
