"""Packets cut out of a stream, judged by paho-mqtt's own encoder; and streams that are none."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.mqtt.packets import HEAD, Malformed, Message, Packet, Packets, message
from tests.drivers.mqtt.encoder import encoded

LIMIT = 100_000


def cut(stream: bytes, *at: int, limit: int = LIMIT) -> list[Packet]:
    """The packets of a stream that comes in pieces."""
    packets = Packets(limit)
    edges = [0, *sorted(at), len(stream)]
    return [p for a, b in pairwise(edges) for p in packets.feed(stream[a:b])]


topics = st.text(
    st.characters(blacklist_characters="\0+#", blacklist_categories=("Cs",)), min_size=1, max_size=40
)
messages = st.builds(
    lambda topic, payload, identifier, retain, duplicate: Message(
        topic.encode(), payload, identifier, retain, duplicate and identifier > 0
    ),
    topics,
    st.binary(max_size=400),
    st.integers(0, 65535),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(messages, max_size=8), st.sampled_from([3, 5]), st.lists(st.integers(0, 3000), max_size=6))
def test_what_was_sent_is_what_comes_however_the_stream_is_cut(
    sent: list[Message], version: int, at: list[int]
) -> None:
    stream = b"".join(encoded(one, version) for one in sent)
    packets = cut(stream, *(min(i, len(stream)) for i in at))
    assert [message(packet, version) for packet in packets] == sent
    assert b"".join(packet.whole for packet in packets) == stream


@given(st.binary(max_size=300), st.sampled_from([3, 5]))
def test_any_bytes_give_packets_or_are_called_malformed(stream: bytes, version: int) -> None:
    try:
        for packet in cut(stream):
            if packet.whole[0] >> 4 == 3:
                message(packet, version)
    except Malformed:
        pass


def test_properties_of_mqtt_5_are_passed_over() -> None:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.UserProperty = [("name", "value" * 40)] * 3
    one = Message(b"a/b", b'{"x":1}', 7, False, False)
    [packet] = cut(encoded(one, 5, properties))
    assert message(packet, 5) == one


def test_a_packet_that_is_too_long_is_counted_off_and_can_be_acknowledged() -> None:
    long = Message(b"a", b"x" * (3 * LIMIT), 9, False, False)
    after = Message(b"b", b"1", 10, False, False)
    stream = encoded(long, 5) + encoded(after, 5)
    for step in (1000, HEAD + 1, len(stream)):
        first, second = cut(stream, *range(0, len(stream), step))
        assert first.cut
        assert message(first, 5) == long._replace(payload=None)
        assert message(second, 5) == after


@pytest.mark.parametrize(
    ("packet", "version"),
    [
        (b"\x30\x01\x00", 3),  # half a length of a topic
        (b"\x32\x03\x00\x01a", 3),  # no identifier
        (b"\x32\x05\x00\x01a\x00\x00", 3),  # identifier 0
        (b"\x34\x05\x00\x01a\x00\x01", 3),  # QoS 2
        (b"\x30\x03\x00\x05a", 3),  # a topic longer than the packet
        (b"\x30\x03\x00\x01a", 5),  # no properties
        (b"\x30\x04\x00\x01a\x05", 5),  # properties longer than the packet
    ],
)
def test_a_message_that_is_none(packet: bytes, version: int) -> None:
    [one] = cut(packet)
    with pytest.raises(Malformed):
        message(one, version)


def test_a_length_of_five_bytes_is_none() -> None:
    with pytest.raises(Malformed):
        cut(b"\x30\xff\xff\xff\xff\x7f")


def test_a_long_packet_in_many_pieces_is_joined_once() -> None:
    one = Message(b"a", b"x" * 16_000_000, 9, False, False)
    stream = encoded(one, 5) + encoded(one._replace(payload=b"1"), 5)
    first, second = cut(stream, *range(0, len(stream), 16 * 1024), limit=32_000_000)
    assert message(first, 5) == one
    assert message(second, 5).payload == b"1"
