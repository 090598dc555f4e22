"""A byte stream cut into MQTT packets, and those cut that bring a message. Pure.

Written for the one packet that comes ten thousand times a second; all others go to paho-mqtt as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

MESSAGE = 3
"""Packet type of PUBLISH (MQTT 3.1.1 and 5.0 section 2.1.2)."""
HEAD = 70_000
"""Bytes of a packet that is too long which are kept: enough for the longest topic and the packet identifier."""


class Malformed(ValueError):
    """Bytes that are no MQTT; the connection cannot go on (MQTT 5.0 section 4.13)."""


class Packet(NamedTuple):
    """One control packet: its bytes from the first, where its body begins, and whether its end was cut off."""

    whole: bytes
    body: int
    cut: bool


class Message(NamedTuple):
    """A PUBLISH. `payload` is None where it was too long to be kept; `identifier` is 0 at QoS 0."""

    topic: bytes
    payload: bytes | None
    identifier: int
    retain: bool
    duplicate: bool


class Packets:
    """Feed it what the socket gives. A packet longer than `limit` bytes is counted off instead of being kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._missing = 0
        """Bytes that at least must come before the pieces are worth looking at: a long packet is joined once."""
        self._skip = 0

    def feed(self, data: bytes) -> Iterator[Packet]:
        """The packets that are complete with this data; to be read to its end. Raises Malformed."""
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        self._pieces.append(data)
        self._missing -= len(data)
        if self._missing > 0:
            return
        data = data if len(self._pieces) == 1 else b"".join(self._pieces)
        start, have, self._missing = 0, len(data), 1
        while start + 1 < have:
            length, body = data[start + 1], start + 2
            if length & 0x80:
                length, body = _length(data, start + 1)
                if not body:
                    break
            end = body + length
            if end > have:
                if length <= self._limit or have - body < HEAD:
                    self._missing = min(end, body + HEAD) - have if length > self._limit else end - have
                    break
                self._skip, end = end - have, have
                yield Packet(data[start:end], body - start, True)
            else:
                yield Packet(data[start:end], body - start, length > self._limit)
            start = end
        self._pieces = [data[start:]] if start < have else []


def _length(data: bytes, at: int) -> tuple[int, int]:
    """A variable byte integer (section 1.5.5) and what follows it; (0, 0) where it is not complete."""
    value = 0
    for i in range(4):
        if at + i >= len(data):
            return 0, 0
        byte = data[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value, at + i + 1
    raise Malformed("a length of more than four bytes")


def message(packet: Packet, version: int) -> Message:
    """What a PUBLISH brings (section 3.3). Raises Malformed; also for QoS 2, which nobody asked for."""
    whole, at, cut = packet
    flags, end = whole[0], len(whole)
    if end < at + 2:
        raise Malformed("a message without a topic")
    topic_end = at + 2 + (whole[at] << 8 | whole[at + 1])
    topic = whole[at + 2 : topic_end]
    at, identifier = topic_end, 0
    if flags & 0x06:
        if flags & 0x04:
            raise Malformed("a message at QoS 2 or 3, which was not asked for")
        if end < at + 2:
            raise Malformed("a message without its packet identifier")
        identifier = whole[at] << 8 | whole[at + 1]
        if not identifier:
            raise Malformed("a message with packet identifier 0")
        at += 2
    if version == 5:
        if at >= end:
            raise Malformed("a message without its properties")
        length = whole[at]
        if length < 0x80:
            at += 1 + length
        else:
            length, at = _length(whole, at)
            at = at + length if at else end + 1
    if at > end and not cut:
        raise Malformed("a message shorter than it says")
    return Message(topic, None if cut else whole[at:], identifier, bool(flags & 1), bool(flags & 8))
