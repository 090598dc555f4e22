"""Truth on RTU, over TCP and on a serial line: frames without a number, so a late one must never find a listener."""

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import pytest

from drivers.modbus.answers import LinkLost, Refused, Unanswered
from drivers.modbus.link import Link
from drivers.modbus.location import Table
from drivers.modbus.plan import Block, Want
from monitor.ports import NotConnected, Transient
from tests.drivers.modbus.build import connection
from tests.drivers.modbus.raw_server import Action, RawServer, Reset, Send, crc, rtu
from tests.support.real_clock import RealClock


def block(start: int = 10, count: int = 2, table: Table = Table.HOLDING) -> Block:
    return Block(table, start, count, (Want(table, start, count),))


def frame_of(request: bytes) -> bytes:
    """The right answer: each register holds its own address."""
    unit, function = request[0], request[1]
    start, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
    data = b"".join(n.to_bytes(2, "big") for n in range(start, start + count))
    return rtu(unit, bytes((function, len(data))) + data)


def right(request: bytes) -> Sequence[Action]:
    return [Send(frame_of(request))]


@asynccontextmanager
async def linked(
    answer: Callable[[bytes], Sequence[Action]], timeout: str = "150ms"
) -> AsyncIterator[tuple[Link, RawServer]]:
    async with RawServer(answer, length=8) as server:
        link = Link(connection(f"rtu+tcp://127.0.0.1:{server.port}", timeout=timeout), RealClock())
        try:
            yield link, server
        finally:
            await link.close()


async def test_a_request_is_a_right_rtu_frame_and_its_answer_is_read() -> None:
    async with linked(right) as (link, server):
        assert await link.ask(7, block()) == bytes.fromhex("000A000B")
        assert server.requests == [rtu(7, bytes.fromhex("03 000A 0002"))]


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(rtu(7, bytes((3, 2, 0, 1))), id="one register for two"),
        pytest.param(rtu(7, bytes((4, 4, 0, 1, 0, 2))), id="function 4 for 3"),
        pytest.param(rtu(8, bytes((3, 4, 0, 1, 0, 2))), id="another unit"),
        pytest.param(rtu(0, bytes((3, 4, 0, 1, 0, 2))), id="broadcast"),
        pytest.param(rtu(7, bytes((3, 4, 0, 1, 0, 2)))[:-1] + b"\x00", id="wrong checksum"),
        pytest.param(rtu(7, bytes((3, 4, 0, 1, 0, 2)))[:-3], id="cut short"),
        pytest.param(rtu(7, bytes((6, 0, 10, 0, 1))), id="answer to a write nobody sent"),
        pytest.param(rtu(7, bytes((0x84, 2))), id="exception of another function"),
        pytest.param(bytes(range(256)), id="garbage"),
        pytest.param(b"\x00" * 300, id="a stuck line"),
    ],
)
async def test_a_wrong_answer_gives_no_value_and_the_next_right_one_is_read(frame: bytes) -> None:
    async with linked(lambda request: [Send(frame)]) as (link, server):
        with pytest.raises(Transient):
            await link.ask(7, block())
        server.answer = right
        assert await link.ask(7, block()) == bytes.fromhex("000A000B")


async def test_after_a_timeout_the_late_answer_is_not_taken_for_the_next_register() -> None:
    async with linked(lambda request: [Send(frame_of(request), after=0.2)]) as (link, server):
        with pytest.raises(Unanswered):
            await link.ask(7, block(start=10))
        server.answer = lambda request: [Send(frame_of(request), after=0.1)]
        assert await link.ask(7, block(start=500)) == bytes.fromhex("01F401F5")
        assert server.connections == 2


async def test_after_a_cancelled_request_the_late_answer_is_not_taken_for_the_next_register() -> None:
    async with linked(lambda request: [Send(frame_of(request), after=0.05)]) as (link, server):
        task = asyncio.create_task(link.ask(7, block(start=10)))
        await asyncio.sleep(0.03)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await link.ask(7, block(start=500)) == bytes.fromhex("01F401F5")
        assert server.connections == 2


