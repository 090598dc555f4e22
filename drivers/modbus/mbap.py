"""Modbus TCP on asyncio, plain or over TLS: an answer is taken by the one who asked for it, by number, or by nobody."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
from functools import partial
from typing import Final, cast

from drivers.modbus.answers import LinkLost, Refused, Unanswered, data_of
from drivers.modbus.deadlines import of_this_loop
from drivers.modbus.frames import Cutter, Frame, Garbled, read_request
from drivers.modbus.line import Gone, Late, Outcome, Told
from drivers.modbus.plan import Block
from drivers.modbus.settings import ModbusConnectionSettings

GIVEN_UP: Final = 64
"""Requests given up whose late answers are still looked out for; older ones are forgotten."""
KEEPALIVE: Final = 10
"""Seconds of silence after which the kernel asks whether the other side is still there, 5 s apart, three times."""
UNDELIVERED: Final = 5.0
"""Seconds that our bytes may lie unacknowledged at least, before the kernel ends the connection (RFC 5482)."""


class _Asked:
    """One request under way. `told` hears what comes of it, once."""

    __slots__ = ("block", "done", "late", "told", "unit")

    def __init__(self, unit: int, block: Block, told: Told, late: Late | None) -> None:
        self.unit = unit
        self.block = block
        self.told: Told | None = told
        self.late = late
        self.done = False

    def settle(self, outcome: Outcome) -> None:
        """Tell it, unless something was told before."""
        told, self.told, self.done = self.told, None, True
        if told is not None:
            told(outcome)


class MbapLine(asyncio.Protocol):
    """Implements line.Line. Late, doubled and foreign answers have no number that anybody waits for, and are dropped.

    An answer is told of in the very callback in which it came, with no task or future between.
    """

    def __init__(self, gone: Gone) -> None:
        self._gone = gone
        self._deadlines = of_this_loop()
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
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        number = self.begin(unit, block, timeout, partial(_settle, answer), late)
        try:
            return await answer
        finally:
            if (asked := self._asked.pop(number, None)) is not None:
                asked.done = True

    def begin(self, unit: int, block: Block, timeout: float, told: Told, late: Late | None = None) -> int:
        """As `exchange`, without waiting: `told` hears the data, or what `exchange` would raise. Returns its number.

        Raises LinkLost when the line is closed.
        """
        if self._transport is None or self._garbled:
            raise LinkLost(f"{block}: the connection is closed")
        self._number = number = self._number + 1 & 0xFFFF
        asked = self._asked[number] = _Asked(unit, block, told, late)
        self._transport.write(read_request(number, unit, block))
        self._deadlines.add(timeout, asked, partial(self._expire, number, asked))
        return number

    @property
    def ready(self) -> bool:
        """True when a request can be sent."""
        return self._transport is not None and not self._garbled

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
        frame = self._cutter.only(data)
        if frame is None:
            self._take_apart(data)
        elif (asked := self._whose(frame)) is not None:
            asked.settle(_judged(frame, asked))

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

    def _whose(self, frame: Frame) -> _Asked | None:
        """Who waits for an answer of this number, and does no more; None where nobody does."""
        asked = self._asked.pop(frame.transaction, None)
        if asked is None:
            self._late(frame)
        return asked

    def _take_apart(self, data: bytes) -> None:
        """All frames are cut, and a stream that has lost its step is let go of, before anybody is told: who hears of an
        answer may ask anew."""
        frames: list[Frame] = []
        garbled: Garbled | None = None
        try:
            for frame in self._cutter.cut(data):
                frames.append(frame)
        except Garbled as error:
            garbled, self._garbled = error, True
        answered: list[tuple[_Asked, Outcome]] = []
        for frame in frames:
            asked = self._whose(frame)
            if asked is not None:
                answered.append((asked, _judged(frame, asked)))
        if garbled is not None:
            self._lose_step(garbled)
        for asked, outcome in answered:
            asked.settle(outcome)

    def _lose_step(self, error: Garbled) -> None:
        """No byte from here on can be believed. Those who wait let go of the line; if nobody does, it ends itself."""
        waiting = self._let_go()
        for asked in waiting:
            asked.settle(Unanswered(f"{asked.block}: not Modbus TCP: {error}"))
        if not waiting:
            self.close()
            self._gone()

    def _late(self, frame: Frame) -> None:
        """The answer to one who has given up is news of him, and no value."""
        asked = self._given_up.pop(frame.transaction, None)
        if asked is not None and asked.late is not None and isinstance(_judged(frame, asked), bytes):
            asked.late()

    def _expire(self, number: int, asked: _Asked) -> None:
        self._asked.pop(number, None)
        if asked.late is not None:
            self._given_up[number] = asked
            if len(self._given_up) > GIVEN_UP:
                del self._given_up[next(iter(self._given_up))]
        asked.settle(TimeoutError())

    def _fail(self, reason: str) -> None:
        self._given_up.clear()
        for asked in self._let_go():
            asked.settle(LinkLost(f"{asked.block}: {reason}"))

    def _let_go(self) -> list[_Asked]:
        """All who wait; nothing is awaited any more."""
        waiting = list(self._asked.values())
        self._asked.clear()
        return waiting


def _judged(frame: Frame, asked: _Asked) -> Outcome:
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


def _settle(answer: asyncio.Future[bytes], outcome: Outcome) -> None:
    if answer.done():
        return
    if isinstance(outcome, bytes):
        answer.set_result(outcome)
    else:
        answer.set_exception(outcome)


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
