"""What `watchroom probe` shows of a message: what stands where a point is looked for, and what could be written instead."""

import json
from typing import Any

import pytest

from drivers.mqtt.hearing import JsonHearing
from drivers.mqtt.sparkplug.hearing import SparkplugHearing
from monitor.ports import RawRead
from tests.drivers.mqtt.support import LIMIT, source

TOPIC = "box/1"


def look(message: Any, points: dict[str, Any], **group: Any) -> RawRead:
    """A message, as JSON or as it is, for an equipment with these points."""
    hearing = JsonHearing("hub", [source({TOPIC: {"points": points, **group}})], LIMIT)
    raw = message if isinstance(message, bytes) else json.dumps(message, ensure_ascii=False).encode()
    return hearing.look(hearing.topics.find(TOPIC), TOPIC, raw)


def seen(message: Any, **fields: Any) -> tuple[str, str]:
    """What is shown of the one point, and the remark beside it."""
    part = look(message, {"p": {"path": "v", **fields}}).points["p"]
    return part.content.decode(), part.odd


NUMBER = {"as": "number"}
BOOL = {"as": "bool"}


@pytest.mark.parametrize(
    ("fields", "sent", "shown", "odd"),
    [
        (NUMBER, 21.5, "21.5", ""),
        (NUMBER, "23.5 °C", '"23.5 °C"', '`suffix: "°C"`?'),
        (NUMBER, "-3%", '"-3%"', '`suffix: "%"`?'),
        (NUMBER | {"suffix": "°C"}, "23.5 °C", '"23.5 °C"', ""),
        (NUMBER | {"suffix": "°C"}, "74 °F", '"74 °F"', '`suffix: "°F"`?'),
        (NUMBER, "E07", '"E07"', "`as: text`, or `values`?"),
        (NUMBER, True, "true", "`as: bool`?"),
        (NUMBER, {"value": 3, "unit": "m"}, '{"value": 3, "unit": "m"}', "the path must lead on; there is `value`, `unit`"),
        (NUMBER, [3, 4], "[3, 4]", "the path must lead on; there is a list of 2"),
        (NUMBER, None, "null", "null: it stays as it was"),
        (NUMBER | {"invalid": [-1]}, -1, "-1", ""),
        (BOOL, 5, "5", "`bit`, or `values`?"),
        (BOOL, "有水", '"有水"', "`values`?"),
        (BOOL | {"bit": 2}, "x5", '"x5"', "no whole number"),
        (BOOL | {"values": {"wet": True}}, "moist", '"moist"', "not among `values`"),
        ({"as": "text"}, True, "true", "`as: bool`?"),
        ({"up": "on", "down": "off"}, "gone", '"gone"', "neither `up: on` nor `down: off`"),
    ],
)  # fmt: skip
def test_what_stands_there_and_what_could_be_written_instead(
    fields: dict[str, Any], sent: Any, shown: str, odd: str
) -> None:
    assert seen({"v": sent}, **fields) == (shown, odd)


TWELVE = ", ".join(f"`n{i}`" for i in range(12))
LIST = {"d": {"ch": [{"tag": "FLR", "v": 2}, {"tag": "SPD", "v": 3}]}}


@pytest.mark.parametrize(
    ("path", "message", "odd"),
    [
        ("w", {"v": 1, "u": 2}, "no `w` there; there is `v`, `u`"),
        ("d.ch[0].w", LIST, "no `w` there; there is `tag`, `v`"),
        ("d.ch[2].v", LIST, "no `2` there; there is a list of 2"),
        ("d.ch[tag=TMP].v", LIST, "no `[tag=TMP]` there; there is `FLR`, `SPD`"),
        ("d.ch[name=TMP].v", LIST, "no `[name=TMP]` there; there is a list of 2"),
        ("d.v", {"d": 7}, "no `v` there; there is 7"),
        ("d.v", {"d": {}}, "no `v` there; there is nothing"),
        ("v", {f"n{i}": i for i in range(14)}, f"no `v` there; there is {TWELVE} and 2 more"),
        ("v", b"17.5", "the message is no JSON object: `plain: true`?"),
        ("v", b"wet", "the message is no JSON object: `plain: true`?"),
    ],
)  # fmt: skip
def test_a_path_that_leads_nowhere_says_where_it_ends(path: str, message: Any, odd: str) -> None:
    assert seen(message, path=path, **NUMBER) == ("", odd)


def test_the_same_name_twice_is_said() -> None:
    shown, odd = seen(b'{"v": 1, "v": 2}', **NUMBER)
    assert shown.startswith('"the same name twice')
    assert odd.startswith("the same name twice")


def test_a_time_that_is_not_there_is_said_beside_what_it_makes_suspect() -> None:
    points = {"p": {"path": "v", **NUMBER}}
    time = {"path": "haed.t", "as": "iso"}
    told = look({"head": {"t": "2026-03-01T12:00:00Z"}, "v": 1}, points, time=time)
    assert told.points["p"].odd == "time: no `haed` there; there is `head`, `v`"
    assert look({"v": 1}, points, time=time | {"optional": True}).points["p"].odd == ""


def test_of_several_samples_the_last_that_speaks_of_a_point_counts() -> None:
    points = {"a": {"path": "a", **NUMBER}, "b": {"path": "b", **NUMBER}}
    told = look({"list": [{"a": 1, "b": 2}, {"a": 3}]}, points, samples="list")
    assert {key: part.content for key, part in told.points.items()} == {"a": b"3", "b": b"2"}


@pytest.mark.parametrize(
    ("raw", "request_"),
    [
        (b"", f"{TOPIC} (empty payload)"),
        (b"\xff\xfe{}", f"{TOPIC} (payload is not UTF-8)"),
        (b"[" * 40, f"{TOPIC} (payload is nested too deep)"),
    ],
)
def test_what_cannot_be_looked_into_says_why(raw: bytes, request_: str) -> None:
    told = look(raw, {"p": {"path": "v", **NUMBER}})
    assert (told.request, told.answer, told.points) == (request_, raw, {})


def test_a_sparkplug_message_is_shown_by_the_names_of_its_metrics() -> None:
    hearing = SparkplugHearing("edge", [], LIMIT)
    metric = b"\x0a\x05Level" + b"\x50\x07"  # name, int_value 7
    assert hearing.look((), "spBv1.0/g/NDATA/n", b"\x12" + bytes([len(metric)]) + metric) == RawRead(
        "spBv1.0/g/NDATA/n", b"Level=7", text=True
    )
    assert hearing.look((), "spBv1.0/g/NDATA/n", b"\x12\xff").request.endswith("(no Sparkplug B payload)")
