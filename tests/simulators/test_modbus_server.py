"""Whole frames over a real socket, written and read as bytes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from simulators.wire import behaviour
from simulators.wire.behaviour import Request, Sending, Then
from simulators.wire.modbus_server import ModbusServer, Unit
from simulators.wire.registers import RegisterBank, Table

ASK_UNIT_3 = bytes.fromhex("0001 0000 0006 03 03 0000 0002")
TOLD_BY_UNIT_3 = bytes.fromhex("0001 0000 0007 03 03 04 0007 FFF8")
ASK_UNIT_4 = bytes.fromhex("0002 0000 0006 04 03 0000 0001")
TOLD_BY_UNIT_4 = bytes.fromhex("0002 0000 0005 04 03 02 0009")


@pytest.fixture
async def server() -> AsyncIterator[ModbusServer]:
    three, four = RegisterBank(), RegisterBank()
    three.words(Table.HOLDING, 0, [7, -8])
    four.words(Table.HOLDING, 0, [9])
    server = ModbusServer({3: Unit(three), 4: Unit(four)})
    yield server
    await server.stop()


class Line:
    """A client that knows nothing of Modbus."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, data: bytes, length: int) -> bytes:
        self.writer.write(data)
        return await asyncio.wait_for(self.reader.readexactly(length), 5)

    async def hears_nothing(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.reader.read(1), seconds)
        except TimeoutError:
            return True
        return False


@pytest.fixture
async def line(server: ModbusServer) -> AsyncIterator[Line]:
    host, port = await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(host, port)
    yield Line(reader, writer)
    writer.close()
    await writer.wait_closed()


async def test_each_unit_answers_for_itself(line: Line) -> None:
    assert await line.ask(ASK_UNIT_3, 13) == TOLD_BY_UNIT_3
    assert await line.ask(ASK_UNIT_4, 11) == TOLD_BY_UNIT_4


async def test_an_absent_unit_is_answered_by_the_gateway(line: Line) -> None:
    asked = bytes.fromhex("BEEF 0000 0006 63 04 0000 0001")
    assert await line.ask(asked, 9) == bytes.fromhex("BEEF 0000 0003 63 84 0B")


async def test_writes_are_refused_and_counted(server: ModbusServer, line: Line) -> None:
    asked = bytes.fromhex("0001 0000 0006 03 06 0000 0001")
    assert await line.ask(asked, 9) == bytes.fromhex("0001 0000 0003 03 86 01")
    assert await line.ask(ASK_UNIT_3, 13) == TOLD_BY_UNIT_3
    recorder = server.recorder
    assert (recorder.count(3, 6), recorder.count(3, 3), recorder.other_than_reads) == (1, 1, 1)
    assert recorder.functions == {3, 6}
    assert recorder.summary()["function_codes"] == {"3": {"3": 1, "6": 1}}


async def test_requests_in_one_segment_and_in_pieces_are_all_answered(line: Line) -> None:
    assert await line.ask(ASK_UNIT_3 + ASK_UNIT_4, 24) == TOLD_BY_UNIT_3 + TOLD_BY_UNIT_4
    for byte in ASK_UNIT_3[:-1]:
        line.writer.write(bytes((byte,)))
        await line.writer.drain()
    assert await line.ask(ASK_UNIT_3[-1:], 13) == TOLD_BY_UNIT_3


async def test_a_unit_that_does_not_answer_holds_up_nobody(server: ModbusServer, line: Line) -> None:
    server.units[3].behaviour = behaviour.silent
    assert await line.ask(ASK_UNIT_3 + ASK_UNIT_4, 11) == TOLD_BY_UNIT_4
    assert await line.hears_nothing(0.05)
    server.units[3].behaviour = behaviour.normal
    assert await line.ask(ASK_UNIT_3, 13) == TOLD_BY_UNIT_3


