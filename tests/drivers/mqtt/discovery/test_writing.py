"""From announcements to YAML that the loader takes as it is, with everything that was not understood named."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.mqtt.discovery.announcement import Entity, Left, entities
from drivers.mqtt.discovery.writing import Discovered, written
from monitor.settings import load
from monitor.settings.site import Site
from tests.drivers.mqtt.discovery.announced import DEVICE, ESPHOME, HA, OMG, leak_sensor, z2m
from tests.drivers.mqtt.stranger import SITE, Ears, drivers_of_mqtt


def discovered(messages: Iterable[tuple[str, Any]]) -> Discovered:
    found: list[Entity | Left] = []
    for topic, content in messages:
        found += entities(topic, content if isinstance(content, bytes) else json.dumps(content).encode())
    return written(found, "hub")


def loaded(directory: Path, result: Discovered) -> Site:
    """The site after a person copied everything."""
    (directory / "types").mkdir(exist_ok=True)
    (directory / "site.yaml").write_text(SITE.replace("equipment:\n", ""), encoding="utf-8")
    for name, text in result.files.items():
        (directory / name).write_text(text, encoding="utf-8")
    return load(directory, drivers_of_mqtt(), {}, types=directory / "nothing")


def test_two_sensors_of_a_kind_share_a_type_and_work(tmp_path: Path) -> None:
    result = discovered([*leak_sensor("leak-1"), *leak_sensor("leak-2")])
    assert set(result.files) == {"types/aqara-water-leak-sensor-sjcgq11lm.yaml", "equipment.yaml"}
    site = loaded(tmp_path, result)
    assert [one.system for one in site.equipment.values()] == ["water", "water"]
    ears = Ears(site.equipment["leak-2"].source)
    assert ears.hear("zigbee2mqtt/leak-2", '{"battery":100,"linkquality":156,"water_leak":true}') == [
        {"moisture": True, "battery": 100, "linkquality": 156}
    ]
    ears.hear("zigbee2mqtt/bridge/state", '{"state":"online"}', retained=True)
    ears.hear("zigbee2mqtt/leak-2/availability", '{"state":"offline"}', retained=True)
    assert ears.answers == [True, False]
    assert "leak-2.moisture" in {rule.id for rule in site.equipment["leak-2"].rules}


def test_what_has_no_state_is_listed_by_its_topic() -> None:
    result = discovered(leak_sensor("leak-1"))
    assert [(one.topic, one.reason) for one in result.left] == [
        ("homeassistant/update/leak-1/update/config", "update: nothing is measured")
    ]
    assert "#   homeassistant/update/leak-1/update/config: update: nothing" in result.files["equipment.yaml"]


def test_abbreviated_and_plain_payloads(tmp_path: Path) -> None:
    result = discovered(ESPHOME)
    site = loaded(tmp_path, result)
    ears = Ears(site.equipment["boiler"].source)
    assert ears.hear("boiler/sensor/flow_temperature/state", "61.4") == [{"flow_temperature": 61.4}]
    assert ears.hear("boiler/binary_sensor/burner/state", "ON") == [{"burner": True}]
    ears.hear("boiler/status", "offline", retained=True)
    assert ears.answers == [False]
    assert site.equipment["boiler"].source.plan.points[0].unit == "°C"


def test_one_message_for_a_whole_device(tmp_path: Path) -> None:
    result = discovered([DEVICE])
    site = loaded(tmp_path, result)
    ears = Ears(site.equipment["kitchen"].source)
    assert ears.hear("sensorBedroom/state", '{"temperature":"215","humidity":43.7}') == [
        {"temperature": pytest.approx(21.5), "humidity": 43.7}
    ]
    points = {point.key: point.stale_after for point in site.equipment["kitchen"].source.plan.points}
    assert points == {"temperature": 3600.0, "humidity": 600.0}
    assert [one.reason.split(" ")[0] for one in result.left] == ["device_automation:", "template"]


def test_a_base_topic_is_filled_in(tmp_path: Path) -> None:
    ears = Ears(loaded(tmp_path, discovered([OMG])).equipment["lywsd03mmc"].source)
    assert ears.hear("home/OMG/BTtoMQTT/D4AD20", '{"batt":81}') == [{"batt": 81}]
    ears.hear("home/OMG/LWT", "online", retained=True)
    assert ears.answers == [True]


def test_other_words_become_values(tmp_path: Path) -> None:
    door = z2m("door", "contact", "binary_sensor", device_class="door", payload_on=False, payload_off=True)
    ears = Ears(loaded(tmp_path, discovered([door])).equipment["door"].source)
    assert ears.hear("zigbee2mqtt/door", '{"contact":false}') == [{"door": True}]


@pytest.mark.parametrize("raw", [b"not json", b"[]", b"3", b"null", b"[" * 100_000])
def test_rubbish_is_listed(raw: bytes) -> None:
    result = discovered([(f"{HA}/sensor/x/config", raw)])
    assert [one.reason for one in result.left] == ["no JSON object"]
    assert set(result.files) == {"equipment.yaml"}


def test_an_entity_that_was_taken_back_is_none() -> None:
    assert discovered([(f"{HA}/sensor/x/config", b"")]) == discovered([])


def test_hostile_names_stay_texts(tmp_path: Path) -> None:
    name = 'x"\n- {id: evil}\n#: {{ ~ \u2028 水'
    hostile = z2m("leak-1", "water_leak", "binary_sensor", name=name, payload_on=True, payload_off=False)
    hostile[1]["device"] |= {"name": name, "model": name, "manufacturer": "\x00"}
    site = loaded(tmp_path, discovered([hostile]))
    [one] = site.equipment.values()
    assert one.source.plan.points[0].label[""] == name.strip()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("state_topic", "stat_t", "value_template", "availability", "device", "dev", "components", "~", "name", "unit_of_meas",
        "payload_on", "expire_after", "avty_t", "device_class")  # fmt: skip


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8),
    st.sampled_from(["sensor", "binary_sensor", "device"]),
)
def test_whatever_is_announced_is_written_or_listed(content: dict[str, Any], component: str) -> None:
    discovered([(f"{HA}/{component}/x/config", content)])


def test_names_without_latin_letters_take_their_keys_elsewhere(tmp_path: Path) -> None:
    wet = z2m("漏水", "water_leak", "binary_sensor", name="水浸", payload_on=True, payload_off=False)
    text = z2m("漏水", "state", "sensor", name="狀態")
    site = loaded(tmp_path, discovered([wet, text]))
    [one] = site.equipment.values()
    assert one.id == "zigbee2mqtt"
    assert {point.key: point.kind.value for point in one.source.plan.points} == {
        "water_leak": "discrete", "state": "text", "bridge": "discrete", "online": "discrete",
    }  # fmt: skip


def test_the_same_word_for_on_and_off_is_listed() -> None:
    odd = z2m("x", "y", "binary_sensor", payload_on="1", payload_off="1")
    assert [one.reason for one in discovered([odd]).left] == ["binary_sensor: 1 stands for on and for off"]
