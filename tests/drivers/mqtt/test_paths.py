"""The little language of paths: what it takes, what it finds, what it refuses."""

import json
from typing import Any

import pytest

from drivers.mqtt.paths import PathError, advanced, filled, parse
from drivers.mqtt.payload import Odd, Payload

MESSAGE: Any = {
    "a": {"b": 1, "c": [2, {"d": 3}], "7": 4, "x y": 5, "p.q": {"r": 6}},
    "switch:0": {"output": True},
    "sensors": [
        {"name": "temp", "value": 21.5},
        {"name": "hum.1", "value": 40, "id": 7},
        {"id": {"no": "Pump 3]"}, "value": 9},
        "noise",
    ],
    "twice": [{"n": "x", "v": 1}, {"n": "x", "v": 2}],
}


def at(path: str, message: Any = MESSAGE, **names: str) -> Any:
    return Payload(json.dumps(message), message).at(filled(parse(path), names))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.b", 1),
        ("a.c.0", 2),
        ("a.c[0]", 2),
        ("a.c[1].d", 3),
        ("a.7", 4),
        ("a.x y", 5),
        ('a."p.q".r', 6),
        ("switch:0.output", True),
        ("sensors[name=temp].value", 21.5),
        ("sensors[name=hum.1].value", 40),
        ("sensors[id=7].value", 40),
        ('sensors[id.no="Pump 3]"].value', 9),
        ("sensors[3]", "noise"),
    ],
)
def test_what_a_path_finds(path: str, value: Any) -> None:
    assert at(path) == value


@pytest.mark.parametrize(
    "path",
    ["a.z", "a.c.9", "a.c[9]", "a.c.x", "a.b.c", "sensors[name=no].value", "a[name=temp]", "a.b[0]", "sensors[id=7].value.x"],
)  # fmt: skip
def test_what_is_not_there_is_missing(path: str) -> None:
    assert at(path) is Odd.MISSING


def test_of_two_that_fit_none_is_chosen() -> None:
    assert at("twice[n=x].v") is Odd.AMBIGUOUS


def test_names_stand_for_the_equipments_own_and_are_one_step() -> None:
    message = {"Device 1.2": [{"v": 3}], "list": [{"dev": "Device 1.2", "v": 4}]}
    assert at("{key}.0.v", message, key="Device 1.2") == 3
    assert at("list[dev={key}].v", message, key="Device 1.2") == 4
    with pytest.raises(PathError, match="no key"):
        at("{key}.v", message)


@pytest.mark.parametrize(
    "path",
    ["", ".", ".a", "a.", "a..b", "a[", "a]", "a[x]", "a[=1]", "a[.b=1]", 'a"b"', 'a."b', '"a"b', "a[0]b", "a.[0]", "a[b=[c]]"],
)  # fmt: skip
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(PathError, match="joined by dots"):
        parse(path)


@pytest.mark.parametrize(
    ("path", "on"),
    [("a.3.ok", "a.5.ok"), ("a[3].ok", "a[5].ok"), ('a.1."b.9".c', 'a.3."b.9".c'), ("a.0.b[9]", "a.0.b[11]")],
)
def test_a_row_counts_on_its_last_index(path: str, on: str) -> None:
    assert advanced(path, 2) == on


def test_a_path_without_index_cannot_count_on() -> None:
    with pytest.raises(PathError, match="no list index"):
        advanced('lamp."7"', 1)