async def test_a_reset_fails_the_waiting_request_at_once() -> None:
    async with linked(lambda request: [Reset()], timeout="10s") as (link, _):
        async with asyncio.timeout(5):
            with pytest.raises(LinkLost):
                await link.ask(7, block())


async def test_an_exception_answer_is_a_named_refusal() -> None:
    async with linked(lambda request: [Send(rtu(7, bytes((0x83, 2))))]) as (link, _):
        with pytest.raises(Refused, match="illegal data address"):
            await link.ask(7, block())


@contextmanager
def serial_line(answer: Callable[[bytes], bytes], length: int | None = 8) -> Iterator[str]:
    """A pseudo terminal with a device on its far end; requests are `length` bytes, or a line where None."""
    far, near = os.openpty()
    tty.setraw(near)
    heard = bytearray()

    def read() -> None:
        heard.extend(os.read(far, 512))
        end = length if length is not None else heard.find(b"\n") + 1
        if end and len(heard) >= end:
            request = bytes(heard[:end])
            del heard[:end]
            os.write(far, answer(request))

    loop = asyncio.get_running_loop()
    loop.add_reader(far, read)
    try:
        yield os.ttyname(near)
    finally:
        loop.remove_reader(far)
        os.close(far)
        os.close(near)


async def test_a_serial_line_is_read_and_goes_on_after_a_silence() -> None:
    answers: list[Callable[[bytes], bytes]] = [lambda request: b"", frame_of, frame_of]
    with serial_line(lambda request: answers.pop(0)(request)) as line:
        link = Link(connection(f"rtu://{line}?baud=115200&parity=N", timeout="150ms"), RealClock())
        with pytest.raises(Unanswered):
            await link.ask(7, block())
        assert await link.ask(7, block()) == bytes.fromhex("000A000B")
        assert await link.ask(7, block(start=20)) == bytes.fromhex("00140015")
        await link.close()


async def test_ascii_frames_are_read_on_a_serial_line() -> None:
    # Modbus over Serial Line V1.02, 2.5.2: colon, hexadecimal, longitudinal check, CR LF.
    def lrc(body: bytes) -> bytes:
        return b":" + (body + bytes((-sum(body) & 0xFF,))).hex().upper().encode() + b"\r\n"

    asked: list[bytes] = []

    def answer(request: bytes) -> bytes:
        asked.append(request)
        return lrc(bytes.fromhex("07 03 04 000A 000B"))

    with serial_line(answer, length=None) as line:
        link = Link(connection(f"ascii://{line}?baud=9600&parity=N", timeout="500ms"), RealClock())
        assert await link.ask(7, block()) == bytes.fromhex("000A000B")
        assert asked == [lrc(bytes.fromhex("07 03 000A 0002"))]
        await link.close()


async def test_a_line_that_cannot_do_what_is_asked_of_it_is_named() -> None:
    with serial_line(lambda request: b"") as line:  # a pseudo terminal has no parity
        link = Link(connection(f"rtu://{line}?parity=E", timeout="150ms"), RealClock())
        with pytest.raises(NotConnected, match="the line refuses baud, parity or stop bits"):
            await link.ask(7, block())
        await link.close()


async def test_a_serial_device_that_is_not_there_is_named() -> None:
    link = Link(connection("rtu:///dev/no-such-line", timeout="150ms"), RealClock())
    with pytest.raises(NotConnected, match="rtu:///dev/no-such-line: No such file"):
        await link.ask(7, block())
    await link.close()


def test_the_checksum_of_this_test_is_that_of_the_specification() -> None:
    assert crc(bytes.fromhex("02 07")) == bytes.fromhex("41 12")  # Serial Line V1.02, 6.2.2, example
