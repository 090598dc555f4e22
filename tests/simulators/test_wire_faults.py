"""Each fault of the wire as bytes, without a socket; frames by hand."""

from typing import Any

import pytest

from simulators import fields
from simulators.wire import faults
from simulators.wire.behaviour import Sending, Then
from simulators.wire.bus import Bus, Unit
from simulators.wire.checks import crc16, lrc
from simulators.wire.framing import ASCII, MBAP, RTU, Framing, NotModbus
from simulators.wire.registers import RegisterBank, Table
from tests.docs.pages import ROOT

ASKED = bytes.fromhex("0007 0000 0006 03 03 000A 0002")
RIGHT = bytes.fromhex("0007 0000 0007 03 03 04 1111 2222")
ASKED_RTU = bytes.fromhex("03 03 000A 0002 E5EB")
RIGHT_RTU = bytes.fromhex("03 03 04 1111 2222 1473")


def sent(name: str, asked: bytes = ASKED, framing: Framing = MBAP, /, **arguments: str) -> list[Sending]:
    return list(behave(bus_with(name, framing, **arguments), asked))


def bus_with(name: str, framing: Framing = MBAP, **arguments: str) -> Bus:
    bank = RegisterBank()
    bank.words(Table.HOLDING, 10, [0x1111, 0x2222])
    bank.bits(Table.COIL, 0, [True] * 12)
    built: Any = fields.build(faults.FAULTS[name].arguments, arguments)
    return Bus({3: Unit(bank, faults.behaviour_of({name: built}))}, framing)


def behave(bus: Bus, asked: bytes, connection: object = None) -> tuple[Sending, ...]:
    request = bus.take(bytearray(asked), connection)
    assert request is not None
    return tuple(bus.sendings(request))


def test_checksums_are_those_of_the_specification() -> None:
    assert crc16(bytes.fromhex("02 07")) == bytes.fromhex("41 12")  # Serial Line V1.02, 6.2.2, example
    assert lrc(bytes.fromhex("11 03 00 6B 00 03")) == 0x7E  # by hand: 11+03+00+6B+00+03 = 82, and 82+7E = 100


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("not_answering", {}, []),
        ("slow", {"delay": "2s"}, [RIGHT]),
        ("exception", {"code": "6"}, ["0007 0000 0003 03 83 06"]),
        ("wrong_exception", {}, ["0007 0000 0003 03 84 02"]),
        ("wrong_function", {}, ["0007 0000 0007 03 04 04 1111 2222"]),
        ("write_answer", {}, ["0007 0000 0006 03 06 000A 0002"]),
        ("short_count", {"missing": "1"}, ["0007 0000 0005 03 03 02 1111"]),
        ("short_count", {"missing": "9"}, ["0007 0000 0003 03 03 00"]),
        ("too_long", {"extra": "1"}, ["0007 0000 0009 03 03 06 1111 2222 0000"]),
        ("lying_count", {"by": "-1"}, ["0007 0000 0007 03 03 03 1111 2222"]),
        ("wrong_transaction", {}, ["0008 0000 0007 03 03 04 1111 2222"]),
        ("wrong_unit", {}, ["0007 0000 0007 04 03 04 1111 2222"]),
        ("broadcast_answer", {}, ["0007 0000 0007 00 03 04 1111 2222"]),
        ("foreign_protocol", {}, ["0007 0001 0007 03 03 04 1111 2222"]),
        ("wrong_length", {"by": "2"}, ["0007 0000 0009 03 03 04 1111 2222"]),
        ("cut_short", {"missing": "3"}, ["0007 0000 0007 03 03 04 11"]),
        ("duplicate", {}, [RIGHT + RIGHT]),
        ("two_answers", {}, [RIGHT + bytes.fromhex("0008 0000 0007 03 03 04 4B4B 7878")]),
        ("reset", {"percent": "50"}, ["0007 0000 0007", b""]),
        ("hang_up", {}, [b""]),
        ("half_close", {}, [b""]),
        ("half_open", {}, [b""]),
    ],
)
def test_what_leaves_under_a_fault(name: str, arguments: dict[str, str], expected: list[Any]) -> None:
    wanted = [each if isinstance(each, bytes) else bytes.fromhex(each) for each in expected]
    assert [sending.data for sending in sent(name, **arguments)] == wanted


def test_when_it_leaves_and_what_becomes_of_the_connection() -> None:
    assert sent("slow", delay="2s")[0].after == 2
    assert [each.after for each in sent("slow_drip", pause="100ms")][:3] == [0, 0.1, 0.2]
    assert b"".join(each.data for each in sent("split")) == RIGHT
    ends = {name: sent(name)[-1].then for name in ("reset", "hang_up", "half_close", "half_open")}
    assert list(ends.values()) == [Then.RESET, Then.HANG_UP, Then.HALF_CLOSE, Then.DEAF]


def test_only_the_first_of_one_late_is_late() -> None:
    bus = bus_with("one_late", delay="3s")
    assert [behave(bus, ASKED)[0].after for _ in range(3)] == [3, 0, 0]


class Connection:
    """Something to be told apart by."""


def test_shifted_answers_with_what_was_asked_before_on_the_same_connection() -> None:
    bus, one, other = bus_with("shifted"), Connection(), Connection()
    second = ASKED.replace(b"\x00\x07", b"\x00\x08", 1)
    assert behave(bus, ASKED, one) == ()
    assert behave(bus, second, one) == (Sending(RIGHT),)
    assert behave(bus, ASKED, other) == ()


