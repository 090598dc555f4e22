"""Each fault of an MQTT message as bytes, and in a plant; without a broker."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from simulators import fields
from simulators.wire.mqtt_faults import FAULTS, Message, Speaker
from tests.docs.pages import ROOT
from tests.simulators.support import NOON, run_for, small_plant

SPEAKER = Speaker("lifts/1", "at")
AT = "2026-03-01T12:00:00.000Z"
SAID = Message("lifts/1", json.dumps({"floor": 3, "door": "open", "fault": False, "at": AT}).encode())
ONLINE = Message("lifts/1/availability", b"online", retain=True)


def sent(name: str, *messages: Message, **arguments: str) -> list[Message]:
    distort = FAULTS[name].make(fields.build(FAULTS[name].arguments, arguments))
    return [out for each in messages for out in distort(SPEAKER, [each])]


def values(message: Message) -> dict[str, object]:
    decoded: dict[str, object] = json.loads(message.payload)
    return decoded


def test_a_retained_copy_has_no_time() -> None:
    [message] = sent("retained_copy", SAID)
    assert message.retain
    assert values(message) == {"floor": 3, "door": "open", "fault": False}


def test_a_flood_repeats_the_last_message_also_when_there_is_nothing_new() -> None:
    distort = FAULTS["flood"].make(fields.build(FAULTS["flood"].arguments, {"copies": "3"}))
    assert distort(SPEAKER, []) == []
    assert distort(SPEAKER, [SAID]) == [SAID] * 4
    assert distort(SPEAKER, []) == [SAID] * 3


def test_sizes_and_depths_are_as_told() -> None:
    [long] = sent("oversized", SAID, bytes="5000")
    assert len(long.payload) > 5000
    assert values(long)["floor"] == 3
    [deep] = sent("deep_nesting", SAID, depth="40")
    assert deep.payload.startswith(b'{"nested":' + b"[" * 40 + b"]" * 40)
    assert values(deep)["floor"] == 3


def test_nulls_and_wrong_types_leave_the_time() -> None:
    assert values(sent("null_fields", SAID)[0]) == {"floor": None, "door": None, "fault": None, "at": AT}
    wrong = {"floor": {"value": 3}, "door": ["open"], "fault": "perhaps", "at": AT}
    assert values(sent("wrong_types", SAID)[0]) == wrong


@pytest.mark.parametrize(("name", "at"), [("clock_ahead", "14:00"), ("clock_behind", "10:00")])
def test_a_clock_is_wrong_by_as_much_as_told(name: str, at: str) -> None:
    assert values(sent(name, SAID, by="2h")[0])["at"] == f"2026-03-01T{at}:00.000Z"


def test_what_is_no_json_or_no_text() -> None:
    [broken] = sent("not_json", SAID)
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken.payload)
    [strange] = sent("not_utf8", SAID)
    with pytest.raises(UnicodeDecodeError):
        strange.payload.decode()


def test_twice_and_in_the_wrong_order() -> None:
    second = Message("lifts/1", SAID.payload.replace(b"3", b"4"))
    assert sent("duplicate_delivery", SAID) == [SAID, SAID]
    assert sent("out_of_order", SAID, second) == [second, SAID]


@pytest.mark.parametrize("name", [name for name in FAULTS if name != "flood"])
def test_what_is_said_of_availability_stays(name: str) -> None:
    assert sent(name, ONLINE) == [ONLINE]


def test_a_fault_in_the_timeline_of_a_plant_and_its_end(tmp_path: Path) -> None:
    plant = small_plant(tmp_path, "- {at: 2s, fault: wrong_types, target: lift, for: 10s}")

    def floor() -> object:
        run_for(plant, 4)
        [*_, last] = plant.due("lifts/1", NOON + timedelta(seconds=plant.now))
        return values(last)["floor"]

    assert isinstance(floor(), dict)
    run_for(plant, 10)
    assert isinstance(floor(), int)


def test_every_fault_is_told_of_in_the_docs_in_the_words_of_the_program() -> None:
    page = (ROOT / "docs" / "simulators.md").read_text(encoding="utf-8")
    for fault in FAULTS.values():
        assert f"| `{fault.name}` " in page, fault.name
        assert fault.does in page, fault.name
