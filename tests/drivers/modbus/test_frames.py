"""The stream of Modbus TCP cut into frames: however it is torn or joined, the frames are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.frames import Cutter, Frame, Garbled, read_request
from drivers.modbus.location import Table
from drivers.modbus.plan import Block
from tests.drivers.modbus.raw_server import mbap

FRAMES = st.lists(
    st.builds(Frame, st.integers(0, 0xFFFF), st.integers(0, 255), st.binary(min_size=2, max_size=253)),
    max_size=8,
)


@given(FRAMES, st.lists(st.integers(1, 40), max_size=200))
def test_frames_come_out_whole_however_the_stream_is_torn(frames: list[Frame], cuts: list[int]) -> None:
    stream = b"".join(mbap(*frame) for frame in frames)
    cutter, found, at = Cutter(), [], 0
    for size in [*cuts, len(stream)]:
        found += cutter.cut(stream[at : at + size])
        at += size
    assert found == frames
    assert not cutter.midway


@given(st.binary(max_size=600))
def test_no_bytes_make_it_stumble(data: bytes) -> None:
    try:
        for frame in Cutter().cut(data):
            assert 2 <= len(frame.pdu) <= 253
    except Garbled:
        pass


@pytest.mark.parametrize(
    "header", ["0001 0001 0006 01", "0001 0000 0002 01", "0001 0000 00FF 01", "4854 5450 2F31 2E"]
)
def test_a_header_that_cannot_be_one_ends_it(header: str) -> None:
    with pytest.raises(Garbled):
        list(Cutter().cut(bytes.fromhex(header)))


def test_a_frame_that_has_begun_is_known_to_be_midway() -> None:
    cutter = Cutter()
    assert list(cutter.cut(mbap(1, 2, b"\x03\x02\x00\x01")[:9])) == []
    assert cutter.midway


def test_a_request_is_what_the_guide_prints() -> None:
    # Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3 and annex: read register 4 of unit FF, transaction 15 01.
    block = Block(Table.HOLDING, 4, 1, ())
    assert read_request(0x1501, 0xFF, block).hex(" ") == "15 01 00 00 00 06 ff 03 00 04 00 01"
