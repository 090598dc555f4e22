"""The ready site and the ready plant describe the same building, read here without the daemon's own loader."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.__main__ import READY_PLANT
from simulators.equipment.base import ModbusEquipment, MqttEquipment
from simulators.plant import Plant
from simulators.wire.registers import Table
from tests.simulators.support import NOON
from tests.support.yaml_text import read_yaml

CONFIG = Path(__file__).parents[2] / "config"
FILES = sorted([*CONFIG.glob("*.yaml"), *CONFIG.glob("types/*.yaml")])
TABLES = {"coil": Table.COIL, "discrete": Table.DISCRETE, "input": Table.INPUT, "holding": Table.HOLDING}
WORDS = {"float32": 2, "uint32": 2, "int32": 2}


def load(path: Path) -> dict[str, Any]:
    decoded: dict[str, Any] = read_yaml(path)
    return decoded


TYPES = {type_["type"]: type_ for type_ in map(load, CONFIG.glob("types/*.yaml"))}
EQUIPMENT = {item["id"]: item for item in load(CONFIG / "equipment.yaml")["equipment"]}


@pytest.fixture
def plant() -> Plant:
    return Plant.from_file(READY_PLANT, NOON)


def test_every_equipment_stands_in_the_plant_and_the_other_way_round(plant: Plant) -> None:
    assert set(EQUIPMENT) == set(plant.equipment)


def test_units_and_topics_agree(plant: Plant) -> None:
    for name, item in EQUIPMENT.items():
        device = plant.equipment[name]
        if isinstance(device, ModbusEquipment):
            assert item["device_id"] == device.number, name
        else:
            assert isinstance(device, MqttEquipment)
            assert item["topic"] == device.topic, name


def cells(point: dict[str, Any]) -> Iterator[tuple[Table, int]]:
    """The addresses that a point of a Modbus type reads."""
    table_name, _, start = str(point["read"]).partition(":")
    table, first = TABLES[table_name], int(start, 0)
    count = WORDS.get(point["as"], 1)
    if "repeat" in point:
        low, high = (int(n) for n in str(point["repeat"]["n"]).split("-"))
        bits = high - low + 1
        count = bits if "bit" not in point else (point["bit"] + bits + 15) // 16
    yield from ((table, first + offset) for offset in range(count))


def test_every_register_that_a_type_names_is_there(plant: Plant) -> None:
    seen = 0
    for name, item in EQUIPMENT.items():
        device = plant.equipment[name]
        for point_name, point in (TYPES[item["type"]].get("points") or {}).items():
            for table, address in cells(point):
                assert isinstance(device, ModbusEquipment)
                value = device.unit.bank.read(table, address, 1)
                assert value is not None, f"{name}.{point_name} {table.name}:{address}"
                seen += 1
    assert seen > 150


def test_every_field_that_a_type_reads_is_in_the_message(plant: Plant) -> None:
    for name, item in EQUIPMENT.items():
        device = plant.equipment[name]
        if isinstance(device, MqttEquipment):
            said = {**device.values(), "linkquality": 1, "last_seen": "", "at": ""}
            points = TYPES[item["type"]]["topics"]["{topic}"]["points"]
            assert {point["path"] for point in points.values()} <= set(said), name
            assert TYPES[item["type"]]["topics"]["{topic}"]["time"]["path"] in said


def test_every_rule_names_a_point_and_says_what_to_do_in_three_languages() -> None:
    rules = 0
    for type_name, type_ in TYPES.items():
        names = set(type_.get("points") or {})
        for group in (type_.get("topics") or {}).values():
            names |= set(group.get("points") or group)
        for rule_name, rule in (type_.get("alarms") or {}).items():
            rules += 1
            where = f"{type_name}.{rule_name}"
            if "point" in rule:
                assert {rule["point"], rule["point"].replace("{n}", "1")} & names, where
            card = rule["card"]
            assert set(card) - {"within"} == {"cause", "consequence", "action", "call"}, where
            call = {language: text for language, text in card["call"].items() if language != "role"}
            texts = [card["cause"], card["consequence"], card["action"], call]
            texts += [rule["title"]] if "title" in rule else []
            assert all(set(text) == {"en", "zh-Hant", "zh-Hans"} for text in texts), where
            assert len(rule["card"]["action"]["zh-Hant"]) <= 30, f"{where}: the action must fit an SMS"
            assert len(rule["card"]["action"]["en"]) <= 70, f"{where}: the action must fit an SMS"
    assert rules > 25


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_yaml_1_1_trap_stands_in_the_ready_site(path: Path) -> None:
    text = re.sub(r'"[^"]*"|#.*', '""', path.read_text(encoding="utf-8"))
    assert not re.search(r"\b\d{1,2}:\d{2}\b", text), "an unquoted time of day is a number in YAML 1.1"
    assert not re.search(r"[:\[{,]\s*(on|off|yes|no)\s*[,}\]\n]", text, re.IGNORECASE)
    assert not re.search(r"[:,\[]\s*0\d", text), "a leading zero makes an octal number"


def test_somebody_is_on_duty_around_the_clock_for_at_most_eight_hours() -> None:
    people = load(CONFIG / "people.yaml")
    known = {person["id"]: set(person["roles"]) for person in people["people"]}
    for entry in people["roster"]:
        crews = entry.get("crews") or [entry["always"]]
        assert all(entry["role"] in known[person] for crew in crews for person in crew)
        if "shifts" in entry:
            spans = sorted(tuple(int(t[:2]) for t in span.split("-")) for span in entry["shifts"].values())
            assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])]
            assert spans[-1][1] == 24
            assert all(end - start <= 8 for start, end in spans)
    roles = {entry["role"] for entry in people["roster"]}
    told = {step["role"] for policy in people["escalation"] for step in policy["steps"]}
    assert told <= roles
    channels = set(load(CONFIG / "site.yaml")["channels"])
    assert {step["channel"] for policy in people["escalation"] for step in policy["steps"]} <= channels
