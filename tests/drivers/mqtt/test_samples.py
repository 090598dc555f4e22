"""Messages that carry several times, several devices, or words for nothing."""

import json
from typing import Any

import pytest

from drivers.mqtt.mapping import MAX_SAMPLES, Binding, Mapped, bindings
from drivers.mqtt.paths import PathError
from drivers.mqtt.payload import Discard
from monitor.domain.reading import Quality
from monitor.domain.source import EquipmentSource
from tests.drivers.mqtt.stranger import Ears
from tests.drivers.mqtt.support import BAD, NOW, hear, one, said, source, touched

NONE = (None, Quality.SENTINEL)
NUMBER: dict[str, Any] = {"path": "v", "as": "number"}
T0 = 1_772_366_000_000
"""Milliseconds, 400 s before NOW."""

GATEWAY = {
    "v1/gateway/telemetry": {
        "samples": "{key}",
        "time": {"path": "ts", "as": "epoch_ms", "optional": True},
        "points": {
            "temp": {"path": ["values.temperature", "temperature"], "as": "number"},
            "leak": {"path": ["values.leak", "leak"], "as": "bool"},
        },
    }
}


def each(mapped: Mapped | Discard) -> list[tuple[float | None, dict[str, Any]]]:
    assert isinstance(mapped, Mapped), mapped
    return [(scan.source_time, touched(scan)) for scan in mapped.scans]


def gateway(key: str = "Device A", **names: str) -> Binding:
    [binding] = bindings(source(GATEWAY, key=key, topic="unused", **names))
    return binding


# ---------------------------------------------------------------- samples


def test_each_sample_is_a_scan_in_the_order_of_time() -> None:
    message = {
        "Device A": [
            {"ts": T0 + 2000, "values": {"temperature": 22}},
            {"ts": T0, "values": {"temperature": 20, "leak": True}},
            {"ts": T0 + 1000, "values": {"leak": False}},
        ],
        "Device B": [{"ts": T0, "values": {"temperature": 99}}],
    }
    assert each(hear(gateway(), json.dumps(message).encode())) == [
        (T0 / 1000, {"temp": 20, "leak": True}),
        (T0 / 1000 + 1, {"leak": False}),
        (T0 / 1000 + 2, {"temp": 22}),
    ]


def test_a_message_about_other_devices_says_nothing_of_this_one() -> None:
    assert hear(gateway("Device C"), b'{"Device A":[{"ts":1,"values":{"leak":true}}]}') == Mapped("leak-1")
    assert hear(gateway(), b'{"Device A":null}') == Mapped("leak-1")


def test_samples_without_time_are_as_new_as_their_arrival_and_stay_apart() -> None:
    message = b'{"Device A":[{"leak":true},{"leak":false},{"ts":1772366000000,"values":{"leak":false}}]}'
    assert each(hear(gateway(), message)) == [
        (T0 / 1000, {"leak": False}),
        (None, {"leak": True}),
        (None, {"leak": False}),
    ]


def test_a_single_object_is_one_sample_and_odd_things_are_none() -> None:
    assert each(hear(gateway(), b'{"Device A":{"temperature":"21.5"}}')) == [(None, {"temp": 21.5})]
    assert hear(gateway(), b'{"Device A":[3,"x",null,[]]}') == Mapped("leak-1")


def test_more_samples_than_anybody_sends_are_refused() -> None:
    message = json.dumps({"Device A": [{"leak": False}] * (MAX_SAMPLES + 1)}).encode()
    assert hear(gateway(), message) is Discard.TOO_MANY


def test_values_with_times_of_their_own() -> None:
    topics = {
        "{topic}": {
            "time": {"as": "epoch_ms", "optional": True},
            "points": {
                "power": {"path": ["params.Power.value", "params.Power"], "time": "params.Power.time", "as": "bool"},
                "wf": {"path": ["params.WF.value", "params.WF"], "time": "params.WF.time", "as": "number"},
            },
        }
    }  # fmt: skip
    [binding] = bindings(source(topics))
    message = {"params": {"Power": {"value": "on", "time": T0 + 500}, "WF": {"value": 23.6, "time": T0}}}
    assert each(hear(binding, json.dumps(message).encode())) == [
        (T0 / 1000, {"wf": 23.6}),
        (T0 / 1000 + 0.5, {"power": True}),
    ]
    assert each(hear(binding, b'{"params":{"Power":"off","WF":1}}')) == [(None, {"power": False, "wf": 1})]


