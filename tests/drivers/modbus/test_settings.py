"""What a configuration may say about Modbus, and what it is told when it is wrong."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.modbus.settings import (
    SETTINGS,
    ModbusConnectionSettings,
    ModbusEquipmentSettings,
    ModbusPointSettings,
    ModbusTypeSettings,
)
from monitor.domain.duration import parse_duration
from monitor.domain.point import Factor, Kind


def point(**fields: Any) -> ModbusPointSettings:
    return ModbusPointSettings.model_validate(fields)


def complaint(model: type[Any], fields: dict[str, Any]) -> str:
    """Field and message of the one error."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(fields)
    [error] = caught.value.errors()
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("1s", 1), ("1.5s", 1.5), ("5m", 300), ("6h", 21600), ("90d", 7776000)],
)
def test_durations_are_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "s", "5 s", "-1s", "1w", "1s2", "１s", "nan"])
def test_what_is_not_a_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("tcp://127.0.0.1:5020", ("tcp", "127.0.0.1", 5020)),
        ("tcp://gw", ("tcp", "gw", 502)),
        ("tls://gw", ("tls", "gw", 802)),
        ("udp://[::1]:502", ("udp", "::1", 502)),
        ("rtu+tcp://gw:4001", ("rtu+tcp", "gw", 4001)),
    ],
)
def test_a_network_url_names_scheme_host_and_port(url: str, parts: tuple[str, str, int]) -> None:
    address = ModbusConnectionSettings.model_validate({"url": url}).url
    assert (address.scheme, address.host, address.port) == parts


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("listen+rtu://:5502", "127.0.0.1"),
        ("listen+rtu://0.0.0.0:5502", "0.0.0.0"),
        ("listen+tcp://[::]:5502", "::"),
    ],
)
def test_a_listener_is_open_to_this_machine_only_unless_it_says_otherwise(url: str, host: str) -> None:
    made = ModbusConnectionSettings.model_validate({"url": url, "heartbeat": ["hex:FE", "PING"]})
    assert (made.url.host, made.url.port, made.url.listens) == (host, 5502, True)
    assert (made.heartbeat, made.in_flight) == ((b"\xfe", b"PING"), 16)


def test_a_connection_of_one_device_that_dials_in_asks_one_thing_at_a_time() -> None:
    made = ModbusConnectionSettings.model_validate({"url": "listen+rtu://:5502", "registration": "DTU-1"})
    assert (made.registration, made.in_flight) == (b"DTU-1", 1)


def test_a_serial_url_names_the_line() -> None:
    address = ModbusConnectionSettings.model_validate({"url": "rtu:///dev/ttyUSB0?baud=19200&parity=n"}).url
    assert (address.host, address.baud, address.parity, address.stop) == ("/dev/ttyUSB0", 19200, "N", 2)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"url": "listen+rtu://127.0.0.1"}, "url: Value error, .*must name the port that devices dial"),
        (
            {"url": "listen+udp://127.0.0.1:5502"},
            "url: .*must begin with one of .*listen\\+rtu://, listen\\+tcp://",
        ),
        ({"url": "listen+rtu://:5502", "heartbeat": "hex:F"}, "heartbeat: .*pairs of hexadecimal digits"),
        ({"url": "listen+rtu://:5502", "registration": ""}, "registration: .*must be text such as"),
        ({"url": "listen+rtu://:5502", "register_within": "0s"}, "register_within: must be from 100ms to 5m"),
        ({"url": "tcp://h", "registration": "DTU-1"}, "registration: only devices that dial in"),
        ({"url": "rtu:///dev/ttyS0", "heartbeat": "PING"}, "heartbeat: only devices that dial in"),
        ({"url": "http://x"}, "url: .*must begin with one of tcp://"),
        ({"url": "tcp://"}, "url: .*names no host"),
        ({"url": "tcp://h:0"}, "url: .*port"),
        ({"url": "tcp://h:99999"}, "url: .*port"),
        ({"url": "tcp://h/path"}, "url: .*nothing else"),
        ({"url": "rtu://dev/ttyS0"}, "url: .*three slashes"),
        ({"url": "rtu:///dev/ttyS0?speed=9600"}, "url: .*unknown speed"),
        ({"url": "rtu:///dev/ttyS0?parity=X"}, "url: .*parity must be"),
        ({"url": "rtu:///dev/ttyS0?stop=3"}, "url: .*stop must be"),
        ({"url": 5}, "url: .*must be text"),
        ({"url": "tcp://h", "timeout": 1}, "timeout: .*'1' is not a duration"),
        ({"url": "tcp://h", "timeout": "0s"}, "timeout: .*10ms to 60s"),
        ({"url": "tcp://h", "in_flight": 0}, "in_flight: "),
        ({"url": "tcp://h", "in_flight": True}, "in_flight: "),
        ({"url": "rtu:///dev/ttyS0", "in_flight": 2}, "in_flight: .*one request at a time"),
        ({"url": "tcp://h", "ca_file": "/x"}, "ca_file: only tls"),
        ({"url": "tcp://h", "retries": 3}, "retries: Extra inputs"),
    ],
)
def test_a_wrong_connection_is_told_which_field(fields: dict[str, Any], says: str) -> None:
    assert re.search(says, complaint(ModbusConnectionSettings, fields))


