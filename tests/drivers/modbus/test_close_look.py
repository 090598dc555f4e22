"""The bytes of each point beside its value, and the order in which an absurd float would make sense."""

import struct
from dataclasses import replace
from typing import Any

import pytest

from drivers.modbus.close_look import look
from drivers.modbus.fields import fields_of
from drivers.modbus.plan import plan
from monitor.ports import RawPoint
from tests.drivers.modbus.build import equipment


def looked(
    points: dict[str, dict[str, Any]], data: bytes, range: tuple[float, float] | None = None
) -> dict[str, RawPoint]:
    source = equipment(points)
    fields = fields_of(source)
    [block] = plan((field.want for field in fields), source.type_settings.limits)
    return dict(look(block, data, fields, [replace(point, range=range) for point in source.plan.points]))


def odd(raw: str, as_: str = "float32", range: tuple[float, float] | None = None, **more: Any) -> str:
    return looked({"x": {"read": "input:0", "as": as_, **more}}, bytes.fromhex(raw), range)["x"].odd


def test_each_point_has_its_own_bytes() -> None:
    found = looked(
        {
            "volts": {"read": "input:0", "as": "float32"},
            "word": {"read": "input:2", "as": "uint16"},
            "bit": {"read": "input:2", "as": "bool", "bit": 3},
        },
        bytes.fromhex("43664000 0008"),
    )
    assert {key: part.content.hex() for key, part in found.items()} == {
        "volts": "43664000",
        "word": "0008",
        "bit": "0008",
    }


def test_a_coil_is_one_bit() -> None:
    found = looked({"a": {"read": "coil:0", "as": "bool"}, "b": {"read": "coil:1", "as": "bool"}}, b"\x02")
    assert (found["a"].content, found["b"].content) == (b"\x00", b"\x01")


@pytest.mark.parametrize(
    ("raw", "order", "says"),
    [
        ("43663334", "ABCD", ""),
        ("33344366", "ABCD", "would be 230.2 as CDAB"),
        ("66433433", "ABCD", "would be 230.2 as BADC"),
        ("34336643", "ABCD", "would be 230.2 as DCBA"),
        ("43663334", "CDAB", "would be 230.2 as ABCD"),
        ("00000000", "ABCD", ""),
        ("7FC00000", "ABCD", ""),
    ],
)
def test_the_order_that_would_make_sense_is_named(raw: str, order: str, says: str) -> None:
    assert odd(raw, order=order, range=(0, 400)) == says


def test_a_double_and_a_scale() -> None:
    raw = struct.pack(">d", 123456.5)
    swapped = b"".join(raw[i : i + 2] for i in (6, 4, 2, 0))
    assert odd(swapped.hex(), "float64", scale=0.001) == "would be 123.457 as CDAB"


def test_what_no_order_makes_sensible_is_left_alone() -> None:
    assert odd("43664000", range=(0, 1)) == ""


def test_whole_numbers_are_not_guessed_about() -> None:
    assert odd("00010000", "uint32") == ""
