"""Modbus TCP on asyncio, plain or over TLS: an answer is taken by the one who asked for it, by number, or by nobody."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
from typing import Final, cast

from drivers.modbus.answers import LinkLost, Refused, Unanswered, data_of
from drivers.modbus.frames import Cutter, Frame, Garbled, read_request
from drivers.modbus.line import Gone, Late
from drivers.modbus.plan import Block
from drivers.modbus.settings import ModbusConnectionSettings

GIVEN_UP: Final = 64
"""Requests given up whose late answers are still looked out for; older ones are forgotten."""
KEEPALIVE: Final = 10
"""Seconds of silence after which the kernel asks whether the other side is still there, 5 s apart, three times."""
UNDELIVERED: Final = 5.0
"""Seconds that our bytes may lie unacknowledged at least, before the kernel ends the connection (RFC 5482)."""


class _Asked:
    """One request under way."""

    __slots__ = ("block", "future", "late", "timer", "unit")

    def __init__(self, unit: int, block: Block, future: asyncio.Future[bytes], late: Late | None) -> None:
        self.unit = unit
        self.block = block
        self.future = future
        self.late = late
        self.timer: asyncio.TimerHandle | None = None


class MbapLine(asyncio.Protocol):
    """Implements line.Line. Late, doubled and foreign answers have no number that anybody waits for, and are dropped."""

    def __init__(self, gone: Gone) -> None:
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._cutter = Cutter()
        self._asked: dict[int, _Asked] = {}
        self._given_up: dict[int, _Asked] = {}
        # Not from 1: what an earlier connection of ours left behind in a gateway must not fit.
        self._number = random.randrange(0x10000)  # noqa: S311  spreading, not secrecy
        self._garbled = False

    # line.Line

    async def exchange(self, unit: int, block: Block, timeout: float, late: Late | None = None) -> bytes:
        """One request and its answer, as line.Line says."""
        if self._transport is None or self._garbled:
            raise LinkLost(f"{block}: the connection is closed")
        self._number = number = self._number + 1 & 0xFFFF
        asked = _Asked(unit, block, self._loop.create_future(), late)
        self._asked[number] = asked
        self._transport.write(read_request(number, unit, block))
        asked.timer = self._loop.call_later(timeout, self._expire, number, asked)
        try:
            return await asked.future
        finally:
            asked.timer.cancel()
            self._asked.pop(number, None)

    @property
    def sound(self) -> bool:
        """False when the stream lost its step, or an answer broke off in the middle."""
        return self._transport is not None and not self._garbled and not self._cutter.midway

    def close(self) -> None:
        """Tear the connection down: nothing of ours waits in it."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        self._fail("the connection was closed")

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Up."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Give every whole frame to the one who waits for it."""
        if self._garbled:
            return
        try:
            for frame in self._cutter.cut(data):
                self._take(frame)
        except Garbled as error:
            self._lose_step(error)

    def eof_received(self) -> None:
        """The other side will say no more: so the connection is of no use, and asyncio closes it."""

    def connection_lost(self, error: Exception | None) -> None:
        """Down: whoever waits is told at once."""
        was_ours = self._transport is None
        self._transport = None
        self._fail("the connection was lost while waiting for the answer")
        if not was_ours:
            self._gone()

    # Answers

    def _take(self, frame: Frame) -> None:
        asked = self._asked.get(frame.transaction)
        if asked is None:
            self._late(frame)
        else:
            _settle(asked, _judged(frame, asked))

    def _lose_step(self, error: Garbled) -> None:
        """No byte from here on can be believed. Those who wait let go of the line; if nobody does, it ends itself."""
        self._garbled = True
        waiting = [asked for asked in self._asked.values() if not asked.future.done()]
        for asked in waiting:
            _settle(asked, Unanswered(f"{asked.block}: not Modbus TCP: {error}"))
        if not waiting:
            self.close()
            self._gone()

    def _late(self, frame: Frame) -> None:
        """The answer to one who has given up is news of him, and no value."""
        asked = self._given_up.pop(frame.transaction, None)
        if asked is not None and asked.late is not None and isinstance(_judged(frame, asked), bytes):
            asked.late()

    def _expire(self, number: int, asked: _Asked) -> None:
        _settle(asked, TimeoutError())
        if asked.late is None:
            return
        self._given_up[number] = asked
        if len(self._given_up) > GIVEN_UP:
            del self._given_up[next(iter(self._given_up))]

    def _fail(self, reason: str) -> None:
        self._given_up.clear()
        for asked in self._asked.values():
            _settle(asked, LinkLost(f"{asked.block}: {reason}"))


def _judged(frame: Frame, asked: _Asked) -> bytes | Exception:
    """The data, or why it is none."""
    block, pdu = asked.block, frame.pdu
    if frame.unit != asked.unit:
        return Unanswered(f"{block}: unit {frame.unit} answered for unit {asked.unit}")
    if pdu[0] == block.table and len(pdu) == block.size + 2 and pdu[1] == block.size:
        return pdu[2:]
    try:
        return data_of(pdu[0], pdu[1:], block)
    except (Refused, Unanswered) as error:
        return error


def _settle(asked: _Asked, outcome: bytes | Exception) -> None:
    if asked.future.done():
        return
    if isinstance(outcome, bytes):
        asked.future.set_result(outcome)
    else:
        asked.future.set_exception(outcome)


async def open_mbap(settings: ModbusConnectionSettings, gone: Gone) -> MbapLine:
    """Connect once, over TLS where the URL says so. Raises OSError."""
    address = settings.url
    transport, line = await asyncio.get_running_loop().create_connection(
        lambda: MbapLine(gone),
        address.host,
        address.port,
        ssl=_tls(settings) if address.scheme == "tls" else None,
    )
    watch(transport.get_extra_info("socket"), settings.timeout)
    return line


def _tls(settings: ModbusConnectionSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.certificate_file:
        context.load_cert_chain(settings.certificate_file, settings.key_file)
    return context


def watch(raw: socket.socket, timeout: float) -> None:
    """Let the kernel find out when the other side is gone without a word (half open)."""
    options = {
        "TCP_KEEPIDLE": KEEPALIVE,
        "TCP_KEEPINTVL": 5,
        "TCP_KEEPCNT": 3,
        "TCP_USER_TIMEOUT": int(1000 * max(UNDELIVERED, 3 * timeout)),
    }
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in options.items():
        if hasattr(socket, name):  # Linux has them all
            raw.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
