"""Hostile Modbus frames: a Link that believes it is connected, and on the other side whatever bytes a seed brings forth.

An answer counts as invented unless the very bytes that carry it - right header or right check around it - were sent
since the request left. The checks here are the simulators', not the driver's.
"""

from __future__ import annotations

import asyncio
import random
import struct
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from drivers.modbus import link as link_module
from drivers.modbus.line import Gone, Line
from drivers.modbus.link import Link
from drivers.modbus.location import Table
from drivers.modbus.mbap import MbapLine
from drivers.modbus.plan import Block, Want
from drivers.modbus.rtu_line import RtuLine
from drivers.modbus.settings import ModbusConnectionSettings
from monitor.domain.instant import Instant
from monitor.ports import Transient
from simulators.wire.checks import crc16

SCHEMES = ("tcp", "rtu+tcp")


@dataclass
class Outcome:
    """What a million frames came to."""

    frames: int = 0
    asked: int = 0
    right: int = 0
    as_sent: int = 0
    """Other data than the device has, in a frame that was right in itself: on MBAP nothing shows a turned bit."""
    refused: int = 0
    invented: list[str] = field(default_factory=list)
    unread: int = 0
    """A right answer alone on a sound line that was not read: whoever believes nothing is not truthful either."""
    crashes: list[str] = field(default_factory=list)


class _Wire(asyncio.Transport):
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.line: asyncio.Protocol | None = None
        self.answers: deque[bytes] = deque(maxlen=16)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent = bytes(data)

    def is_closing(self) -> bool:
        return self.line is None

    def abort(self) -> None:
        line, self.line = self.line, None
        if line is not None:
            asyncio.get_running_loop().call_soon(line.connection_lost, None)

    @property
    def sound(self) -> bool:
        """Whether the line has no half a frame in it."""
        return isinstance(self.line, MbapLine | RtuLine) and (
            self.line.sound or isinstance(self.line, RtuLine)
        )

    def say(self, data: bytes) -> None:
        if self.line is not None:
            self.line.data_received(data)


class _NoWaiting:
    """A clock whose pauses are over at once."""

    def __init__(self) -> None:
        self.steady = 0.0

    def now(self) -> Instant:
        return Instant(1_800_000_000.0 + self.steady, self.steady)

    async def sleep(self, seconds: float) -> None:
        self.steady += seconds
        await asyncio.sleep(0)


class _Asked:
    """One request as it left, and frames that answer it."""

    def __init__(self, sent: bytes, numbered: bool) -> None:
        self.numbered = numbered
        self.tid = int.from_bytes(sent[:2], "big") if numbered else 0
        body = sent[6:] if numbered else sent[:-2]
        self.unit, self.function, _, count = struct.unpack(">BBHH", body)
        self.size = 2 * count if self.function > 2 else (count + 7) // 8

    def frame(self, pdu: bytes, tid: int | None = None, unit: int | None = None) -> bytes:
        unit = self.unit if unit is None else unit & 0xFF
        body = bytes((unit,)) + pdu
        if not self.numbered:
            return body + crc16(body)
        return struct.pack(">HHH", (self.tid if tid is None else tid) & 0xFFFF, 0, len(body)) + body

    def answer(self, data: bytes) -> bytes:
        return self.frame(bytes((self.function, len(data) & 0xFF)) + data)

    def was_said(self, data: bytes, heard: bytes) -> bool:
        """Whether these data stand in what was heard, in a frame that answers this request."""
        return len(data) == self.size and self.answer(data) in heard


def _mutations(
    asked: _Asked, right: bytes, past: deque[bytes], rng: random.Random
) -> list[Callable[[], bytes]]:
    def flipped() -> bytes:
        frame = bytearray(right)
        for _ in range(rng.randint(1, 3)):
            frame[rng.randrange(len(frame))] ^= 1 << rng.randrange(8)
        return bytes(frame)

    def extreme() -> bytes:
        frame = bytearray(right)
        frame[rng.randrange(min(9, len(frame)))] = rng.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF))
        return bytes(frame)

    def data(extra: int) -> bytes:
        return rng.randbytes(max(0, min(250, asked.size + extra)))

    return [
        flipped,
        extreme,
        lambda: right[: rng.randrange(len(right))],
        lambda: right[rng.randrange(len(right)) :],
        lambda: right + rng.randbytes(rng.randint(1, 8)),
        lambda: rng.randbytes(rng.randint(1, 4)) + right,
        lambda: rng.randbytes(rng.randint(1, 300)),
        lambda: bytes((rng.choice((0, 0xFF)),)) * rng.randint(1, 300),
        lambda: right + rng.choice(past or [right]),
        lambda: asked.answer(data(rng.choice((-4, -2, -1, 1, 2, 6)))),
        lambda: asked.frame(bytes((asked.function, rng.randrange(256))) + data(0)),
        lambda: asked.frame(bytes((rng.choice((1, 2, 3, 4, 5, 6, 15, 16, 43)), asked.size & 0xFF)) + data(0)),
        lambda: asked.frame(bytes((asked.function, asked.size & 0xFF)) + data(0), unit=rng.randrange(256)),
        lambda: asked.frame(bytes((rng.randrange(128, 256), rng.randrange(256)))),
        lambda: asked.frame(
            bytes((asked.function, asked.size & 0xFF)) + data(0), tid=asked.tid + rng.randint(-3, 3)
        ),
        lambda: rng.choice(past or [right]),
    ]