@pytest.mark.parametrize("device_id", [-1, 256, "1", 1.5, None])
def test_a_device_id_is_one_byte(device_id: Any) -> None:
    assert complaint(ModbusEquipmentSettings, {"device_id": device_id}).startswith("device_id: ")


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"max_registers": 126}, "limits.max_registers"),
        ({"max_registers": 0}, "limits.max_registers"),
        ({"max_bits": 2001}, "limits.max_bits"),
        ({"max_gap": -1}, "limits.max_gap"),
        ({"holes": [[5, 4]]}, "limits.holes"),
        ({"holes": [[1, 2, 3]]}, "limits.holes"),
        ({"max_words": 4}, "limits.max_words"),
    ],
)
def test_limits_stay_within_the_protocol(limits: dict[str, Any], field: str) -> None:
    assert complaint(ModbusTypeSettings, {"limits": limits}).startswith(field)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"read": "holding", "as": "int16"}, "read: .*TABLE:ADDRESS"),
        ({"read": "holding:65536", "as": "int16"}, "read: .*beyond 65535"),
        ({"read": "holding:65535", "as": "int32"}, "read: holding:65536 is beyond"),
        ({"read": "holding:-1", "as": "int16"}, "read: "),
        ({"read": "40001", "as": "int16"}, "read: .*a datasheet that says 40001 means holding:0"),
        ({"read": "30011", "as": "int16"}, "read: .*means input:10"),
        ({"read": "410001", "as": "int16"}, "read: .*means holding:10000"),
        ({"read": "10001", "as": "bool"}, "read: .*means discrete:0"),
        ({"read": "50001", "as": "int16"}, "read: .*decimal or 0x$"),
        ({"read": "holding:1", "as": "sm64"}, "as: .*sm16 sm32 mod10k32"),
        ({"read": "holding:1", "as": "sm16", "values": {-32768: "x"}}, "values: -32768 cannot occur"),
        (
            {"read": "holding:1", "as": "mod10k32", "values": {100000000: "x"}},
            "values: 100000000 cannot occur",
        ),
        ({"read": "holding:1"}, "as: Field required"),
        ({"read": "holding:1", "as": "int24"}, "as: .*is not one of bool int16"),
        ({"read": "holding:1", "as": "string:0"}, "as: "),
        ({"read": "holding:1", "as": "string:251"}, "as: .*at most 250"),
        ({"read": "coil:1", "as": "int16"}, "as: a coil is one bit"),
        ({"read": "coil:1", "as": "bool", "bit": 1}, "bit: a coil has none"),
        ({"read": "discrete:1", "as": "bool", "order": "CDAB"}, "order: a discrete has none"),
        ({"read": "coil:1", "as": "bool", "invalid": [1]}, "invalid: "),
        ({"read": "holding:1", "as": "bool", "bit": 16}, "bit: "),
        ({"read": "holding:1", "as": "uint16", "bit": 1}, "bit: one bit is a bool"),
        ({"read": "holding:1", "as": "uint16", "bits": "4-16"}, "bits: 4-16 must rise within 0 to 15"),
        ({"read": "holding:1", "as": "uint16", "bits": "7-4"}, "bits: 7-4 must rise"),
        ({"read": "holding:1", "as": "int16", "bits": "0-3"}, "bits: a group of bits is read as uint16"),
        ({"read": "holding:1", "as": "uint16", "bits": "x"}, "bits: .*such as 4-7"),
        ({"read": "holding:1", "as": "uint16", "invert": True}, "invert: only a bool"),
        ({"read": "holding:1", "as": "bool", "scale": 0.1}, "scale: bool is not a number"),
        ({"read": "holding:1", "as": "string:4", "offset": 1}, "offset: string:4 is not a number"),
        ({"read": "holding:1", "as": "int16", "scale": 0}, "scale: zero"),
        ({"read": "holding:1", "as": "int16", "scale": float("nan")}, "scale: .*finite"),
        ({"read": "holding:1", "as": "int16", "scale": True}, "scale: .*finite"),
        ({"read": "holding:1", "as": "int16", "invalid": [0x10000]}, "invalid: 65536 is not a raw content"),
        ({"read": "holding:1", "as": "string:2", "invalid": [1]}, "invalid: a string"),
        ({"read": "holding:1", "as": "int16", "order": "ABDC"}, "order: .*ABCD CDAB BADC DCBA"),
        ({"read": "holding:1", "as": "float32", "values": {0: "off"}}, "values: only whole numbers"),
        ({"read": "holding:1", "as": "uint16", "bits": "0-1", "values": {4: "x"}}, "values: 4 cannot occur"),
        ({"read": "holding:1", "as": "bcd16", "values": {10000: "x"}}, "values: 10000 cannot occur"),
        ({"read": "holding:1", "as": "int16", "values": {1: "a"}, "scale": 2}, "scale: a named state"),
        ({"read": "holding:1", "as": "int16", "scale_from": "A b"}, "scale_from: "),
        ({"read": "holding:1", "as": "int16", "write": True}, "write: Extra inputs"),
    ],
)
def test_a_wrong_point_is_told_which_field(fields: dict[str, Any], says: str) -> None:
    assert re.search(says, complaint(ModbusPointSettings, fields))


