"""Bytes of an independent encoder, and bytes of nobody."""

from __future__ import annotations

import contextlib
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.sparkplug.payload import MAX_METRICS, Odd, parse, typed
from drivers.mqtt.sparkplug.protobuf import Malformed
from tests.drivers.mqtt.sparkplug.edge import TYPES, block, metric, number, payload, value, varint


def read(kind: str, sent: Any) -> Any:
    [one] = parse(payload(metric("m", kind, sent))).metrics
    assert one.datatype == TYPES[kind]
    return typed(one.value, one.datatype)


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("Int8", -128), ("Int8", -1), ("Int8", 127), ("Int16", -32768), ("Int16", -2), ("Int32", -(2**31)), ("Int32", 7),
        ("Int64", -(2**63)), ("Int64", -1), ("Int64", 2**53), ("UInt8", 255), ("UInt16", 65535), ("UInt32", 2**32 - 1),
        ("UInt64", 2**64 - 1), ("Float", 1.5), ("Float", -0.25), ("Double", 0.1), ("Boolean", True), ("Boolean", False),
        ("String", "水浸"), ("Text", ""), ("UUID", "x-1"), ("DateTime", 1772366400000),
    ],
)  # fmt: skip
def test_values_come_back(kind: str, sent: Any) -> None:
    assert read(kind, sent) == sent
    assert type(read(kind, sent)) is type(sent)


@pytest.mark.parametrize(("bits", "sent"), [(8, 0xFF), (32, 0xFFFFFFFF), (64, 2**64 - 1)])
def test_a_negative_byte_may_come_in_any_width(bits: int, sent: int) -> None:
    [one] = parse(payload(block(1, b"m") + number(4, TYPES["Int8"]) + number(10, sent))).metrics
    assert typed(one.value, one.datatype) == -1


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("UInt8", number(10, 256)), ("Int8", number(10, 300)), ("Boolean", number(10, 2)), ("Float", block(15, b"1.5")),
        ("Int32", number(14, 1)), ("String", number(10, 1)), ("Double", number(14, 1)), ("DataSet", value("DataSet", 1)),
        ("Bytes", block(16, b"x")), ("DateTime", block(15, b"now")),
    ],
)  # fmt: skip
def test_what_does_not_fit_its_type_is_unreadable(kind: str, field: bytes) -> None:
    [one] = parse(payload(block(1, b"m") + number(4, TYPES[kind]) + field)).metrics
    assert typed(one.value, one.datatype) is Odd.UNREADABLE


def test_all_of_a_message() -> None:
    sent = payload(
        metric("a", "Int16", -5, alias=3, at=17, historical=True, quality=192),
        metric(alias=4, null=True),
        metric("c", "Boolean"),
        seq=9,
        at=1000,
    )
    got = parse(sent)
    assert (got.at, got.seq) == (1000, 9)
    a, b, c = got.metrics
    assert (a.name, a.alias, a.at, a.historical, a.quality) == ("a", 3, 17, True, 192)
    assert (b.name, b.alias, b.value) == (None, 4, Odd.NULL)
    assert (c.name, c.value) == ("c", Odd.ABSENT)


def test_what_a_newer_schema_adds_is_passed_over() -> None:
    sent = payload(block(1, b"m") + number(4, 11) + number(99, 5) + block(1000, b"new") + number(14, 1))
    assert parse(sent + block(5, b"body") + varint(77 << 3 | 1) + b"12345678").metrics[0].value is True


@pytest.mark.parametrize(
    "raw",
    [
        b"\x12\x05\x0a",  # a metric longer than the message
        b"\x12\xff\xff\xff\xff\x0f",
        b"\xff" * 11,
        b"\x00\x01",  # field number 0
        b"\x0b",  # a group
        b"\x0e",
        payload(block(1, b"\xff\xfe")),
        payload(block(2, b"x")),  # an alias of the wrong wire type
        payload(number(1, 5)),
        payload(block(9, b"\x12\x7f")),
    ],
)
def test_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse(raw)


def test_too_many_metrics_are_malformed() -> None:
    with pytest.raises(Malformed, match="too many"):
        parse(block(2, b"") * (MAX_METRICS + 1))


@given(st.binary(max_size=300))
def test_anything_is_read_or_malformed(raw: bytes) -> None:
    try:
        got = parse(raw)
    except Malformed:
        return
    for one in got.metrics:
        typed(one.value, one.datatype)


@given(st.integers(0, 60), st.binary(min_size=1, max_size=4))
def test_a_spoilt_message_never_raises_anything_else(at: int, noise: bytes) -> None:
    good = payload(
        metric("Inputs/Level", "Double", 1.5, alias=1, at=5, quality=192), metric("x", "String", "y"), at=9
    )
    with contextlib.suppress(Malformed):
        parse(good[:at] + noise + good[at + len(noise) :])


def test_not_a_number_is_what_was_sent_and_the_decoder_refuses_it() -> None:
    [one] = parse(
        payload(block(1, b"m") + number(4, 9) + varint(12 << 3 | 5) + struct.pack("<f", float("nan")))
    ).metrics
    assert one.value != one.value
