"""What messages as devices really send them say, and what they do not."""

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.mqtt.mapping import Mapped, bindings
from drivers.mqtt.payload import Discard, parse
from monitor.domain.instant import Instant
from monitor.domain.reading import Quality
from tests.drivers.mqtt.support import BAD, GONE, LEAK, LIFT, LIMIT, NOW, hear, one, said, source

SENSOR, AVAILABILITY = bindings(source(LEAK))
[GATEWAY] = bindings(source(LIFT, id="lift-1", topic="lifts/1"))

# An Aqara SJCGQ11LM as Zigbee2MQTT publishes it.
WET = (
    b'{"battery":100,"battery_low":false,"device_temperature":27,"linkquality":156,"power_outage_count":3,'
    b'"tamper":false,"trigger_count":0,"voltage":3055,"water_leak":true}'
)

# ---------------------------------------------------------------- real payloads


def test_a_zigbee2mqtt_leak_message() -> None:
    assert said(hear(SENSOR, WET)) == {"leak": True, "battery": 100, "link_quality": 156}


def test_what_a_message_does_not_speak_of_is_untouched() -> None:
    assert said(hear(SENSOR, b'{"water_leak":false,"update":{"state":"idle"}}')) == {"leak": False}


def test_null_is_untouched() -> None:
    assert said(hear(SENSOR, b'{"water_leak":null,"battery":88}')) == {"battery": 88}


def test_a_message_about_nothing_of_ours_makes_no_scan() -> None:
    assert hear(SENSOR, b'{"update_available":false}') == Mapped("leak-1")


def test_a_lift_message_with_its_own_time() -> None:
    mapped = hear(
        GATEWAY, '{"at":"2026-03-01T20:00:00.250+08:00","floor":-1,"door":"關","trapped":false}'.encode()
    )
    assert said(mapped) == {"floor": -1, "door": "關", "trapped": False}
    assert isinstance(mapped, Mapped)
    assert mapped.scan is not None
    assert (mapped.scan.source_time, mapped.scan.received) == (NOW.wall + 0.25, NOW)


@pytest.mark.parametrize(
    ("payload", "answering"),
    [
        (b"online", True),
        (b"offline", False),
        (b" online\n", True),
        (b'"offline"', False),
        (b'{"state":"online"}', True),
        (b'{"state":"offline"}', False),
    ],
)
@pytest.mark.parametrize("retained", [False, True])
def test_availability_plain_and_json_live_and_retained(
    payload: bytes, answering: bool, retained: bool
) -> None:
    mapped = hear(AVAILABILITY, payload, retained)
    assert isinstance(mapped, Mapped)
    assert mapped.answering is answering
    assert said(mapped) == {"online": answering}


@pytest.mark.parametrize("payload", [b"Online", b"on", b'{"state":"away"}', b'{"state":1}', b"true", b"17"])
def test_an_unknown_word_of_availability_says_nothing_about_answering(payload: bytes) -> None:
    mapped = hear(AVAILABILITY, payload)
    assert isinstance(mapped, Mapped)
    assert mapped.answering is None
    assert said(mapped) == {"online": BAD}


@pytest.mark.parametrize("payload", [b'{"state":null}', b"{}", b"null", b'{"status":"online"}'])
def test_availability_that_is_not_there_touches_nothing(payload: bytes) -> None:
    assert hear(AVAILABILITY, payload) == Mapped("leak-1")


# ---------------------------------------------------------------- values

BOOL: dict[str, Any] = {"path": "v", "as": "bool"}
NUMBER: dict[str, Any] = {"path": "v", "as": "number"}
TEXT: dict[str, Any] = {"path": "v", "as": "text"}
CELSIUS = NUMBER | {"suffix": "°C"}


def bit(place: int) -> dict[str, Any]:
    return BOOL | {"bit": place}


