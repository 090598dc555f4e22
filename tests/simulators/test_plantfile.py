"""Every mistake of a plant file is told, with its place."""

import textwrap
from pathlib import Path

import pytest

from simulators import plantfile
from simulators.__main__ import READY_PLANT
from simulators.marked import PlantError
from simulators.plant import Plant
from tests.simulators.support import NOON, plant_file

GOOD = """\
plant: small
equipment:
  - {id: pit, kind: sump-pit, unit: 3}
  - {id: wet, kind: leak-sensor, topic: zigbee2mqtt/wet}
timeline:
  - {at: 30s, fault: leak, target: wet, for: 10s}
"""


def mistakes(folder: Path, text: str) -> list[str]:
    path = plant_file(folder, text)
    with pytest.raises(PlantError) as caught:
        plantfile.load(path)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


def test_a_good_file_is_read(tmp_path: Path) -> None:
    spec = plantfile.load(plant_file(tmp_path, GOOD))
    assert [item.id for item in spec.equipment] == ["pit", "wet"]
    assert spec.modbus.listen == "127.0.0.1:5020"
    assert (spec.timeline[0].at, spec.timeline[0].lasts) == (30, 10)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "fault: leak, target: wet",
            "fault: echo, target: pit",
            "6:22: 'echo' is a fault of rtu and ascii frames",
        ),
        ("id: wet", "id: modbus", "4:10: 'modbus' is a target of its own"),
        (
            "plant: small",
            "plant: small\nmodbus: {framing: tls}",
            "2:19: 'tls' is not one of mbap, rtu, ascii",
        ),
        ("target: wet", "target: dry", "6:36: unknown target 'dry' (known: pit, wet, modbus, mqtt)"),
        ("fault: leak", "fault: fire", "6:22: 'wet' has no fault 'fire'"),
        ("for: 10s", "until: 10s", "6:41: unknown field 'until' (known: at, fault, target, for, every)"),
        ("for: 10s", "for: 10", "6:46: '10' is not a duration"),
        ("for: 10s", "every: 5m", "6:48: a repeated fault needs 'for:'"),
        ("at: 30s, ", "", "6:5: field 'at' is missing"),
        ("unit: 3", "unit: 248", "3:37: 248 is outside 1..247"),
        ("unit: 3", "unit: 3, start: 0.1", "3:5: the levels must rise"),
        ("kind: sump-pit", "kind: sewer", "3:21: 'sewer' is not one of sump-pit"),
        ("id: wet", "id: pit", "4:10: id pit is already taken by 'pit'"),
        ("unit: 3", "unit: [3]", "3:37: 'unit' must be a plain value"),
        ("plant: small", "plant: small\nspeed: 0", "2:8: 0 is outside"),
        ("plant: small", "plant: small\ntimezone: Mars/Base", "2:11: unknown time zone 'Mars/Base'"),
        ("plant: small", "plant: small\nmodbus: {listen: here}", "2:18: 'here' is not HOST:PORT"),
        ("plant: small", "plant: small\nmqtt: {url: 'tcp://x'}", "2:13: 'tcp://x' is not mqtt://HOST:PORT"),
        ("plant: small", "plant: small\nmodbus: 5020", "2:9: 'modbus' must be a mapping"),
        ("plant: small", "plant: small\nfaults: []", "2:1: unknown section 'faults'"),
        ("plant: small", "plant: small\nplant: twice", "2:1: 'plant' stands here twice"),
        ("plant: small", "plant: &a small\nseed: *a", "2:7: aliases"),
        ("plant: small", "plant: {small", "2:10: expected"),
    ],
)
def test_a_mistake_is_told_with_line_and_column(tmp_path: Path, old: str, new: str, expected: str) -> None:
    told = mistakes(tmp_path, GOOD.replace(old, new, 1))
    assert any(line.startswith(expected) for line in told), told


def test_all_mistakes_are_told_at_once_in_order(tmp_path: Path) -> None:
    text = GOOD.replace("unit: 3", "unit: x").replace("topic: zig", "topik: zig").replace("30s", "12:30")
    places = [line.split(": ")[0] for line in mistakes(tmp_path, text)]
    assert places == ["3:37", "4:5", "4:34", "6:10"]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlantError, match="cannot be read"):
        plantfile.load(tmp_path / "absent.yaml")


def test_two_devices_on_one_unit_are_refused(tmp_path: Path) -> None:
    text = GOOD.replace("timeline:", "  - {id: other, kind: sdm630, unit: 3}\ntimeline:")
    assert mistakes(tmp_path, text) == ["5:37: unit 3 is already taken by 'pit'"]


def test_a_registration_code_keeps_every_digit(tmp_path: Path) -> None:
    text = textwrap.dedent(
        """
        plant: small
        equipment:
          - {id: lift, kind: lift, topic: lifts/1, registration: 01103101002019000011}
        """
    )
    spec = plantfile.load(plant_file(tmp_path, text))
    assert spec.equipment[0].parameters.registration == "01103101002019000011"


def test_the_ready_plant_shows_its_faults_within_three_minutes() -> None:
    plant = Plant.from_file(READY_PLANT, NOON)
    seen: set[tuple[str, str]] = set()
    for _ in range(180):
        plant.step(1.0)
        seen |= set(plant.active_faults())
    assert seen == {
        ("leak", "leak-b2-05"),
        ("lamps_failed", "lamps-a"),
        ("not_answering", "pit-2"),
        ("trapped_passenger", "lift-2"),
        ("silent", "leak-b1-02"),
    }


def test_the_ready_plant_runs_for_hours_and_always_comes_back_to_rest() -> None:
    plant = Plant.from_file(READY_PLANT, NOON)
    at_rest = 0
    for _ in range(3 * 60):
        plant.step(60.0)
        at_rest += not plant.active_faults()
    assert at_rest > 60
