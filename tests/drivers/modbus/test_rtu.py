"""What an RTU line believes, as a table of bytes; checks computed by the simulators' own routine."""

import pytest

from drivers.modbus.answers import Refused, Unanswered
from drivers.modbus.location import Table
from drivers.modbus.plan import Block, Want
from drivers.modbus.rtu import Ear, checked, read_request
from simulators.wire.checks import crc16


def framed(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + crc16(body)


BLOCK = Block(Table.HOLDING, 10, 2, (Want(Table.HOLDING, 10, 2),))
COILS = Block(Table.COIL, 0x0305, 20, (Want(Table.COIL, 0x0305, 20),))
RIGHT = framed("07 03 04 1111 2222")
OTHER = framed("07 03 04 3333 4444")
DATA = bytes.fromhex("1111 2222")


def heard(*pieces: bytes, fillers: tuple[bytes, ...] = (), block: Block = BLOCK) -> bytes | None:
    ear = Ear(7, block, fillers)
    for piece in pieces:
        answer = ear.hear(piece)
        if answer is not None:
            return answer
    return None


def test_a_request_and_its_check() -> None:
    assert read_request(7, BLOCK) == framed("07 03 000A 0002")
    assert checked(bytes.fromhex("02 07")) == bytes.fromhex(
        "02 07 41 12"
    )  # Serial Line V1.02, 6.2.2, example


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([RIGHT], id="alone"),
        pytest.param([RIGHT[at : at + 1] for at in range(len(RIGHT))], id="byte by byte"),
        pytest.param([read_request(7, BLOCK) + RIGHT], id="behind its echo"),
        pytest.param([read_request(7, BLOCK), RIGHT], id="echo first"),
        pytest.param([b"\x00" + RIGHT], id="behind a glitch"),
        pytest.param([b"\xff\x00\xff" + RIGHT[:4], RIGHT[4:]], id="behind noise, in two pieces"),
        pytest.param([RIGHT + RIGHT], id="twice the same"),
        pytest.param([framed("08 03 04 5555 6666") + RIGHT], id="behind another unit's"),
        pytest.param([framed("08 83 02"), RIGHT], id="after another unit's refusal"),
    ],
)
def test_what_is_believed(pieces: list[bytes]) -> None:
    assert heard(*pieces) == DATA


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([], id="silence"),
        pytest.param([RIGHT[:-1]], id="cut short"),
        pytest.param([RIGHT[:-1] + bytes((RIGHT[-1] ^ 1,))], id="wrong check"),
        pytest.param([read_request(7, BLOCK)], id="nothing but the echo"),
        pytest.param([framed("08 03 04 1111 2222")], id="another unit"),
        pytest.param([framed("00 03 04 1111 2222")], id="broadcast"),
        pytest.param([framed("07 03 0400 1111 22")[:6]], id="a count that is not there"),
        pytest.param([b"\x55" * 60 + RIGHT], id="behind much noise"),
        pytest.param([b"\x00" + RIGHT + b"\x00"], id="noise on both sides"),
        pytest.param([b"\x00" * 200], id="a stuck line"),
    ],
)
def test_what_is_no_answer_yet(pieces: list[bytes]) -> None:
    assert heard(*pieces) is None


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(RIGHT + OTHER, id="two answers"),
        pytest.param(RIGHT + b"\x00", id="something behind"),
        pytest.param(framed("07 03 02 1111"), id="one register for two"),
        pytest.param(framed("07 03 06 1111 2222 3333"), id="three registers for two"),
        pytest.param(framed("07 04 04 1111 2222"), id="function 4 for 3"),
        pytest.param(framed("07 06 000A 1111"), id="the answer to a write"),
        pytest.param(framed("07 84 02"), id="exception of another function"),
        pytest.param(b"\x55" * 300, id="a flood"),
    ],
)
def test_what_is_refused_at_once(frame: bytes) -> None:
    with pytest.raises(Unanswered):
        heard(frame)


def test_an_exception_is_a_refusal() -> None:
    with pytest.raises(Refused, match="illegal data address"):
        heard(framed("07 83 02"))


def test_an_echo_that_has_the_form_of_an_answer_is_none() -> None:
    """coil:0x0305+20 is asked with 07 01 03 05 0014, which is also the answer 05 00 14 to 20 coils."""
    request = read_request(7, COILS)
    assert request[:3] == bytes.fromhex("07 01 03")
    assert heard(request, block=COILS) is None
    assert heard(request + framed("07 01 03 FFFF0F"), block=COILS) == bytes.fromhex("FFFF0F")


def test_heartbeats_before_and_behind_an_answer_mean_nothing() -> None:
    assert heard(b"\xfe", RIGHT, fillers=(b"\xfe",)) == DATA
    assert heard(b"\xfe\xfe" + RIGHT + b"\xfe", fillers=(b"\xfe",)) == DATA
    assert heard(b"DTU-0001" + RIGHT[:3], RIGHT[3:], fillers=(b"DTU-0001",)) == DATA
