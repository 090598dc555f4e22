"""RTU over a TCP connection, ours or one that a device made to us: one request at a time, no answer without its question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple, cast

from drivers.modbus.answers import LinkLost, Refused, Unanswered
from drivers.modbus.line import Gone, Late
from drivers.modbus.mbap import watch
from drivers.modbus.plan import Block
from drivers.modbus.rtu import Ear, read_request
from drivers.modbus.settings import ModbusConnectionSettings

QUIET: Final = 0.1
"""Seconds without a byte after which a stream that brought rubbish is taken to be between frames again."""
LOUDEST: Final = 10.0
"""Seconds after which a stream that never comes to rest is given up."""


class _Asked(NamedTuple):
    """The request under way."""

    ear: Ear
    answer: asyncio.Future[bytes]


class RtuLine(asyncio.Protocol):
    """Implements line.Line.

    After a request that was given up, its answer may still come and would be taken for the next one's. Where a new
    connection is cheap, the line says that it is not `sound`. With `settle` it is kept, and nothing is asked until the
    late answer has come, or so many seconds have passed in which it did not.
    """

    def __init__(self, gone: Gone, settle: float | None = None, fillers: Sequence[bytes] = ()) -> None:
        self._gone = gone
        self._settle = settle
        self._fillers = fillers
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._asked: _Asked | None = None
        self._given_up: Ear | None = None
        self._spoilt = False
        self._quiet_at = 0.0
        self._came_late = asyncio.Event()

    # line.Line

    async def exchange(self, unit: int, block: Block, timeout: float, late: Late | None = None) -> bytes:
        """One request and its answer, as line.Line says; a late answer is only waited for, never used."""
        await self._settled(block)
        if self._transport is None:
            raise LinkLost(f"{block}: the connection is closed")
        self._asked = asked = _Asked(Ear(unit, block, self._fillers), self._loop.create_future())
        self._given_up, self._spoilt = None, True  # until the right answer is here
        self._transport.write(read_request(unit, block))
        try:
            async with asyncio.timeout(timeout):
                data = await asked.answer
        except (TimeoutError, asyncio.CancelledError):
            self._given_up = asked.ear
            self._quiet_at = self._loop.time() + (self._settle or 0.0)
            raise
        except Refused:
            self._spoilt = False
            raise
        except Unanswered:
            self._quiet_at = self._loop.time() + QUIET
            raise
        finally:
            self._asked = None
        self._spoilt = False
        return data

    @property
    def sound(self) -> bool:
        """False when closed, and when an answer may still come that nobody would know from the next."""
        return self._transport is not None and (self._settle is not None or not self._spoilt)

    def close(self) -> None:
        """Tear the connection down: nothing of ours waits in it."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        self._fail("the connection was closed")

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Up."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by name

    def data_received(self, data: bytes) -> None:
        """Bytes belong to the request under way, to one given up before, or to nobody."""
        if self._asked is not None and not self._asked.answer.done():
            self._hear(self._asked, data)
        elif self._spoilt:
            self._hear_late(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Down: whoever waits is told at once."""
        was_ours = self._transport is None
        self._transport = None
        self._fail("the connection was lost while waiting for the answer")
        if not was_ours:
            self._gone()

    # Answers

    def _hear(self, asked: _Asked, data: bytes) -> None:
        try:
            answer = asked.ear.hear(data)
        except (Refused, Unanswered) as error:
            asked.answer.set_exception(error)
            return
        if answer is not None:
            asked.answer.set_result(answer)

    def _hear_late(self, data: bytes) -> None:
        """The answer that was given up is worth knowing of: nothing more is to be waited for."""
        self._quiet_at = max(self._quiet_at, self._loop.time() + QUIET)
        if self._given_up is None:
            return
        try:
            came = self._given_up.hear(data) is not None
        except Refused:
            came = True
        except Unanswered:
            self._given_up = None
            return
        if came:
            self._given_up, self._spoilt = None, False
            self._came_late.set()

    async def _settled(self, block: Block) -> None:
        """Return when nothing can come any more that belongs to an earlier request."""
        # What lies in the socket since the last answer is read away first: its reader runs one turn after ours.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        give_up = self._loop.time() + LOUDEST + (self._settle or 0.0)
        while self._spoilt and (left := self._quiet_at - self._loop.time()) > 0:
            if self._loop.time() > give_up:
                self.close()
                self._gone()
                raise LinkLost(f"{block}: the line does not come to rest")
            self._came_late.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._came_late.wait()

    def _fail(self, reason: str) -> None:
        self._came_late.set()
        if self._asked is not None and not self._asked.answer.done():
            self._asked.answer.set_exception(LinkLost(reason))


async def open_rtu(settings: ModbusConnectionSettings, gone: Gone) -> RtuLine:
    """Connect once. Raises OSError."""
    address = settings.url
    transport, line = await asyncio.get_running_loop().create_connection(
        lambda: RtuLine(gone), address.host, address.port
    )
    watch(transport.get_extra_info("socket"), settings.timeout)
    return line