async def test_a_late_answer_comes_after_its_neighbour(server: ModbusServer, line: Line) -> None:
    server.units[3].behaviour = behaviour.delayed(0.05)
    assert await line.ask(ASK_UNIT_3 + ASK_UNIT_4, 24) == TOLD_BY_UNIT_4 + TOLD_BY_UNIT_3


async def test_a_unit_may_answer_with_an_exception(server: ModbusServer, line: Line) -> None:
    server.units[3].behaviour = behaviour.exceptional(4)
    assert await line.ask(ASK_UNIT_3, 9) == bytes.fromhex("0001 0000 0003 03 83 04")


async def test_a_behaviour_may_send_any_bytes_and_hang_up(server: ModbusServer, line: Line) -> None:
    def broken(request: Request, right: bytes) -> tuple[Sending, ...]:
        return Sending(b"\xde\xad"), Sending(right[:4], after=0.01, then=Then.HANG_UP)

    server.units[3].behaviour = broken
    line.writer.write(ASK_UNIT_3)
    assert await asyncio.wait_for(line.reader.read(), 5) == b"\xde\xad" + TOLD_BY_UNIT_3[:4]


@pytest.mark.parametrize(
    "garbage", ["0001 0001 0006 03 03 0000 0002", "0001 0000 0001 03", "0001 0000 FFFF 03"]
)
async def test_what_is_not_modbus_ends_the_connection(server: ModbusServer, line: Line, garbage: str) -> None:
    line.writer.write(bytes.fromhex(garbage))
    assert await asyncio.wait_for(line.reader.read(), 5) == b""
    assert server.recorder.bad_frames == 1
    assert server.recorder.functions == frozenset()


async def test_stopping_closes_open_connections_and_the_port(server: ModbusServer, line: Line) -> None:
    port = line.writer.get_extra_info("peername")[1]
    await server.stop()
    assert await asyncio.wait_for(line.reader.read(), 5) == b""
    with pytest.raises(OSError, match=r"refused|failed"):
        await asyncio.open_connection("127.0.0.1", port)


async def test_refusing_cuts_everybody_off_and_ends_at_the_same_address(
    server: ModbusServer, line: Line
) -> None:
    host, port = line.writer.get_extra_info("peername")
    await server.refuse(True)
    await server.refuse(True)
    assert await asyncio.wait_for(line.reader.read(), 5) == b""
    with pytest.raises(OSError, match=r"refused|failed"):
        await asyncio.open_connection(host, port)
    await server.refuse(False)
    reader, writer = await asyncio.open_connection(host, port)
    assert await Line(reader, writer).ask(ASK_UNIT_3, 13) == TOLD_BY_UNIT_3
    writer.close()
    await writer.wait_closed()


async def test_half_a_connection_hears_no_more_and_one_that_is_deaf_says_nothing(
    server: ModbusServer, line: Line
) -> None:
    server.units[3].behaviour = lambda request, right: (Sending(right, then=Then.HALF_CLOSE),)
    assert await line.ask(ASK_UNIT_3, 13) == TOLD_BY_UNIT_3
    assert await asyncio.wait_for(line.reader.read(), 5) == b""
    line.writer.write(ASK_UNIT_4)  # it is still taken
    await line.writer.drain()
    reader, writer = await asyncio.open_connection(*line.writer.get_extra_info("peername"))
    other = Line(reader, writer)
    server.units[3].behaviour = lambda request, right: (Sending(b"", then=Then.DEAF),)
    writer.write(ASK_UNIT_3)
    await asyncio.sleep(0.02)
    writer.write(ASK_UNIT_4)
    assert await other.hears_nothing(0.05)
    writer.close()
    await writer.wait_closed()


async def test_a_reset_is_a_reset(server: ModbusServer) -> None:
    server.units[3].behaviour = lambda request, right: (Sending(b"", then=Then.RESET),)
    reader, writer = await asyncio.open_connection(*await server.start("127.0.0.1", 0))
    writer.write(ASK_UNIT_3)
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(), 5)
    writer.close()
    with pytest.raises(ConnectionResetError):
        await writer.wait_closed()