@pytest.mark.parametrize(
    ("fields", "sent", "value"),
    [
        *[(BOOL, sent, True) for sent in ("true", "1", "1.0", '"ON"', '"on"', '"True"', '"1"', '" ON "')],
        *[(BOOL, sent, False) for sent in ("false", "0", '"OFF"', '"off"', '"false"', '"0"')],
        *[(BOOL, sent, BAD) for sent in ("2", "-1", '"wet"', '""', "[]", "{}", "[true]", "NaN", "1e999")],
        (NUMBER, "21.5", 21.5),
        (NUMBER, "-3", -3),
        (NUMBER, '"21.5"', 21.5),
        (NUMBER, '" 7 "', 7),
        (NUMBER, "9007199254740992", 9007199254740992),
        *[
            (NUMBER, sent, BAD)
            for sent in (
                "true", '"21,5"', '"0x10"', '""', '"1_000"', '"nan"', '"inf"', "NaN", "Infinity", "-Infinity",
                "1e999", '"1e999"', "9007199254740993", '"٣"', "[1]", "{}",
            )
        ],
        (NUMBER | {"scale": 0.1, "offset": -40.0}, "655", 25.5),
        (NUMBER | {"scale": 1e300}, "1e300", BAD),
        *[(CELSIUS, sent, 23.5) for sent in ('"23.5 °C"', '"23.5°C"', '" 23.50 °C "', '"23.5"', "23.5")],
        *[(CELSIUS, sent, BAD) for sent in ('"23.5 °F"', '"°C"', '"23,5 °C"', '"23.5 °C °C"', "true", "[]")],
        (CELSIUS | {"scale": 0.1}, '"235 °C"', 23.5),
        (CELSIUS | {"invalid": ["-- °C"]}, '"-- °C"', GONE),
        *[(bit(2), sent, True) for sent in ("4", "5", "4.0", '"4"', '"0x0004"', '"0XFF"', "-1", "-4", "9007199254740988")],
        *[(bit(2), sent, False) for sent in ("0", "3", "11", '"0x0"', "-8")],
        *[
            (bit(2), sent, BAD)
            for sent in ("true", "4.5", '"0x"', '"4h"', '"0x4G"', "1e300", "[4]", '"0b100"', "9007199254740993", '""')
        ],
        (bit(52), "4503599627370496", True),
        (bit(15), "-32768", True),
        (bit(0) | {"invalid": [65535]}, "65535", GONE),
        (TEXT, '"E07"', "E07"),
        (TEXT, '""', ""),
        (TEXT, "12", "12"),
        *[(TEXT, sent, BAD) for sent in ("true", "[]", '"\\u0000"', '"\\ud83d"', json.dumps("x" * 1025))],
        (BOOL | {"values": {"WET": True, "DRY": False}}, '"WET"', True),
        (BOOL | {"values": {"WET": True, "DRY": False}}, '"DRY"', False),
        (BOOL | {"values": {"WET": True, "DRY": False}}, '"wet"', BAD),
        (BOOL | {"values": {"WET": True, "DRY": False}}, "true", BAD),
        (BOOL | {"values": {1: False, 2: True}}, "2", True),
        (BOOL | {"values": {1: False, 2: True}}, "2.0", True),
        ({"path": "v", "values": {0: "closed", 1: "open"}}, "1", "open"),
        ({"path": "v", "values": {0: "closed", 1: "open"}}, '"1"', "open"),
        ({"path": "v", "values": {True: "open", False: "closed"}}, "false", "closed"),
        ({"path": "v", "values": {0: "closed", 1: "open"}}, "2", BAD),
        ({"path": "v", "values": {0: "closed", 1: "open"}}, "Infinity", BAD),
    ],
)  # fmt: skip
def test_values(fields: dict[str, Any], sent: str, value: Any) -> None:
    assert said(hear(one(fields), f'{{"v":{sent}}}'.encode())) == {"p": value}


@pytest.mark.parametrize(
    ("path", "value"),
    [("a.b", 1), ("a.c.0", 2), ("a.c.1.d", 3), ("a.7", 4), ("a.c.9", None), ("a.c.x", None), ("a.b.c", None)],
)
def test_paths_lead_through_objects_and_lists(path: str, value: int | None) -> None:
    payload = b'{"a":{"b":1,"c":[2,{"d":3}],"7":4}}'
    assert said(hear(one({"path": path, "as": "number"}), payload)) == ({} if value is None else {"p": value})


@pytest.mark.parametrize(
    ("fields", "payload", "value"),
    [
        (NUMBER | {"path": None, "plain": True}, b"23.4", 23.4),
        (NUMBER | {"path": None, "plain": True}, b"NaN", BAD),
        (NUMBER | {"path": None, "plain": True}, b"wet", BAD),
        (NUMBER | {"path": None, "plain": True}, b'{"v":1}', BAD),
        (BOOL | {"path": None, "plain": True}, b"ON", True),
        (BOOL | {"path": None, "plain": True}, b"true", True),
        (TEXT | {"path": None, "plain": True}, b"007", "007"),
        (TEXT | {"path": None, "plain": True}, b"1.0", "1.0"),
        (TEXT | {"plain": True}, b'{"v":"1.0"}', "1.0"),
    ],
)
def test_plain_payloads(fields: dict[str, Any], payload: bytes, value: Any) -> None:
    assert said(hear(one(fields), payload)) == {"p": value}


