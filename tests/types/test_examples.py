"""Every example of `examples/`: the type is loaded as the daemon loads it, read, and judged.

An example file names its type and holds `examples:`, each with

    name       what moment it is
    from       where its bytes come from: `datasheet` (then `cite` says where), or `encoder` (tests/types/encode.py)
    equipment  fields of the equipment beside the type (device_id, topic, set); optional
    answers    registers by their first address, as tests/types/encode.py reads them
    frames     whole RTU frames as printed: [{ask: "01 04 ...", answer: "..."}]
    refuses    addresses that the device calls illegal: ["input:30-35"]
    messages   for MQTT: [{topic: a/b, json: {...}}, {topic: a/b, text: online}]
    values     what each point is then; `"name_*"` stands for many, the later line wins
    bad        qualities that are not good, by point: sentinel, decode_error, out_of_range, comm_failure
    alarms     the rules whose condition holds, exactly; without it nothing is said about them
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.support.yaml_text import read_yaml
from tests.types.house import Picture, equipment, picture, raised

FILES = sorted((Path(__file__).parent / "examples").glob("*.yaml"))
KEYS = {
    *("name", "from", "cite", "equipment", "answers", "frames", "refuses", "messages"),
    *("values", "bad", "alarms"),
}


def _read(path: Path) -> Any:
    return read_yaml(path)


def _cases() -> list[Any]:
    return [
        pytest.param(file["type"], example, id=f"{path.stem}: {example['name']}")
        for path in FILES
        for file in [_read(path)]
        for example in file["examples"]
    ]


@pytest.mark.parametrize(("type_", "example"), _cases())
async def test_an_example(type_: str, example: Mapping[str, Any]) -> None:
    _well_formed(example)
    one = equipment(type_, example.get("equipment"))
    seen = await picture(one.source, example)
    wanted = written_out(example.get("values", {}), seen)
    assert {key: seen.values.get(key, seen.bad.get(key)) for key in wanted} == {
        key: pytest.approx(value, rel=1e-6) if isinstance(value, float) else value
        for key, value in wanted.items()
    }
    reasons = {key: seen.bad[key].reason if key in seen.bad else "good" for key in wanted}
    told = written_out(example.get("bad", {}), seen)
    assert reasons | {key: seen.read(key)[1].reason for key in told} == dict.fromkeys(wanted, "good") | told
    if "alarms" in example:
        assert raised(one, seen) == set(example["alarms"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_examples_speak_of_every_point(path: Path) -> None:
    file = _read(path)
    points = equipment(file["type"], file["examples"][0].get("equipment")).source.plan.points
    everything = Picture(points)
    spoken = {
        key for example in file["examples"] for key in written_out(example.get("values", {}), everything)
    }
    assert [point.key for point in points if point.key not in spoken] == []


def written_out(values: Mapping[str, Any], seen: Picture) -> dict[str, Any]:
    """Patterns filled in with the points they stand for."""
    found: dict[str, Any] = {}
    for pattern, value in values.items():
        keys = [point.key for point in seen.points if fnmatchcase(point.key, pattern)]
        assert keys, f"no point is like {pattern}"
        found.update(dict.fromkeys(keys, value))
    return found


def _well_formed(example: Mapping[str, Any]) -> None:
    assert set(example) <= KEYS, f"unknown keys: {set(example) - KEYS}"
    assert example["from"] in ("datasheet", "encoder", "device"), "who says so?"
    assert example["from"] == "encoder" or example.get("cite"), "where is that printed?"
    assert example.get("values") or example.get("bad")