def test_the_kind_follows_from_the_encoding() -> None:
    assert point(read="coil:0", **{"as": "bool"}).default_kind() is Kind.DISCRETE
    assert point(read="holding:0", values={1: "on"}, **{"as": "uint16"}).default_kind() is Kind.DISCRETE
    assert point(read="holding:0", **{"as": "string:8"}).default_kind() is Kind.TEXT
    assert point(read="holding:0", **{"as": "uint32"}).default_kind() is Kind.ANALOG


def test_names_of_states_are_given_by_raw_number_as_text() -> None:
    assert point(read="holding:0", values={0: "stopped", 1: "running"}, **{"as": "uint16"}).states() == {
        "0": "stopped",
        "1": "running",
    }


@pytest.mark.parametrize(
    ("first", "index", "where"),
    [
        ({"read": "coil:10", "as": "bool"}, 119, ("coil:129", None, None)),
        ({"read": "discrete:0", "as": "bool"}, 3, ("discrete:3", None, None)),
        ({"read": "holding:1", "as": "bool", "bit": 0}, 15, ("holding:1", 15, None)),
        ({"read": "holding:1", "as": "bool", "bit": 0}, 16, ("holding:2", 0, None)),
        ({"read": "holding:1", "as": "bool", "bit": 3}, 119, ("holding:8", 10, None)),
        ({"read": "input:8", "as": "uint16", "bits": "0-3"}, 5, ("input:9", None, (4, 7))),
        ({"read": "input:8", "as": "uint32", "bits": "0-3"}, 8, ("input:10", None, (0, 3))),
        ({"read": "input:8", "as": "int16"}, 4, ("input:12", None, None)),
        ({"read": "input:8", "as": "float32"}, 4, ("input:16", None, None)),
        ({"read": "input:8", "as": "float64"}, 2, ("input:16", None, None)),
        ({"read": "input:8", "as": "string:5"}, 2, ("input:14", None, None)),
    ],
)
def test_a_row_of_like_points_runs_on(first: dict[str, Any], index: int, where: tuple[str, Any, Any]) -> None:
    moved = ModbusPointSettings.model_validate(first).at(index)
    assert (str(moved.read), moved.bit, moved.bits) == where


def test_a_group_of_bits_across_two_words_is_refused() -> None:
    with pytest.raises(ValueError, match="bits: the group at place 3 would lie across two words"):
        point(read="holding:0", bits="0-5", **{"as": "uint16"}).at(2)


def test_a_row_with_gaps_takes_the_same_place_in_each() -> None:
    fire = point(read="holding:0", bit=8, step=1, **{"as": "bool"}).at(158)
    assert (fire.read.address, fire.bit) == (158, 8)
    energy = point(read="input:0x34", step=100, **{"as": "uint32"}).at(3)
    assert energy.read.address == 0x34 + 300
    field = {"read": "input:0", "as": "uint32", "step": 1}
    assert "step: must be 2 at least" in complaint(ModbusPointSettings, field)


def test_a_row_that_leaves_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="read: coil:65536 is beyond"):
        point(read="coil:65535", **{"as": "bool"}).at(1)


def test_the_driver_is_polled_and_has_no_groups() -> None:
    assert (SETTINGS.polled, SETTINGS.groups) == (True, None)


@pytest.mark.parametrize(
    ("read", "hint"),
    [
        ("input:30001", "input:0"),
        ("holding:40070", "holding:69"),
        ("discrete:10009", "discrete:8"),
        ("holding:0x9C86", None),
        ("holding:30001", None),
        ("input:40001", None),
        ("holding:40000", None),
        ("holding:50001", None),
        ("input:100", None),
    ],
)
def test_an_address_that_looks_like_a_register_number_gets_a_hint(read: str, hint: str | None) -> None:
    settings = point(read=read, **{"as": "bool" if read.startswith("discrete") else "uint16"})
    said = settings.hint()
    assert (said is None) == (hint is None)
    assert hint is None or f"means {hint} " in str(said)


def test_where_a_value_stands_on_one_line() -> None:
    assert point(read="input:0x10", scale=0.1, offset=-40, order="CDAB", **{"as": "int32"}).written() == (
        "input:16 int32 CDAB x 0.1 -40"
    )
    assert (
        point(read="holding:1", bit=3, invert=True, **{"as": "bool"}).written()
        == "holding:1 bool bit 3 inverted"
    )


def test_what_counts_are_in_the_points_unit() -> None:
    assert point(read="input:0", scale=0.5, **{"as": "uint32"}).in_unit(2**32) == 2**31
    scaled = point(read="input:0", scale_from="sf", multiply_by=["ct"], **{"as": "uint32"})
    assert (scaled.in_unit(2**32), scaled.factors()) == (2**32, (Factor("sf", power=True), Factor("ct")))
