"""An edge node that speaks Sparkplug B, written from the published schema and sharing nothing with the driver.

Messages are assembled field by field (tag, then content), the way an encoder of Protocol Buffers does it.
"""

from __future__ import annotations

import struct
from typing import Any

TYPES = {
    "Int8": 1, "Int16": 2, "Int32": 3, "Int64": 4, "UInt8": 5, "UInt16": 6, "UInt32": 7, "UInt64": 8, "Float": 9,
    "Double": 10, "Boolean": 11, "String": 12, "DateTime": 13, "Text": 14, "UUID": 15, "DataSet": 16, "Bytes": 17,
}  # fmt: skip


def varint(number: int) -> bytes:
    out = bytearray()
    number &= (1 << 64) - 1
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def number(tag: int, value: int) -> bytes:
    return varint(tag << 3) + varint(value)


def block(tag: int, content: bytes) -> bytes:
    return varint(tag << 3 | 2) + varint(len(content)) + content


def value(kind: str, given: Any) -> bytes:
    """The value field of a metric of this type."""
    if kind in ("Int8", "Int16", "Int32"):
        return number(10, given & 0xFFFFFFFF)
    if kind in ("UInt8", "UInt16", "UInt32"):
        return number(10, given)
    if kind in ("Int64", "UInt64", "DateTime"):
        return number(11, given)
    if kind == "Float":
        return varint(12 << 3 | 5) + struct.pack("<f", given)
    if kind == "Double":
        return varint(13 << 3 | 1) + struct.pack("<d", given)
    if kind == "Boolean":
        return number(14, given)
    if kind in ("String", "Text", "UUID"):
        return block(15, given.encode())
    if kind == "Bytes":
        return block(16, given)
    return block(17, b"\x08\x01")  # a data set of one column


def metric(
    name: str | None = None,
    kind: str | None = None,
    given: Any = None,
    *,
    alias: int | None = None,
    at: int | None = None,
    historical: bool = False,
    null: bool = False,
    quality: int | None = None,
    typed: bool = True,
) -> bytes:
    """One metric; `typed` False leaves the datatype away, as data messages do."""
    out = b"" if name is None else block(1, name.encode())
    out += b"" if alias is None else number(2, alias)
    out += b"" if at is None else number(3, at)
    out += number(4, TYPES[kind]) if kind is not None and typed else b""
    out += number(5, 1) if historical else b""
    out += number(7, 1) if null else b""
    if quality is not None:
        out += block(9, block(1, b"Quality") + block(2, number(1, 3) + number(3, quality)))
    return out + (value(kind, given) if kind is not None and given is not None else b"")


def payload(*metrics: bytes, seq: int | None = 0, at: int | None = None) -> bytes:
    out = b"" if at is None else number(1, at)
    out += b"".join(block(2, one) for one in metrics)
    return out + (b"" if seq is None else number(3, seq))


def bd_seq(given: int) -> bytes:
    return metric("bdSeq", "Int64", given)


class Edge:
    """Counts its sequence numbers as an edge node must."""

    def __init__(self, group: str = "Plant", node: str = "edge1", bd: int = 0) -> None:
        self.group, self.node, self.bd = group, node, bd
        self.seq = 0

    def topic(self, kind: str, device: str | None = None) -> str:
        return "/".join(["spBv1.0", self.group, kind, self.node, *([device] if device else [])])

    def birth(self, *metrics: bytes, at: int | None = None) -> tuple[str, bytes]:
        self.seq = 0
        return self.topic("NBIRTH"), payload(bd_seq(self.bd), *metrics, seq=0, at=at)

    def death(self, bd: int | None = None) -> tuple[str, bytes]:
        return self.topic("NDEATH"), payload(bd_seq(self.bd if bd is None else bd), seq=None)

    def say(self, kind: str, device: str | None, *metrics: bytes, at: int | None = None) -> tuple[str, bytes]:
        self.seq = (self.seq + 1) % 256
        return self.topic(kind, device), payload(*metrics, seq=self.seq, at=at)
