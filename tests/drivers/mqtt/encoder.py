"""paho-mqtt's encoder of what a broker sends: it shares nothing with our decoder."""

import struct
from typing import Any

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties, VariableByteIntegers

from drivers.mqtt.packets import Message


def encoded(one: Message, version: int, properties: Any = None) -> bytes:
    """A PUBLISH as its bytes."""
    body = struct.pack("!H", len(one.topic)) + one.topic
    if one.identifier:
        body += struct.pack("!H", one.identifier)
    if version == 5:
        body += (properties or Properties(PacketTypes.PUBLISH)).pack()  # type: ignore[no-untyped-call]
    body += one.payload or b""
    flags = one.retain | (one.identifier > 0) << 1 | one.duplicate << 3
    return bytes([0x30 | flags]) + VariableByteIntegers.encode(len(body)) + body  # type: ignore[no-untyped-call]
