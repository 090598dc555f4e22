"""A Sparkplug device by YAML alone, and its wrong lines."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from drivers.mqtt.sparkplug.settings import SparkplugConnectionSettings
from monitor.settings import describe
from tests.drivers.mqtt.stranger import problems, read

EQUIPMENT = "{id: p1, type: mine, name: P1, connection: edge, group: Plant, node: edge1, device: pump1}"
TYPE = """\
type: mine
title: A pump
driver: sparkplug
source: its edge node
points:
  level:   {metric: Inputs/Level, as: number, scale: 0.001, unit: m, range: [0, 4]}
  mode:    {metric: Status/Mode, values: {0: stopped, 1: auto}}
  fault:   {metric: Status/Fault, as: text, stale_after: 1h}
alarms:
  level_high: {rule: high, point: level, limit: 2}
"""


def test_it_connects_and_a_value_is_believed_while_its_node_lives(tmp_path: Path) -> None:
    site = read(tmp_path, EQUIPMENT, TYPE)
    source = site.equipment["p1"].source
    assert [point.stale_after for point in source.plan.points] == [math.inf, math.inf, 3600]
    assert "speaks by itself" in describe(site)
    assert not source.polled


def test_a_type_may_say_that_values_grow_old(tmp_path: Path) -> None:
    site = read(tmp_path, EQUIPMENT, TYPE.replace("points:", "stale_after: 10m\npoints:"))
    assert site.equipment["p1"].source.plan.points[0].stale_after == 600


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("metric: Inputs/Level", "metrics: Inputs/Level", "unknown key `metrics`; did you mean `metric`?"),
        ("as: number, scale", "scale", "as is missing"),
        ("as: number", "as: float", "`float` is not known here"),
        ("as: text", "as: text, scale: 2", "scale and offset belong to numbers"),
    ],
)
def test_one_wrong_line_is_explained(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = [one for one in problems(tmp_path, EQUIPMENT, TYPE.replace(old, new)) if told in one]
    assert [one.split(":")[0] for one in found] == ["types/mine.yaml"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("node: edge1", "node: edge/1", "a name in a Sparkplug topic"),
        ("group: Plant, ", "", "`group` is missing"),
        (
            "connection: edge",
            "connection: hub",
            "type mine is spoken to by sparkplug, but connection `hub` is mqtt",
        ),
    ],
)
def test_one_wrong_word_of_the_equipment_is_explained(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = problems(tmp_path, EQUIPMENT.replace(old, new), TYPE)
    assert len(found) == 1, found
    assert told in found[0]


def test_a_guest_asks_for_nothing() -> None:
    """`watchroom probe` beside the daemon publishes nothing, whatever is configured."""
    ours = SparkplugConnectionSettings.model_validate({"url": "mqtt://h", "client_id": "s", "rebirth": True})
    assert (ours.rebirth, ours.guest().rebirth) == (True, False)