@pytest.mark.parametrize(
    ("fields", "sent", "at"),
    [
        ({"as": "epoch_us"}, "1772366400250000", NOW.wall + 0.25),
        ({"as": "epoch_ns"}, "1772366400250000000", NOW.wall + 0.25),
        ({"as": "epoch_ns"}, '"1772366400250000000"', NOW.wall + 0.25),
        ({"as": "epoch_ns"}, "[]", None),
        ({"as": "epoch_ns"}, '"x"', None),
        ({"as": "iso", "zone": "Asia/Shanghai"}, '"2026-03-01 20:00:00"', NOW.wall),
        ({"as": "iso", "zone": "Asia/Shanghai"}, '"2026-03-01T12:00:00Z"', NOW.wall),
        ({"as": "iso"}, '"2026-03-01T12:00:00.123456789Z"', NOW.wall + 0.123456),
        ({"as": "iso"}, '"2026-03-01 20:00:00"', None),
        # Paris showed 02:30 twice on 2025-10-26 and never on 2025-03-30.
        ({"as": "iso", "zone": "Europe/Paris"}, '"2025-10-26T02:30:00"', None),
        ({"as": "iso", "zone": "Europe/Paris"}, '"2025-03-30T02:30:00"', None),
    ],
)
def test_times(fields: dict[str, Any], sent: str, at: float | None) -> None:
    [(source_time, values)] = each(
        hear(one(NUMBER, {"path": "t", **fields}), f'{{"v":1,"t":{sent}}}'.encode())
    )
    assert source_time == at
    assert values == ({"p": 1} if at is not None else {"p": (1, Quality.CLOCK_SUSPECT)})


# ---------------------------------------------------------------- no value


@pytest.mark.parametrize(
    ("fields", "sent", "value"),
    [
        (NUMBER, '"unavailable"', NONE),
        (NUMBER, '"unknown"', NONE),
        ({"path": "v", "as": "bool"}, '"unavailable"', NONE),
        ({"path": "v", "as": "text"}, '"unknown"', "unknown"),
        ({"path": "v", "values": {"unknown": "nobody knows", "on": "on"}}, '"unknown"', "nobody knows"),
        ({"path": "v", "values": {"off": "off", "on": "on"}}, '"unknown"', NONE),
        (NUMBER | {"invalid": [-127, 85]}, "-127", NONE),
        (NUMBER | {"invalid": [-127, 85]}, "85.0", NONE),
        (NUMBER | {"invalid": -127}, '"-127"', NONE),
        (NUMBER | {"invalid": -127}, "-12.7", -12.7),
        (NUMBER | {"invalid": "---", "scale": 0.1}, '"---"', NONE),
        ({"path": "v", "as": "text", "invalid": "-"}, '"-"', NONE),
        ({"path": "v", "as": "bool", "values": {"有水": True, "无水": False}}, '"有水"', True),
        ({"path": "v", "values": {"運行": "running", "停止": "stopped"}}, '"停止"', "stopped"),
        (NUMBER | {"unless": ["w", "x"]}, '5,"x":true', NONE),
        (NUMBER | {"unless": ["w", "x"]}, '5,"x":false', 5),
        (NUMBER | {"unless": "w"}, '5,"w":"odd"', 5),
        (NUMBER | {"path": ["z", "v"]}, "5", 5),
        (NUMBER | {"path": ["z", "v"]}, '5,"z":null', 5),
        (NUMBER | {"path": ["z", "v"]}, '5,"z":"wrong"', BAD),
    ],
)
def test_words_and_numbers(fields: dict[str, Any], sent: str, value: Any) -> None:
    assert said(hear(one(fields), f'{{"v":{sent}}}'.encode())) == {"p": value}


# ---------------------------------------------------------------- further messages of the same points

SWITCH = {
    "tele/{topic}/STATE": {"points": {"power": {"path": "POWER", "as": "bool"}}},
}


def also(*groups: dict[str, Any]) -> EquipmentSource:
    return source(SWITCH, topic="boiler", type_={"also": list(groups), "vars": {"base": "site"}})


