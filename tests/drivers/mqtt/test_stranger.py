"""A device that nobody here prepared for connects with YAML alone, and one wrong line in it is explained by its place."""

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from drivers.mqtt.mapping import bindings
from tests.drivers.mqtt.stranger import CONFIG, Ears, problems, read
from tests.drivers.mqtt.support import hear, said, touched

EQUIPMENT = '{id: p1, type: mine, name: P1, connection: hub, key: "Pump 1.2", vars: {room: b1}}'
TYPE = """\
type: mine
title: A pump gateway
driver: mqtt
source: its manual, page 7
stale_after: 10m
vars: {site: east}
topics:
  "gw/{site}/+room/data":
    samples: "{key}"
    time: {path: t, as: iso, zone: Asia/Shanghai, optional: true}
    points:
      level:   {path: "ch[name=level].val", as: number, scale: 0.001, unit: m, invalid: [-1, "---"]}
      running: {path: [st.run, run], as: bool, values: {運行: true, 停止: false}}
      valve_{n}: {path: "valves[0].open", as: bool, repeat: {n: 1-3}}
  "gw/{site}/+room/status":
    gateway: {path: state, plain: true, up: online, down: offline}
also:
  - topic: "gw/{site}/+room/alarm"
    points:
      running: {path: run, as: bool}
alarms: {}
"""
MESSAGE = """{"Pump 1.2": {"t": "2026-03-01 19:59:00", "ch": [{"name": "flow", "val": 3}, {"name": "level", "val": "1250"}],
  "st": {"run": "運行"}, "valves": [{"open": 0}, {"open": 1}, {"open": null}]}, "Pump 1.3": {"st": {"run": "停止"}}}"""


def test_it_connects(tmp_path: Path) -> None:
    site = read(tmp_path, EQUIPMENT, TYPE)
    data, status, alarm = bindings(site.equipment["p1"].source)
    assert [data.filter, status.filter, alarm.filter] == [
        "gw/east/b1/data", "gw/east/b1/status", "gw/east/b1/alarm",
    ]  # fmt: skip
    assert said(hear(data, MESSAGE.encode())) == {
        "level": 1.25,
        "running": True,
        "valve_1": False,
        "valve_2": True,
    }
    assert said(hear(alarm, b'{"run": 0}')) == {"running": False}
    assert said(hear(status, b"offline")) == {"gateway": False}


def changed(old: str, new: str) -> str:
    assert TYPE.count(old) == 1
    return TYPE.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"ch[name=level].val"', '"ch[name=level.val"', "types/mine.yaml:12:23: a path is names and list indices"),
        ("as: number", "as: float", "types/mine.yaml:12:49: `float` is not known here"),
        ("scale: 0.001", "scal: 0.001", "types/mine.yaml:12:57: unknown key `scal`; did you mean `scale`?"),
        ("{path: t, as: iso", "{path: t, as: epoch", "types/mine.yaml:10:25: `epoch` is not known here; did you mean `epoch_s`?"),
        ("zone: Asia/Shanghai", "zone: Asia/Peking", "types/mine.yaml:10:36: an IANA time zone is wanted"),
        ('samples: "{key}"', 'samples: "{kee}"', "types/mine.yaml:8:3: the equipment has no kee"),
        ('"gw/{site}/+room/status"', '"gw/{site}/#"', "types/mine.yaml:15:3: a level is a name"),
        ('"gw/{site}/+room/data"', '"gw/{site}/+rom/data"', "give this equipment its `rom`"),
        ("      running: {path: run", "      runing: {path: run", "types/mine.yaml:20:7: there is no point runing"),
        ("{path: run, as: bool}", "{path: run, as: number}", "types/mine.yaml:20:7: running is bool under topics"),
        ("{path: run, as: bool}", "{pth: run, as: bool}", "types/mine.yaml:20:17: unknown key `pth`"),
        ("up: online, down: offline", "up: online", "types/mine.yaml:16:14: up and down come together"),
        ("valves[0].open", "valves.open", "types/mine.yaml:14:58: path valves.open has no list index"),
        ("vars: {site: east}", "vars: {site: [east]}", "types/mine.yaml:6:14"),
        ("停止: false", "停止: stopped", "types/mine.yaml:13:56: values are either"),
    ],
)  # fmt: skip
def test_one_wrong_line_is_explained(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = problems(tmp_path, EQUIPMENT, changed(old, new))
    assert len(found) == 1, found
    assert told in found[0]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('key: "Pump 1.2"', "key: ", "types/mine.yaml:8:3: the equipment has no key"),
        ("vars: {room: b1}", "vars: {room: b1/east}", "one topic level is wanted"),
        ("vars: {room: b1}", "vars: {key: b1, room: b}", "not topic, key or id"),
        ("vars: {room: b1}", "topik: b1, vars: {room: b}", "unknown key `topik`; did you mean `topic`?"),
    ],
)
def test_one_wrong_word_of_the_equipment_is_explained(tmp_path: Path, old: str, new: str, told: str) -> None:
    found: list[Any] = problems(tmp_path, EQUIPMENT.replace(old, new), TYPE)
    assert len(found) == 1, found
    assert told in found[0]


# ---------------------------------------------------------------- the recipe of docs/mqtt.md

PAGE = (CONFIG.parent / "docs" / "mqtt.md").read_text(encoding="utf-8")


def recipe() -> tuple[str, str]:
    """The page's first type, and its line of equipment."""
    type_, equipment = re.findall(r"   ```yaml\n(.*?)   ```", PAGE, re.DOTALL)[:2]
    return textwrap.dedent(type_), textwrap.dedent(equipment).splitlines()[1].strip().removeprefix("- ")


def test_the_pages_recipe_understands_the_pages_sensor(tmp_path: Path) -> None:
    type_, equipment = recipe()
    site = read(tmp_path, equipment, type_)
    ears = Ears(site.equipment["pit-9"].source)
    for topic, payload in re.findall(r"^   (acme/\S+) (.+)$", PAGE, re.MULTILINE):
        ears.hear(topic, payload)
    assert [touched(scan) for scan in ears.inlet.scans] == [
        {"leak": False, "level": pytest.approx(0.412)},
        {"online": True},
    ]
    assert ears.answers == [True]


def test_the_pages_mistake_is_told_as_the_page_says(tmp_path: Path) -> None:
    type_, equipment = recipe()
    found = problems(tmp_path, equipment, type_.replace("values:", "valus:"))
    assert [one.replace("mine.yaml", "acme-pit.yaml") for one in found] == re.findall(
        r"^   (types/acme-.*)$", PAGE, re.MULTILINE
    )
