"""What only the driver can tell is told by `check`, where the point stands, before anything is started."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from monitor import catalogue
from monitor.settings import ConfigurationError, load

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("scale_from: nowhere", "scale_from: there is no point 'nowhere'"),
        ("scale_from: pump_1_current", "must be a whole number without scale"),
    ],
)
def test_a_reference_that_cannot_work_is_an_error_at_its_point(tmp_path: Path, wrong: str, said: str) -> None:
    types = tmp_path / "types"
    types.mkdir()
    for file in (ROOT / "config").glob("*.yaml"):
        shutil.copyfile(file, tmp_path / file.name)
    good = (ROOT / "config" / "types" / "sump-pit.yaml").read_text(encoding="utf-8")
    assert "scale: 0.001" in good
    (types / "sump-pit.yaml").write_text(good.replace("scale: 0.001", wrong, 1), encoding="utf-8")
    line = next(i for i, text in enumerate(good.splitlines(), 1) if "scale: 0.001" in text)
    with pytest.raises(ConfigurationError) as refused:
        load(
            tmp_path,
            catalogue.driver_settings(),
            catalogue.notifier_settings(),
            types=catalogue.shipped_types(),
        )
    assert {(p.file, p.line) for p in refused.value.problems} == {("types/sump-pit.yaml", line)}
    assert said in str(refused.value.problems[0])


SENSOR = """\
type: air-box
title: Air box
driver: mqtt
source: "Guide"
topics:
  "{PATTERN}": {points: {co2: {path: co2, as: number}}}
"""
SITE = """\
site: {id: s, name: S, timezone: Asia/Shanghai}
connections: {hub: {driver: mqtt, url: "mqtt://127.0.0.1:1883", client_id: s}}
equipment:
  - {id: air-1, type: air-box, name: Air, connection: hub}
"""


def _one_sensor(directory: Path, pattern: str) -> Path:
    (directory / "types").mkdir()
    (directory / "types" / "air-box.yaml").write_text(SENSOR.replace("{PATTERN}", pattern), encoding="utf-8")
    (directory / "site.yaml").write_text(SITE, encoding="utf-8")
    return directory


def test_a_type_that_listens_by_the_equipments_id_alone_needs_nothing_else(tmp_path: Path) -> None:
    site = load(
        _one_sensor(tmp_path, "acme/{id}/state"),
        catalogue.driver_settings(),
        catalogue.notifier_settings(),
        types=catalogue.shipped_types(),
    )
    assert set(site.equipment["air-1"].source.groups) == {"acme/air-1/state"}


def test_a_topic_that_is_missing_is_told_by_the_pattern_that_needs_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(
            _one_sensor(tmp_path, "{topic}"),
            catalogue.driver_settings(),
            catalogue.notifier_settings(),
            types=catalogue.shipped_types(),
        )
    assert [str(problem) for problem in refused.value.problems] == [
        "site.yaml:4:10: type air-box listens to `{topic}`: give this equipment its `topic`"
    ]


def test_an_equipment_is_checked_also_when_its_type_is_wrong(tmp_path: Path) -> None:
    """A second mistake came to light only after the first was mended."""
    types = tmp_path / "types"
    types.mkdir()
    for file in (ROOT / "config").glob("*.yaml"):
        shutil.copyfile(file, tmp_path / file.name)
    good = (ROOT / "config" / "types" / "sump-pit.yaml").read_text(encoding="utf-8")
    (types / "sump-pit.yaml").write_text(good.replace("scale: 0.001", "skale: 0.001", 1), encoding="utf-8")
    equipment = (tmp_path / "equipment.yaml").read_text(encoding="utf-8")
    assert "device_id: 3" in equipment
    (tmp_path / "equipment.yaml").write_text(
        equipment.replace("device_id: 3", "device_id: 300"), encoding="utf-8"
    )
    with pytest.raises(ConfigurationError) as refused:
        load(
            tmp_path,
            catalogue.driver_settings(),
            catalogue.notifier_settings(),
            types=catalogue.shipped_types(),
        )
    assert {p.file for p in refused.value.problems} == {"types/sump-pit.yaml", "equipment.yaml"}


DIALLED = """\
site: {id: s, name: S, timezone: Asia/Shanghai}
connections:
  modems: {driver: modbus, url: "listen+rtu://:5502", heartbeat: "hex:FE"}
  alone:  {driver: modbus, url: "listen+rtu://:5503", registration: DTU-9}
  bus:    {driver: modbus, url: "tcp://127.0.0.1:5020"}
equipment:
  - {id: a, type: meter, name: A, connection: modems, device_id: 1, dial_in: DTU-1}
  - {id: b, type: meter, name: B, connection: alone, device_id: 1}
"""
METER = """\
type: meter
title: Meter
driver: modbus
source: "Datasheet"
points: {u: {read: "input:0", as: float32, unit: V}}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "place", "said"),
    [
        (
            ", dial_in: DTU-1",
            "",
            (7, 5),
            "dial_in: is missing: listen+rtu://127.0.0.1:5502 is dialled by devices",
        ),
        ("dial_in: DTU-1", "dial_in: hex:FE", (7, 78), "dial_in: hex:FE is a heartbeat of the connection"),
        ("dial_in: DTU-1", "dial_in: hex:F", (7, 78), "pairs of hexadecimal digits"),
        ("modems, device_id: 1, dial_in", "bus, device_id: 1, dial_in", (7, 75), "is dialled by us"),
        ("alone, device_id: 1", "alone, device_id: 1, dial_in: DTU-1", (8, 77), "belongs to DTU-9 alone"),
    ],
)
def test_who_stands_behind_a_device_that_dials_in_is_checked_where_it_is_said(
    tmp_path: Path, right: str, wrong: str, place: tuple[int, int], said: str
) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "types" / "meter.yaml").write_text(METER, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(DIALLED, encoding="utf-8")
    load(
        tmp_path, catalogue.driver_settings(), catalogue.notifier_settings(), types=catalogue.shipped_types()
    )
    assert right in DIALLED
    (tmp_path / "site.yaml").write_text(DIALLED.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load(
            tmp_path,
            catalogue.driver_settings(),
            catalogue.notifier_settings(),
            types=catalogue.shipped_types(),
        )
    [problem] = refused.value.problems
    assert (problem.file, problem.line, problem.column) == ("site.yaml", *place)
    assert said in problem.message


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("listen+rtu://:5502", "the port 5502 of 127.0.0.1 is already taken by connection `one`"),
        ("rtu:///dev/ttyUSB0", "the line /dev/ttyUSB0 is already taken by connection `one`"),
        ("tcp://127.0.0.1:5020", ""),
    ],
)
def test_a_port_or_a_serial_line_belongs_to_one_connection(tmp_path: Path, url: str, said: str) -> None:
    (tmp_path / "site.yaml").write_text(
        "site: {id: s, name: S, timezone: Asia/Shanghai}\nconnections:\n"
        f'  one: {{driver: modbus, url: "{url}"}}\n  two: {{driver: modbus, url: "{url}"}}\n',
        encoding="utf-8",
    )

    def loaded() -> None:
        load(
            tmp_path,
            catalogue.driver_settings(),
            catalogue.notifier_settings(),
            types=catalogue.shipped_types(),
        )

    if not said:
        loaded()
        return
    with pytest.raises(ConfigurationError) as refused:
        loaded()
    [problem] = refused.value.problems
    assert (problem.file, problem.line, problem.column, problem.message) == ("site.yaml", 4, 30, said)