@contextmanager
def _connected(settings: ModbusConnectionSettings, wires: list[_Wire]) -> Iterator[Link]:
    """A link whose connections are made here; each one it opens is put into `wires`."""

    async def open_line(settings: ModbusConnectionSettings, gone: Gone) -> Line:
        line = MbapLine(gone) if settings.url.numbered else RtuLine(gone)
        wire = _Wire()
        wire.line = line
        line.connection_made(wire)
        wires[:] = [wire]
        return line

    with patch.object(link_module, "open_line", open_line):
        yield Link(settings, _NoWaiting())


async def _turns(task: asyncio.Future[bytes], most: int = 8) -> None:
    for _ in range(most):
        if task.done():
            return
        await asyncio.sleep(0)


class Attack:
    """One link under fire."""

    def __init__(self, scheme: str, seed: int) -> None:
        self.rng = random.Random(f"{seed}/{scheme}")
        self.settings = ModbusConnectionSettings.model_validate(
            {"url": f"{scheme}://127.0.0.1:1", "timeout": "10s"}
        )
        self.outcome = Outcome()
        self._wires: list[_Wire] = []

    async def run(self, frames: int, each: Callable[[int], None] = lambda done: None) -> Outcome:
        """Send so many; `each` hears now and then how many are done."""
        with _connected(self.settings, self._wires) as link:
            while self.outcome.frames < frames:
                await self._exchange(link)
                if self.outcome.asked % 1000 == 0:
                    each(self.outcome.frames)
            await link.close()
        return self.outcome

    async def _exchange(self, link: Link) -> None:
        table = self.rng.choice(tuple(Table))
        block = Block(table, self.rng.randrange(0x10000 - 125), self.rng.randint(1, 125), ())
        block = Block(table, block.start, block.count, (Want(table, block.start, block.count),))
        task = asyncio.ensure_future(link.ask(self.rng.randint(1, 247), block))
        self.outcome.asked += 1
        for _ in range(50):
            await asyncio.sleep(0)
            if self._wires and self._wires[0].sent:
                break
        if task.done() or not self._wires or not self._wires[0].sent:
            await self._judge(task, None, b"", b"")
            return
        wire = self._wires[0]
        asked = _Asked(wire.sent, self.settings.url.numbered)
        wire.sent = b""
        data = self.rng.randbytes(asked.size)
        heard = await self._fire(wire, asked, data, task)
        await self._judge(task, asked, data, heard)

    async def _fire(self, wire: _Wire, asked: _Asked, data: bytes, task: asyncio.Future[bytes]) -> bytes:
        """Hostile frames, now and then none; in half of the cases the right answer at the end."""
        heard = b""
        right = asked.answer(data)
        mutations = _mutations(asked, right, wire.answers, self.rng)
        clean = self.outcome.asked % 8 == 0 and wire.sound
        for _ in range(0 if clean else self.rng.randint(1, 8)):
            piece = self.rng.choice(mutations)()
            heard += piece
            self.outcome.frames += 1
            wire.say(piece)
            if self.rng.random() < 0.5:
                await asyncio.sleep(0)
        if clean or self.rng.random() < 0.5:
            heard += right
            wire.say(right)
        wire.answers.append(right)
        await _turns(task)
        if clean and not (task.done() and task.exception() is None):
            self.outcome.unread += 1
        return heard

    async def _judge(
        self, task: asyncio.Future[bytes], asked: _Asked | None, data: bytes, heard: bytes
    ) -> None:
        task.cancel()
        try:
            got = await task
        except (Transient, asyncio.CancelledError):
            self.outcome.refused += 1
        except Exception as error:  # noqa: BLE001 - whatever a stranger's bytes can cause is what is looked for
            self.outcome.crashes.append(repr(error))
        else:
            if got == data:
                self.outcome.right += 1
            elif asked is not None and asked.was_said(got, heard):
                self.outcome.as_sent += 1
            else:
                self.outcome.invented.append(f"{got.hex()} of {heard.hex()}")
