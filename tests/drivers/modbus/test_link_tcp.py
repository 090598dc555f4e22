"""Truth on Modbus TCP: whatever a device, a gateway or the network sends, no value is invented."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from drivers.modbus.answers import LinkLost, Refused, Unanswered
from drivers.modbus.link import Link
from drivers.modbus.location import Table
from drivers.modbus.plan import Block, Want
from monitor.ports import NotConnected, Transient
from tests.drivers.modbus.build import connection
from tests.drivers.modbus.raw_server import (
    Action,
    Asked,
    HalfClose,
    RawServer,
    Reset,
    Send,
    asked,
    mbap,
)
from tests.support.clock import VirtualClock
from tests.support.real_clock import RealClock

TIMEOUT = 0.15
WORDS = (0x1111, 0x2222)


def block(start: int = 10, count: int = 2, table: Table = Table.HOLDING) -> Block:
    return Block(table, start, count, (Want(table, start, count),))


def frame_of(request: bytes) -> bytes:
    """The right answer: each register holds its own address."""
    ask = asked(request)
    return ask.words(*range(ask.start, ask.start + ask.count))


def right(request: bytes) -> Sequence[Action]:
    return [Send(frame_of(request))]


def saying(frame: Callable[[Asked], bytes]) -> Callable[[bytes], Sequence[Action]]:
    return lambda request: [Send(frame(asked(request)))]


@asynccontextmanager
async def linked(
    answer: Callable[[bytes], Sequence[Action]], **settings: Any
) -> AsyncIterator[tuple[Link, RawServer]]:
    async with RawServer(answer) as server:
        link = Link(
            connection(f"tcp://127.0.0.1:{server.port}", **{"timeout": "150ms", **settings}), RealClock()
        )
        try:
            yield link, server
        finally:
            await link.close()


async def test_a_right_answer_is_the_data_of_the_block() -> None:
    async with linked(right) as (link, server):
        assert await link.ask(7, block()) == bytes.fromhex("000A000B")
        assert server.requests[0][6:] == bytes.fromhex("07 03 000A 0002")


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(lambda a: a.words(1), id="one register for two"),
        pytest.param(lambda a: a.words(1, 2, 3), id="three registers for two"),
        pytest.param(lambda a: a.frame(bytes((3, 0))), id="no register"),
        pytest.param(lambda a: a.frame(bytes((3,))), id="no byte count"),
        pytest.param(lambda a: a.frame(bytes((3, 4, 0, 1))), id="fewer bytes than counted"),
        pytest.param(lambda a: a.frame(bytes((3, 4, 0, 1, 0, 2, 0, 3))), id="more bytes than counted"),
        pytest.param(lambda a: a.frame(bytes((3, 3, 0, 1, 0))), id="odd byte count"),
        pytest.param(lambda a: a.frame(bytes((4, 4, 0, 1, 0, 2))), id="function 4 for 3"),
        pytest.param(lambda a: a.frame(bytes((1, 4, 0, 1, 0, 2))), id="function 1 for 3"),
        pytest.param(lambda a: a.frame(bytes((6, 0, 10, 0, 1))), id="answer to a write nobody sent"),
        pytest.param(lambda a: a.frame(bytes((0x2B, 14, 1, 1, 0, 0))), id="function 43"),
        pytest.param(lambda a: a.frame(bytes((0x84, 2))), id="exception of another function"),
        pytest.param(lambda a: a.frame(bytes((0x83,))), id="exception without a code"),
        pytest.param(lambda a: a.frame(bytes((0x83, 2, 2))), id="exception too long"),
        pytest.param(lambda a: mbap(a.tid, a.unit + 1, bytes((3, 4, 0, 1, 0, 2))), id="another unit"),
        pytest.param(lambda a: mbap(a.tid + 1, a.unit, bytes((3, 4, 0, 1, 0, 2))), id="another transaction"),
        pytest.param(lambda a: mbap(0, a.unit, bytes((3, 4, 0, 1, 0, 2))), id="transaction 0"),
        pytest.param(
            lambda a: mbap(a.tid, a.unit, bytes((3, 4, 0, 1, 0, 2)), protocol=1), id="another protocol"
        ),
        pytest.param(
            lambda a: mbap(a.tid, a.unit, bytes((3, 4, 0, 1)), length=9), id="length beyond the frame"
        ),
        pytest.param(lambda a: mbap(a.tid, a.unit, b"", length=1), id="empty frame"),
        pytest.param(lambda a: mbap(a.tid, a.unit, bytes((3, 4, 0, 1, 0, 2)), length=0), id="length zero"),
        pytest.param(lambda a: bytes(range(256)) * 3, id="garbage"),
        pytest.param(lambda a: b"HTTP/1.1 400 Bad Request\r\n\r\n", id="a web server"),
        pytest.param(lambda a: b"\xff" * 5000, id="a flood"),
    ],
)
async def test_a_wrong_answer_gives_no_value_and_the_next_right_one_is_read(
    frame: Callable[[Asked], bytes],
) -> None:
    async with linked(saying(frame)) as (link, server):
        with pytest.raises(Transient):
            await link.ask(7, block())
        server.answer = right
        assert await link.ask(7, block()) == bytes.fromhex("000A000B")


async def test_silence_is_unanswered_after_the_timeout_and_the_link_stays() -> None:
    async with linked(lambda request: []) as (link, server):
        began = asyncio.get_running_loop().time()
        with pytest.raises(Unanswered, match=r"holding:10\+2: no answer within 0.15 s"):
            await link.ask(7, block())
        assert asyncio.get_running_loop().time() - began < TIMEOUT + 0.1
        server.answer = right
        assert await link.ask(7, block()) == bytes.fromhex("000A000B")
        assert server.connections == 1


async def test_a_late_answer_never_becomes_the_answer_to_the_next_request() -> None:
    async with linked(lambda request: [Send(frame_of(request), after=0.2)]) as (link, server):
        with pytest.raises(Unanswered):
            await link.ask(7, block(start=10))
        server.answer = lambda request: [Send(frame_of(request), after=0.1)]
        # The late answer to 10 arrives first, in the middle of this wait.
        assert await link.ask(7, block(start=500)) == bytes.fromhex("01F401F5")


async def test_late_and_right_answer_in_one_segment_over_one_frame_long_give_the_right_one() -> None:
    held: list[bytes] = []

    def together(request: bytes) -> Sequence[Action]:
        held.append(frame_of(request))
        return [Send(b"".join(held))] if len(held) == 2 else []

    async with linked(together) as (link, _):
        with pytest.raises(Unanswered):
            await link.ask(7, block(start=0, count=125))
        data = await link.ask(7, block(start=1000, count=125))
        assert data[:4] == bytes.fromhex("03E803E9")


async def test_an_answer_sent_twice_is_taken_once_and_never_again() -> None:
    async with linked(lambda request: [*right(request), *right(request)]) as (link, server):
        assert await link.ask(7, block(start=10)) == bytes.fromhex("000A000B")
        server.answer = right
        assert await link.ask(7, block(start=20)) == bytes.fromhex("00140015")


async def test_an_answer_in_pieces_is_put_together() -> None:
    def pieces(request: bytes) -> Sequence[Action]:
        frame = frame_of(request)
        return [Send(frame[i : i + 1]) for i in range(len(frame))]

    async with linked(pieces) as (link, _):
        assert await link.ask(7, block()) == bytes.fromhex("000A000B")


async def test_the_rest_of_a_broken_off_answer_does_not_spoil_the_next() -> None:
    def broken(request: bytes) -> Sequence[Action]:
        frame = frame_of(request)
        return [Send(frame[:9]), Send(frame[9:], after=0.2)]

    async with linked(broken) as (link, server):
        with pytest.raises(Unanswered):
            await link.ask(7, block())
        # The rest comes in the middle of this wait.
        server.answer = lambda request: [Send(frame_of(request), after=0.1)]
        assert await link.ask(7, block(start=20)) == bytes.fromhex("00140015")


async def test_an_answer_of_another_unit_is_refused_where_unit_0_was_asked() -> None:
    async with linked(saying(lambda a: mbap(a.tid, 5, bytes((3, 4, 0, 1, 0, 2))))) as (link, server):
        with pytest.raises(Unanswered, match="unit 5 answered for unit 0"):
            await link.ask(0, block())
        server.answer = right
        assert await link.ask(0, block()) == bytes.fromhex("000A000B")


async def test_a_reset_fails_the_waiting_request_at_once() -> None:
    async with linked(lambda request: [Reset()], timeout="10s") as (link, server):
        async with asyncio.timeout(5):
            with pytest.raises(LinkLost):
                await link.ask(7, block())
        server.answer = right
        await _until_back(link)


async def test_a_server_that_says_no_more_fails_the_waiting_request_at_once() -> None:
    async with linked(lambda request: [HalfClose()], timeout="10s") as (link, server):
        async with asyncio.timeout(5):
            with pytest.raises(LinkLost):
                await link.ask(7, block())
        server.answer = right
        await _until_back(link)


async def _until_back(link: Link) -> None:
    async with asyncio.timeout(15):
        while True:
            try:
                assert await link.ask(7, block()) == bytes.fromhex("000A000B")
            except NotConnected:
                await asyncio.sleep(0.02)
            else:
                return


async def test_nobody_listening_is_known_at_once_and_the_link_comes_up_by_itself() -> None:
    async with linked(right) as (link, server):
        await server.shut()
        with pytest.raises(NotConnected, match="Connection refused"):
            await link.ask(7, block())
        began = asyncio.get_running_loop().time()
        with pytest.raises(NotConnected, match="Connection refused"):
            await link.ask(7, block())
        assert asyncio.get_running_loop().time() - began < 0.05
        await server.open()
        await _until_back(link)


async def test_a_link_lost_while_idle_is_made_anew() -> None:
    async with linked(right) as (link, server):
        await link.ask(7, block())
        await server.hang_up()
        await _until_back(link)
        assert server.connections == 2


async def test_three_silences_in_a_row_make_the_connection_itself_suspect() -> None:
    async with linked(lambda request: [], timeout="50ms") as (link, server):
        for _ in range(3):
            with pytest.raises(Unanswered):
                await link.ask(7, block())
        server.answer = right
        assert await link.ask(7, block()) == bytes.fromhex("000A000B")
        assert server.connections == 2


async def test_a_silent_unit_does_not_cost_the_others_their_connection() -> None:
    def one_dead(request: bytes) -> Sequence[Action]:
        return [] if asked(request).unit == 9 else right(request)

    async with linked(one_dead, timeout="50ms") as (link, server):
        for _ in range(4):
            with pytest.raises(Unanswered):
                await link.ask(9, block())
            await link.ask(7, block())
        assert server.connections == 1


@pytest.mark.parametrize(
    ("code", "says"), [(2, "illegal data address"), (6, "busy"), (11, "gateway"), (99, "unknown")]
)
async def test_an_exception_answer_is_a_named_refusal(code: int, says: str) -> None:
    async with linked(saying(lambda a: a.frame(bytes((a.function | 0x80, code))))) as (link, server):
        with pytest.raises(Refused, match=f"0x{code:02X}.*{says}") as caught:
            await link.ask(7, block())
        assert caught.value.code == code
        server.answer = right
        await link.ask(7, block())
        assert server.connections == 1


async def test_one_request_at_a_time() -> None:
    waiting = 0
    most = 0

    def slow(request: bytes) -> Sequence[Action]:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        asyncio.get_running_loop().call_later(0.02, done)
        return [Send(frame_of(request), after=0.02)]

    def done() -> None:
        nonlocal waiting
        waiting -= 1

    async with linked(slow) as (link, _):
        datas = await asyncio.gather(*(link.ask(7, block(start=n)) for n in range(5)))
        assert [data[1] for data in datas] == [0, 1, 2, 3, 4]
        assert most == 1


async def test_cancelling_a_request_is_not_swallowed_and_spoils_nothing() -> None:
    async with linked(lambda request: [Send(frame_of(request), after=0.05)], timeout="5s") as (
        link,
        _,
    ):
        task = asyncio.create_task(link.ask(7, block(start=10)))
        await asyncio.sleep(0.03)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await link.ask(7, block(start=20)) == bytes.fromhex("00140015")


async def test_the_end_of_one_connection_fails_all_who_wait_on_it_at_once() -> None:
    def third_ends_it(request: bytes) -> Sequence[Action]:
        return [Reset()] if asked(request).start == 2 else []

    async with RawServer(third_ends_it) as server:
        link = Link(connection(f"tcp://127.0.0.1:{server.port}", timeout="10s"), RealClock(), width=3)
        async with asyncio.timeout(5):
            ends = await asyncio.gather(
                *(link.ask(7, block(start=n)) for n in range(3)), return_exceptions=True
            )
        assert [type(end) for end in ends] == [LinkLost] * 3
        server.answer = right
        await _until_back(link)
        await link.close()


async def test_who_has_given_up_hears_that_the_right_answer_came_late_and_of_no_wrong_one() -> None:
    heard: list[int] = []
    async with linked(lambda request: [Send(frame_of(request), after=0.1)]) as (link, server):
        with pytest.raises(Unanswered):
            await link.ask(7, block(), 0.02, lambda: heard.append(1))
        await asyncio.sleep(0.15)
        assert heard == [1]
        server.answer = saying(lambda a: mbap(a.tid, a.unit + 1, bytes((3, 4, 0, 1, 0, 2))))
        with pytest.raises(Unanswered):
            await link.ask(7, block(), 0.02, lambda: heard.append(2))
        server.answer = lambda request: [Send(asked(request).words(1), after=0.05)]
        with pytest.raises(Unanswered):
            await link.ask(7, block(), 0.02, lambda: heard.append(3))
        await asyncio.sleep(0.1)
        assert heard == [1]
        assert server.connections == 1


async def test_closing_twice_is_harmless() -> None:
    async with linked(right) as (link, _):
        await link.ask(7, block())
        await link.close()
        await link.close()


async def test_reconnecting_slows_down_to_half_a_minute_at_most() -> None:
    clock = VirtualClock()
    link = Link(connection("tcp://127.0.0.1:1", timeout="1s"), clock)
    with pytest.raises(NotConnected):
        await link.ask(1, block())
    for _ in range(12):
        await clock.advance(31)
        await asyncio.sleep(0.01)
    assert 15 <= link._pause() <= 30
    await link.close()