def test_the_same_point_of_another_topic() -> None:
    state, result = bindings(
        also({"topic": "stat/{topic}/{base}", "points": {"power": {"path": "P", "as": "bool"}}})
    )
    assert (state.filter, result.filter) == ("tele/boiler/STATE", "stat/boiler/site")
    assert said(hear(result, b'{"P":"ON"}')) == {"power": True}


@pytest.mark.parametrize(
    ("group", "told"),
    [
        ({"topic": "a", "points": {"pwoer": {"path": "P", "as": "bool"}}}, "also.0.points.pwoer: there is no point"),
        ({"topic": "a", "points": {"power": {"path": "P", "as": "number"}}}, "also.0.points.power: power is bool"),
        ({"topic": "a", "points": {"power": {"path": "{no}", "as": "bool"}}}, "also.0.points.power: .* no no"),
        ({"topic": "a", "points": {"power": {"path": "p", "time": "t", "as": "bool"}}}, "also.0.points.power: time:"),
        ({"topic": "a/#", "points": {"power": {"path": "p", "as": "bool"}}}, "a/#: a level"),
        ({"topic": "{room}", "points": {"power": {"path": "p", "as": "bool"}}}, "{room}: .* no room"),
    ],
)  # fmt: skip
def test_a_further_message_that_cannot_be(group: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        bindings(also(group))


def test_a_time_of_its_own_needs_to_know_how_it_is_written() -> None:
    with pytest.raises(PathError, match=r"leak-1\.p: time: "):
        one(NUMBER | {"time": "t"})


# ---------------------------------------------------------------- late news, and who is there


def gateway_ears() -> Ears:
    return Ears(source(GATEWAY, key="Device A", topic="unused"))


def kept(ears: Ears) -> list[tuple[bool, dict[str, Any]]]:
    return [(scan.historical, touched(scan)) for scan in ears.inlet.scans]


def test_what_is_older_than_what_is_known_is_a_report_of_the_past() -> None:
    ears = gateway_ears()
    ears.hear("v1/gateway/telemetry", {"Device A": [{"ts": T0 + 9000, "values": {"temperature": 9}}]})
    ears.hear("v1/gateway/telemetry", {"Device A": [{"ts": T0, "values": {"temperature": 1, "leak": True}}]})
    assert kept(ears) == [(False, {"temp": 9}), (True, {"temp": 1}), (False, {"leak": True})]


def test_the_same_instant_again_is_not_late() -> None:
    ears = gateway_ears()
    for _ in range(2):
        ears.hear("v1/gateway/telemetry", {"Device A": [{"ts": T0, "values": {"leak": True}}]})
    assert kept(ears) == [(False, {"leak": True})] * 2


def test_a_clock_that_was_ahead_and_is_set_back_makes_no_news_old() -> None:
    ears = gateway_ears()
    ahead = round(NOW.wall * 1000) + 200_000
    ears.hear("v1/gateway/telemetry", {"Device A": [{"ts": ahead, "values": {"leak": False}}]})
    ears.hear("v1/gateway/telemetry", {"Device A": [{"ts": ahead - 190_000, "values": {"leak": True}}]})
    assert kept(ears) == [(False, {"leak": False}), (False, {"leak": True})]


def test_an_equipment_is_there_when_everybody_who_spoke_says_so() -> None:
    topics = {
        "{topic}": {"points": {"p": NUMBER}},
        "{topic}/lwt": {"points": {"online": {"plain": True, "up": "Online", "down": "Offline"}}},
        "bridge/state": {"points": {"bridge": {"path": "state", "plain": True, "up": "online", "down": "offline"}}},
    }  # fmt: skip
    ears = Ears(source(topics))
    own, bridge = "zigbee2mqtt/leak-1/lwt", "bridge/state"
    for topic, payload in (
        (own, "Online"),
        (bridge, '{"state":"offline"}'),
        (own, "Online"),
        (bridge, "online"),
        (own, "Offline"),
    ):
        ears.hear(topic, payload, retained=True)
    assert ears.answers == [True, False, False, True, False]
    assert ears.inlet.answers[1][2] == "it is said to be offline by bridge/state"