def test_one_wrong_value_leaves_the_others_alone() -> None:
    assert said(hear(SENSOR, b'{"water_leak":"maybe","battery":NaN,"linkquality":90}')) == {
        "leak": BAD,
        "battery": BAD,
        "link_quality": 90,
    }


def test_a_name_that_stands_twice_is_not_believed_either_way() -> None:
    payload = b'{"water_leak":true,"battery":90,"water_leak":false}'
    assert said(hear(SENSOR, payload)) == {"leak": BAD, "battery": 90}
    assert said(hear(one({"path": "a.b", "as": "bool"}), b'{"a":{"b":true},"a":{"b":false}}')) == {"p": BAD}


# ---------------------------------------------------------------- discarded whole


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", Discard.EMPTY),
        (b" \r\n", Discard.EMPTY),
        (b"\xff\xfe{\x00}\x00", Discard.NOT_UTF8),
        (b'{"water_leak":"\xe9"}', Discard.NOT_UTF8),
        (b"water_leak=1", Discard.NOT_JSON),
        (b'{"water_leak":true', Discard.NOT_JSON),
        (b'{"water_leak":true} {"water_leak":false}', Discard.NOT_JSON),
        (b'{"battery":' + b"9" * 5000 + b"}", Discard.NOT_JSON),
        (b"[" * 33 + b"]" * 33, Discard.TOO_DEEP),
        (b"[" * 200_000, Discard.TOO_DEEP),
        (b'{"a":' * 50_000, Discard.TOO_DEEP),
        (b'{"water_leak":true}' + b" " * LIMIT, Discard.TOO_LONG),
    ],
)
def test_discarded_by_name(payload: bytes, reason: Discard) -> None:
    assert hear(SENSOR, payload) is reason


def test_nesting_is_counted_outside_of_strings() -> None:
    assert said(hear(SENSOR, b'{"note":"' + b"[{" * 100 + b'\\"[[","battery":5}')) == {"battery": 5}
    assert said(hear(SENSOR, b'{"battery":5,"x":' + b"[" * 31 + b"]" * 31 + b"}")) == {"battery": 5}


@pytest.mark.parametrize(
    "payload", [b'"' + b'\\"' * 130_000, b'["' * 130_000, b'{"' + b"\\" * 262_000 + b"[" * 40]
)
@pytest.mark.timeout(30)  # squared, it would be hours
def test_hostile_text_costs_linear_time(payload: bytes) -> None:
    assert isinstance(hear(SENSOR, payload), Discard)


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert said(hear(SENSOR, b"\xef\xbb\xbf" + b'{"battery":5}')) == {"battery": 5}


# ---------------------------------------------------------------- retained, and the device's own time

RETAINED = Quality.RETAINED
SUSPECT = Quality.CLOCK_SUSPECT


def timed(form: str, sent: str, retained: bool = False, optional: bool = False) -> tuple[Any, float | None]:
    """Value of `p` as the message leaves it, and the scan's source time."""
    time = {"path": "t", "as": form, "optional": optional}
    mapped = hear(one(NUMBER, time), f'{{"v":7{sent}}}'.encode(), retained)
    assert isinstance(mapped, Mapped)
    assert mapped.scan is not None
    return said(mapped)["p"], mapped.scan.source_time


@pytest.mark.parametrize(
    ("form", "sent", "at"),
    [
        ("iso", '"2026-03-01T12:00:00Z"', NOW.wall),
        ("iso", '"2026-03-01T11:59:59.500+00:00"', NOW.wall - 0.5),
        ("iso", '"2026-03-01T20:00:00+08:00"', NOW.wall),
        ("iso", '"2026-03-01T12:05:00Z"', NOW.wall + 300),
        ("epoch_s", "1772366400", NOW.wall),
        ("epoch_s", "1772366400.25", NOW.wall + 0.25),
        ("epoch_s", '"1772366400"', NOW.wall),
        ("epoch_ms", "1772366400250", NOW.wall + 0.25),
        ("epoch_s", "946684800", 946684800.0),
    ],
)
@pytest.mark.parametrize("retained", [False, True])
def test_a_believable_source_time_decides_even_when_retained(
    form: str, sent: str, at: float, retained: bool
) -> None:
    assert timed(form, f',"t":{sent}', retained) == (7, at)


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        ("iso", '"2026-03-01T12:05:01Z"'),
        ("iso", '"1999-12-31T23:59:59Z"'),
        ("iso", '"2026-03-01T12:00:00"'),
        ("iso", '"yesterday"'),
        ("iso", '"0001-01-01T00:00:00+14:00"'),
        ("iso", "1772366400"),
        ("epoch_s", "1772366400000"),
        ("epoch_s", "0"),
        ("epoch_s", "true"),
        ("epoch_s", "NaN"),
        ("epoch_s", "1e999"),
        ("epoch_ms", "1772366400"),
        ("epoch_ms", '"soon"'),
        ("epoch_ms", "{}"),
    ],
)
@pytest.mark.parametrize("optional", [False, True])
def test_an_unbelievable_source_time_is_suspect_and_arrival_counts(
    form: str, sent: str, optional: bool
) -> None:
    assert timed(form, f',"t":{sent}', optional=optional) == ((7, SUSPECT), None)
    assert timed(form, f',"t":{sent}', retained=True, optional=optional) == ((7, RETAINED), None)


