"""Who a caller is, as a table of first bytes."""

import pytest

from drivers.modbus.registration import Door, Verdict, parse_packet, show

DOOR = Door([b"DTU-1", b"DTU-10", b"\x01\x02\x03", b"\x00\x00*", b"\xfe\x07"], heartbeats=[b"\xfe"])


@pytest.mark.parametrize(
    ("heard", "verdict"),
    [
        (b"DTU-1", b"DTU-1"),
        (b"DTU-10", b"DTU-10"),
        (b"DTU-10\r\n", b"DTU-10"),
        (b"DTU-1\xfe\xfe", b"DTU-1"),
        (b"\xfe\xfeDTU-1", b"DTU-1"),
        (b"\x01\x02\x03", b"\x01\x02\x03"),
        (b"\x00\x00*", b"\x00\x00*"),
        (b"\xfe\x00\x00*\r\n", b"\x00\x00*"),
        (b"\x00", Verdict.MORE),
        (b"\x00*", Verdict.UNKNOWN),
        (b"\xfe\x07", b"\xfe\x07"),
        (b"\xfe\xfe\x07", b"\xfe\x07"),
        (b"", Verdict.MORE),
        (b"DT", Verdict.MORE),
        (b"\xfe", Verdict.MORE),
        (b"\x01\x02", Verdict.MORE),
        (b"DTU-12", Verdict.UNKNOWN),
        (b"DTU-100", Verdict.UNKNOWN),
        (b"dtu-1", Verdict.UNKNOWN),
        (b"GET / HTTP/1.1\r\n", Verdict.UNKNOWN),
        (b"\x16\x03\x01\x02", Verdict.UNKNOWN),
    ],
)
def test_a_caller_is_told_by_the_first_bytes(heard: bytes, verdict: object) -> None:
    assert DOOR.judge(heard) == verdict


def test_a_name_that_may_grow_is_waited_for() -> None:
    assert DOOR.longer(b"DTU-1")
    assert not DOOR.longer(b"DTU-10")
    assert not DOOR.longer(b"\x00\x00*")


@pytest.mark.parametrize(
    ("text", "packet"), [("DTU-0001", b"DTU-0001"), ("hex:FE 01", b"\xfe\x01"), ("hex:fe01", b"\xfe\x01")]
)
def test_packets_are_text_or_bytes(text: str, packet: bytes) -> None:
    assert parse_packet(text) == packet


@pytest.mark.parametrize("wrong", ["", "hex:", "hex:F", "hex:XY", "x" * 129, 7])
def test_what_is_no_packet_is_told(wrong: object) -> None:
    with pytest.raises(ValueError):
        parse_packet(wrong)


def test_packets_are_shown_as_they_are_written() -> None:
    assert [show(b"DTU-1"), show(b"\xfe\x01")] == ["DTU-1", "hex:FE 01"]