def test_late_with_next_sends_two_in_one_segment_every_other_time() -> None:
    bus, one = bus_with("late_with_next"), Connection()
    assert [len(behave(bus, ASKED, one)) for _ in range(4)] == [0, 1, 0, 1]
    behave(bus, ASKED, one)
    assert behave(bus, ASKED, one)[0].data == RIGHT + RIGHT


def test_random_bytes_differ_each_time_and_are_the_same_in_each_run() -> None:
    one, other = bus_with("garbage", bytes="9"), bus_with("garbage", bytes="9")
    first, second = behave(one, ASKED)[0].data, behave(one, ASKED)[0].data
    assert len(first) == 9
    assert first != second
    assert behave(other, ASKED)[0].data == first
    assert sent("noise", bytes="3")[0].data[3:] == RIGHT
    assert sent("garbage_then_right")[1].data == RIGHT


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("crc_error", bytes.fromhex("03 03 04 1111 2222 1463")),
        ("echo", ASKED_RTU + RIGHT_RTU),
        ("echo_only", ASKED_RTU),
        ("duplicate", RIGHT_RTU + RIGHT_RTU),
        ("wrong_function", bytes.fromhex("03 04 04 1111 2222 15C4")),
        ("cut_short", RIGHT_RTU[:-2]),
    ],
)
def test_faults_on_a_serial_line(name: str, expected: bytes) -> None:
    assert crc16(ASKED_RTU[:-2]) == ASKED_RTU[-2:]
    assert [sending.data for sending in sent(name, ASKED_RTU, RTU)] == [expected]


def test_bits_are_cut_and_grown_by_bytes() -> None:
    coils = bytes.fromhex("0007 0000 0006 03 01 0000 000C")
    assert sent("short_count", coils, missing="1")[0].data == bytes.fromhex("0007 0000 0004 03 01 01 FF")
    assert sent("too_long", coils, extra="1")[0].data == bytes.fromhex("0007 0000 0006 03 01 03 FF0F 00")
    assert sent("wrong_function", coils)[0].data == bytes.fromhex("0007 0000 0005 03 02 02 FF0F")


def test_an_exception_of_the_device_stays_what_it_is() -> None:
    nowhere = bytes.fromhex("0007 0000 0006 03 03 FFFF 0001")
    assert sent("short_count", nowhere)[0].data == bytes.fromhex("0007 0000 0003 03 83 02")


def test_the_fault_of_the_gateway_is_one_of_every_unit() -> None:
    bus = bus_with("wrong_unit")
    bus.behaviour = faults.behaviour_of({"not_answering": None})
    assert behave(bus, ASKED) == ()


def test_on_a_plain_line_there_is_silence_where_nobody_is() -> None:
    nobody = RTU.frame(0, 9, bytes.fromhex("03 000A 0002"))
    assert behave(Bus({}, RTU), nobody) == ()
    assert behave(Bus({}), ASKED)[0].data == bytes.fromhex("0007 0000 0003 03 83 0B")


# Framings


def test_ascii_frames_are_cut_and_made() -> None:
    line = b":0303000A0002EE\r\n"
    bus = bus_with("split", ASCII)
    heard = bytearray(b"rest\r\n" + line[:9])
    assert bus.take(heard) is None
    heard += line[9:]
    request = bus.take(heard)
    assert request is not None
    assert (request.unit, request.pdu, request.raw) == (3, bytes.fromhex("03 000A 0002"), line)
    assert bus.recorder.bad_frames == 1
    assert request.frame(bytes.fromhex("03 02 1111")) == b":0303021111D6\r\n"


def test_an_rtu_request_with_a_wrong_check_is_ignored() -> None:
    bus = bus_with("split", RTU)
    heard = bytearray(ASKED_RTU[:-1] + b"\x00")
    assert bus.take(heard) is None
    assert (bytes(heard), bus.recorder.bad_frames) == (b"", 1)


def test_an_rtu_write_of_many_is_cut_where_it_ends() -> None:
    many = RTU.frame(0, 3, bytes.fromhex("10 0000 0002 04 0001 0002"))
    heard = bytearray(many + ASKED_RTU)
    bus = bus_with("split", RTU)
    first, second = bus.take(heard), bus.take(heard)
    assert first is not None
    assert second is not None
    assert (first.function, second.function) == (16, 3)


def test_a_stream_that_is_not_modbus_is_told() -> None:
    with pytest.raises(NotModbus):
        MBAP.cut(b"GET / HTTP/1.1")


# Names


def test_every_fault_is_told_of_in_the_docs_in_the_words_of_the_program() -> None:
    page = (ROOT / "docs" / "simulators.md").read_text(encoding="utf-8")
    for fault in faults.FAULTS.values():
        assert f"| `{fault.name}` " in page, fault.name
        assert fault.does in page, fault.name


def test_where_a_fault_cannot_happen_is_said() -> None:
    assert faults.cannot_happen("echo", "rtu") == ""
    assert "is a fault of rtu and ascii frames, this plant speaks mbap" in faults.cannot_happen(
        "echo", "mbap"
    )
    assert faults.cannot_happen("pump_fault", "mbap") == ""