def test_a_missing_time_is_suspect_only_where_it_was_promised() -> None:
    assert timed("iso", "") == ((7, SUSPECT), None)
    assert timed("iso", ',"t":null', optional=True) == (7, None)
    assert timed("iso", "", optional=True) == (7, None)


def test_retained_without_a_time_is_never_good() -> None:
    assert said(hear(SENSOR, WET, retained=True)) == {
        "leak": (True, RETAINED),
        "battery": (100, RETAINED),
        "link_quality": (156, RETAINED),
    }


def test_a_wrong_value_stays_wrong_when_retained() -> None:
    assert said(hear(SENSOR, b'{"water_leak":"?"}', retained=True)) == {"leak": BAD}


def test_suspect_values_beside_availability_do_not_touch_it() -> None:
    topics = {
        "{topic}": {
            "time": {"path": "t", "as": "iso"},
            "points": {"p": NUMBER, "online": {"path": "s", "up": "up", "down": "down"}},
        }
    }
    [binding] = bindings(source(topics))
    mapped = hear(binding, b'{"v":1,"s":"down"}', retained=True)
    assert said(mapped) == {"p": (1, RETAINED), "online": False}


# ---------------------------------------------------------------- configuration


def test_points_of_one_topic_may_be_read_by_several_equipment() -> None:
    shared = {"hall/state": {"points": {"p": NUMBER}}}
    assert [b.filter for id in ("a", "b") for b in bindings(source(shared, id=id))] == ["hall/state"] * 2


def test_captures_take_the_equipments_own_names() -> None:
    topics = {"site/+room/+device/{kind}": {"points": {"p": NUMBER}}}
    [binding] = bindings(source(topics, room="b1", device="7", kind="state"))
    assert binding.filter == "site/b1/7/state"


# ---------------------------------------------------------------- anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
NAMES = ("water_leak", "battery", "linkquality", "last_seen", "state", "at", "floor", "door", "trapped")


@given(st.binary(max_size=400), st.booleans())
def test_arbitrary_bytes_never_raise_nor_invent(raw: bytes, retained: bool) -> None:
    for binding in (SENSOR, AVAILABILITY, GATEWAY):
        _nothing_invented(raw, hear(binding, raw, retained), retained)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first text drawn builds a table of all letters
@given(st.dictionaries(st.sampled_from(NAMES), JSON), st.booleans(), st.floats(0, 4e9))
def test_arbitrary_json_never_raises_nor_invents(
    content: dict[str, Any], retained: bool, wall: float
) -> None:
    raw = json.dumps(content).encode()
    for binding in (SENSOR, AVAILABILITY, GATEWAY):
        _nothing_invented(raw, hear(binding, raw, retained, Instant(wall, 1.0)), retained)


@given(st.binary(max_size=200), st.integers(0, 100))
def test_a_broken_message_never_raises(noise: bytes, cut: int) -> None:
    hear(SENSOR, WET[:cut] + noise)
    hear(SENSOR, WET[:cut] + noise + WET[cut:])


def _nothing_invented(raw: bytes, mapped: Mapped | Discard, retained: bool) -> None:
    """A value is there only where the message has its name; nothing retained and undated is good."""
    if isinstance(mapped, Discard) or mapped.scan is None:
        return
    text = raw.decode("utf-8-sig")
    names = dict(zip(("leak", "link_quality", "online"), ("water_leak", "linkquality", "state"), strict=True))
    parsed = parse(raw, LIMIT)
    assert not isinstance(parsed, Discard)
    for key, value in said(mapped).items():
        assert names.get(key, key) in text or not isinstance(parsed.json, (dict, list))
        good = value[0] if isinstance(value, tuple) else value
        assert good is None or isinstance(good, (bool, int, float, str))
        assert not isinstance(good, float) or math.isfinite(good)
        if retained and key != "online" and mapped.scan.source_time is None:
            assert isinstance(value, tuple)
            assert value[1].bad
