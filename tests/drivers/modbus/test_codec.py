"""Registers to values. The expected bytes are written out by hand or made with `struct`, never by the driver."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.codec import Bad, Decoder, Values
from drivers.modbus.fields import fields_of
from drivers.modbus.late import complete
from drivers.modbus.plan import plan
from monitor.domain.reading import Quality
from tests.drivers.modbus.build import equipment


def decode(points: dict[str, dict[str, Any]], registers: bytes, **type_: Any) -> dict[str, Any]:
    """Values, or qualities where bad, by key; `registers` are the bytes from the lowest address on."""
    source = equipment(points, **type_)
    fields = fields_of(source)
    values: Values = [None] * len(fields)
    bad: Bad = {}
    [block] = plan((field.want for field in fields), source.type_settings.limits)
    Decoder(block, fields).into(registers, values, bad)
    complete(fields, values, bad)
    return {key: bad.get(i, values[i]) for i, key in enumerate(points)}


def one(as_: str, registers: str | bytes, **fields: Any) -> Any:
    """A single value at holding:0, from hexadecimal."""
    data = bytes.fromhex(registers) if isinstance(registers, str) else registers
    return decode({"x": {"read": "holding:0", "as": as_, **fields}}, data)["x"]


@pytest.mark.parametrize(
    ("as_", "registers", "value"),
    [
        ("uint16", "8000", 32768),
        ("uint16", "FFFF", 65535),
        ("int16", "8000", -32768),
        ("int16", "FFFE", -2),
        ("uint32", "80000001", 2147483649),
        ("int32", "FFFFFFFE", -2),
        ("uint64", "8000000000000001", 9223372036854775809),
        ("int64", "FFFFFFFFFFFFFFFE", -2),
        ("float32", "43664000", 230.25),  # sign 0, exponent 134, mantissa 1.798828125: 230.25
        ("float32", "C2480000", -50.0),
        ("float64", "406CC80000000000", 230.25),
        ("bcd16", "1234", 1234),
        ("bcd16", "0000", 0),
        ("bcd32", "98765432", 98765432),
        ("bcd64", "0012345678901234", 12345678901234),
        ("sm16", "0005", 5),
        ("sm16", "8005", -5),
        ("sm16", "8000", 0),
        ("sm32", "80000064", -100),
        ("sm32", "7FFFFFFF", 2147483647),
        ("mod10k32", "0001 0002", 10002),
        ("mod10k32", "270F 270F", 99999999),
        ("mod10k64", "0000 0001 0002 0003", 100020003),
        ("string:4", "41423132", "AB12"),
        ("string:3", "41423100", "AB1"),
        ("string:3", "414231FF", "AB1"),
        ("string:8", "4142310000FF1234", "AB1"),
        ("string:4", "20412020", "A"),
        ("bool", "0001", True),
        ("bool", "0000", False),
        ("bool", "FF00", True),
    ],
)
def test_each_type_is_decoded(as_: str, registers: str, value: Any) -> None:
    result = one(as_, registers)
    assert (type(result), result) == (type(value), value)


@pytest.mark.parametrize(
    ("order", "w32", "w64", "w16"),
    [
        ("ABCD", "12345678", "0123456789ABCDEF", "1234"),
        ("CDAB", "56781234", "CDEF89AB45670123", "1234"),
        ("BADC", "34127856", "23016745AB89EFCD", "3412"),
        ("DCBA", "78563412", "EFCDAB8967452301", "3412"),
    ],
)
def test_each_order_of_bytes(order: str, w32: str, w64: str, w16: str) -> None:
    assert one("uint32", w32, order=order) == 0x12345678
    assert one("uint64", w64, order=order) == 0x0123456789ABCDEF
    assert one("uint16", w16, order=order) == 0x1234
    assert one("bcd32", w32, order=order) == 12345678


def wire(big_endian: bytes, order: str) -> bytes:
    """What a device of this order puts on the wire, by the definition of the order."""
    words = [big_endian[i : i + 2] for i in range(0, len(big_endian), 2)]
    if order in ("CDAB", "DCBA"):
        words.reverse()
    if order in ("BADC", "DCBA"):
        words = [word[::-1] for word in words]
    return b"".join(words)


@pytest.mark.parametrize("order", ["ABCD", "CDAB", "BADC", "DCBA"])
@pytest.mark.parametrize(
    ("as_", "code", "value"),
    [
        ("int16", "h", -12345),
        ("uint16", "H", 54321),
        ("int32", "i", -123456789),
        ("uint32", "I", 3123456789),
        ("int64", "q", -1234567890123456789),
        ("uint64", "Q", 12345678901234567890),
        ("float32", "f", 0.15625),
        ("float64", "d", -2.5e-300),
    ],
)
def test_every_type_in_every_order_gives_what_struct_packed(
    order: str, as_: str, code: str, value: float
) -> None:
    assert one(as_, wire(struct.pack(f">{code}", value), order), order=order) == value


@pytest.mark.parametrize(("order", "registers"), [
    ("ABCD", "41424344"), ("CDAB", "41424344"), ("BADC", "42414443"), ("DCBA", "42414443"),
])  # fmt: skip
def test_a_string_swaps_bytes_but_never_words(order: str, registers: str) -> None:
    assert one("string:4", registers, order=order) == "ABCD"


@pytest.mark.parametrize("long", ["GHEFCDAB", "CDAB"])
def test_the_long_spelling_of_an_order_means_the_same(long: str) -> None:
    assert one("uint64", "CDEF89AB45670123", order=long) == 0x0123456789ABCDEF


def test_the_type_gives_the_order_and_a_point_may_have_its_own() -> None:
    values = decode(
        {
            "a": {"read": "holding:0", "as": "uint32"},
            "b": {"read": "holding:2", "as": "uint32", "order": "ABCD"},
        },
        bytes.fromhex("56781234 12345678"),
        order="CDAB",
    )
    assert values == {"a": 0x12345678, "b": 0x12345678}


@pytest.mark.parametrize(
    ("as_", "registers", "fields", "value"),
    [
        ("uint16", "0003", {"scale": 0.1}, 0.3),
        ("uint16", "007B", {"scale": 0.001}, 0.123),
        ("int16", "FFCE", {"scale": 0.1, "offset": -40}, -45.0),
        ("uint16", "0005", {"scale": 10, "offset": 3}, 53),
        ("uint16", "0005", {"scale": 0.3}, 1.5),
        ("uint16", "0003", {"scale": -0.1}, -0.3),
        ("uint16", "0000", {"scale": 1e-320}, 0.0),
        ("float32", "3F800000", {"scale": 1000}, 1000.0),
        ("bcd16", "0250", {"scale": 0.1}, 25.0),
    ],
)
def test_scale_and_offset(as_: str, registers: str, fields: dict[str, Any], value: float) -> None:
    result = one(as_, registers, **fields)
    assert (type(result), result) == (type(value), value)


@pytest.mark.parametrize(
    ("as_", "registers", "fields"),
    [
        ("int16", "8000", {"invalid": [0x8000]}),
        ("int16", "8000", {"invalid": [-32768]}),
        ("uint16", "7FFF", {"invalid": [0x8000, 0x7FFF]}),
        ("int16", "7FFF", {"invalid": [0x7FFF], "scale": 0.1}),
        ("uint32", "FFFFFFFF", {"invalid": [0xFFFFFFFF]}),
        ("int64", "8000000000000000", {"invalid": [0x8000000000000000]}),
        ("bcd16", "FFFF", {"invalid": [0xFFFF]}),
        ("float32", "461C3C00", {"invalid": [9999.0]}),
        ("float32", "7F7FFFFF", {"invalid": [0x7F7FFFFF]}),
        ("float64", "40C3878000000000", {"invalid": [9999]}),
        ("float32", "7FC00000", {}),
        ("float32", "FFC00000", {"scale": 10}),
        ("float64", "7FF8000000000000", {}),
        ("bool", "FFFF", {"bit": 3, "invalid": [0xFFFF]}),
        ("uint16", "FFFF", {"bits": "0-3", "invalid": [0xFFFF]}),
        ("uint16", "FFFF", {"values": {1: "on"}, "invalid": [0xFFFF]}),
    ],
)
def test_a_sentinel_is_no_value(as_: str, registers: str, fields: dict[str, Any]) -> None:
    assert one(as_, registers, **fields) is Quality.SENTINEL


@pytest.mark.parametrize(
    ("as_", "registers", "value"),
    [("int16", "7FFE", 32766), ("float32", "461C3800", 9998.0), ("uint16", "0000", 0)],
)
def test_what_is_only_near_a_sentinel_is_a_value(as_: str, registers: str, value: float) -> None:
    assert one(as_, registers, invalid=[0x7FFF, 9999]) == value


@pytest.mark.parametrize(
    ("as_", "registers", "fields"),
    [
        ("float32", "7F800000", {}),
        ("float32", "FF800000", {"scale": 0.1}),
        ("float64", "7FE0000000000000", {"scale": 1e10}),
        ("bcd16", "12A4", {}),
        ("bcd32", "0000000F", {}),
        ("bcd64", "00000000000000A0", {}),
        ("mod10k32", "0001 2710", {}),
        ("mod10k64", "2710 0000 0000 0000", {}),
        ("string:4", "4142C3A9", {}),
        ("string:4", "41420A43", {}),
        ("uint16", "0007", {"values": {0: "stopped", 1: "running"}}),
    ],
)
def test_what_cannot_be_understood_is_a_decode_error(
    as_: str, registers: str, fields: dict[str, Any]
) -> None:
    assert one(as_, registers, **fields) is Quality.DECODE_ERROR


def test_the_name_of_a_state_is_the_value() -> None:
    assert one("uint16", "0001", values={0: "stopped", 1: "running"}) == "running"
    assert one("int16", "FFFF", values={-1: "fault"}) == "fault"
    assert one("uint16", "0025", bits="4-7", values={2: "manual"}) == "manual"


@pytest.mark.parametrize(
    ("registers", "fields", "value"),
    [("0008", {"bit": 3}, True), ("FFF7", {"bit": 3}, False), ("0008", {"bit": 3, "invert": True}, False)],
)
def test_a_bit_of_a_register(registers: str, fields: dict[str, Any], value: bool) -> None:
    assert one("bool", registers, **fields) is value


def test_a_group_of_bits_is_a_number() -> None:
    assert one("uint16", "A5C3", bits="4-7") == 0xC
    assert one("uint32", "00FF0000", bits="12-19") == 0xF0


def test_coils_are_counted_from_the_lowest_bit_of_the_first_byte() -> None:
    # Modbus Application Protocol V1.1b3, 6.1: coils 20-38 answered CD 6B 05.
    points = {f"c{n}": {"read": f"coil:{n}", "as": "bool"} for n in range(19, 38)}
    values = decode(points, bytes.fromhex("CD6B05"))
    assert "".join("01"[value] for value in values.values()) == "1011001111010110101"


def test_a_coil_may_be_active_low() -> None:
    points = {"a": {"read": "coil:0", "as": "bool", "invert": True}, "b": {"read": "coil:1", "as": "bool"}}
    assert decode(points, b"\x00") == {"a": True, "b": False}


def test_one_register_may_be_many_points_and_overlap_others() -> None:
    values = decode(
        {
            "whole": {"read": "holding:0", "as": "uint32"},
            "low": {"read": "holding:1", "as": "uint16"},
            "bit": {"read": "holding:1", "as": "bool", "bit": 0},
            "signed": {"read": "holding:1", "as": "int16"},
            "guarded": {"read": "holding:1", "as": "int16", "invalid": [0x7FFF]},
            "late": {"read": "holding:3", "as": "uint16"},
        },
        bytes.fromhex("0001FFFF AAAA 0009"),
        limits={"max_gap": 1},
    )
    assert values == {"whole": 0x1FFFF, "low": 65535, "bit": True, "signed": -1, "guarded": -1, "late": 9}


SCALED = {
    "power": {"read": "holding:0", "as": "int16", "scale_from": "exponent", "invalid": [0x8000]},
    "exponent": {"read": "holding:1", "as": "int16", "invalid": [0x8000]},
}


@pytest.mark.parametrize(
    ("registers", "power"),
    [
        ("04D2FFFE", 12.34),
        ("04D20000", 1234),
        ("04D20002", 123400),
        ("FB2EFFFF", -123.4),
        ("80000000", Quality.SENTINEL),
        ("04D28000", Quality.DECODE_ERROR),
        ("04D200FF", Quality.DECODE_ERROR),
    ],
)
def test_a_scale_factor_in_another_register(registers: str, power: Any) -> None:
    assert decode(SCALED, bytes.fromhex(registers))["power"] == power


RATIOS = {
    "energy": {"read": "holding:0", "as": "uint16", "scale": 0.01, "multiply_by": ["pt", "ct"]},
    "pt": {"read": "holding:1", "as": "uint16"},
    "ct": {"read": "holding:2", "as": "uint16", "invalid": [0xFFFF]},
}


@pytest.mark.parametrize(
    ("registers", "energy"),
    [
        ("04D2 0001 0028", 493.6),
        ("04D2 000A 0028", 4936.0),
        ("0000 0001 0028", 0.0),
        ("04D2 0001 0000", Quality.DECODE_ERROR),
        ("04D2 0001 FFFF", Quality.DECODE_ERROR),
    ],
)
def test_transformer_ratios_in_other_registers(registers: str, energy: Any) -> None:
    found = decode(RATIOS, bytes.fromhex(registers))["energy"]
    assert found == (energy if isinstance(energy, Quality) else pytest.approx(energy))


@pytest.mark.parametrize(
    ("multiply_by", "says"),
    [
        (["nobody"], "m.energy: multiply_by: there is no point 'nobody'"),
        (["energy"], "m.energy: multiply_by: 'energy' must be a number that needs no other point"),
        (["name"], "m.energy: multiply_by: 'name' must be a number"),
    ],
)
def test_a_ratio_is_a_number_of_the_same_equipment(multiply_by: list[str], says: str) -> None:
    source = equipment(
        {
            "energy": {"read": "holding:0", "as": "uint16", "multiply_by": multiply_by},
            "name": {"read": "holding:1", "as": "string:4"},
        },
        id="m",
    )
    with pytest.raises(ValueError, match=says):
        fields_of(source)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"read": "holding:1", "as": "float32"}, "m.power: scale_from: 'exponent' must be a whole number"),
        ({"read": "holding:1", "as": "int16", "scale": 2}, "must be a whole number without scale"),
    ],
)
def test_a_scale_factor_must_be_a_plain_number(other: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        fields_of(equipment({"power": SCALED["power"], "exponent": other}, id="m"))


def test_a_scale_factor_must_exist() -> None:
    with pytest.raises(ValueError, match=r"m\.power: scale_from: there is no point 'exponent'"):
        fields_of(equipment({"power": SCALED["power"]}, id="m"))


@given(st.binary(min_size=24, max_size=24))
def test_no_bytes_whatever_give_a_number_that_is_not_finite(registers: bytes) -> None:
    values = decode(
        {
            "f": {"read": "holding:0", "as": "float32", "scale": 1e30},
            "d": {"read": "holding:2", "as": "float64", "scale": 1e10},
            "s": {"read": "holding:6", "as": "string:4"},
            "b": {"read": "holding:8", "as": "bcd32"},
            "p": {"read": "holding:10", "as": "int16", "scale_from": "e"},
            "e": {"read": "holding:11", "as": "int16"},
        },
        registers,
    )
    for value in values.values():
        assert isinstance(value, int | str | Quality) or abs(value) < float("inf")


MIXED: dict[str, dict[str, Any]] = {
    "plain": {"read": "holding:0", "as": "uint16"},
    "tenth": {"read": "holding:1", "as": "int16", "scale": 0.1},
    "bit": {"read": "holding:2", "as": "bool", "bit": 3},
    "low": {"read": "holding:2", "as": "bool", "bit": 9, "invert": True},
    "group": {"read": "holding:2", "as": "uint16", "bits": "4-6"},
    "state": {"read": "holding:3", "as": "uint16", "values": {0: "off", 1: "on"}},
    "sick": {"read": "holding:4", "as": "uint16", "invalid": [0xFFFF]},
    "real": {"read": "holding:5", "as": "float32", "order": "CDAB"},
    "digits": {"read": "holding:7", "as": "bcd16"},
    "name": {"read": "holding:8", "as": "string:2"},
}
COILS = {f"b{n}": {"read": f"coil:{n}", "as": "bool", "invert": n % 3 == 0} for n in range(20)}
FEW = st.sampled_from([0, 1, 0x4031, 0xFFFF, 0x7FC0])
WORDS = st.lists(st.one_of(FEW, st.integers(0, 0xFFFF)), min_size=9, max_size=9)


def renewed_as_decoded_anew(points: dict[str, dict[str, Any]], before: bytes, data: bytes) -> None:
    """What differs decoded on top of what was there is what decoding everything gives, and says truly what moved."""
    source = equipment(points)
    fields = fields_of(source)
    [block] = plan((field.want for field in fields), source.type_settings.limits)
    decoder = Decoder(block, fields)
    first: Values = [None] * len(fields)
    bad: Bad = {}
    decoder.into(before, first, bad)
    if bad:
        return
    anew: Values = [None] * len(fields)
    spoilt: Bad = {}
    decoder.into(data, anew, spoilt)
    values = list(first)
    moved = decoder.renew(before, data, values, bad)
    assert bad == spoilt
    if not bad:
        assert values == anew
        assert list(map(type, values)) == list(map(type, anew))
        assert sorted(moved) == [
            i for i, pair in enumerate(zip(first, anew, strict=True)) if pair[0] != pair[1]
        ]


@given(WORDS, WORDS)
def test_decoding_what_differs_is_decoding_everything(before: list[int], after: list[int]) -> None:
    renewed_as_decoded_anew(MIXED, struct.pack(">9H", *before), struct.pack(">9H", *after))


@given(st.binary(min_size=3, max_size=3), st.binary(min_size=3, max_size=3))
def test_bits_that_turned_are_turned(before: bytes, after: bytes) -> None:
    renewed_as_decoded_anew(COILS, before, after)
