"""Parameters are parsed from text as written."""

from dataclasses import dataclass

import pytest

from simulators import fields
from simulators.fields import FieldErrors, build, in_hours


@dataclass(frozen=True, kw_only=True)
class Sample:
    ratio: float = fields.number(0, 1)
    count: int = fields.integer(0, 9, default=3)
    span: float = fields.duration(60.0, low=0.5)
    word: str = fields.choice("a", "b", default="a")


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("30s", 30), ("1.5m", 90), ("6h", 21600), ("1d", 86400)]
)
def test_a_duration_becomes_seconds(text: str, seconds: float) -> None:
    assert build(Sample, {"ratio": "1", "span": text}).span == seconds


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ratio", "1.1"),
        ("ratio", "nan"),
        ("ratio", ".inf"),
        ("ratio", "1_0"),
        ("count", "010"),
        ("count", "1.0"),
        ("count", "0x3"),
        ("span", "12:30"),
        ("span", "30"),
        ("span", "100ms"),
        ("word", "no"),
    ],
)
def test_what_is_not_the_thing_is_refused_by_its_name(name: str, text: str) -> None:
    with pytest.raises(FieldErrors) as caught:
        build(Sample, {"ratio": "1", name: text})
    assert set(caught.value.by_field) == {name}


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(FieldErrors) as caught:
        build(Sample, {"count": "x", "colour": "red"})
    assert set(caught.value.by_field) == {"count", "colour", ""}
    assert "'ratio' is missing" in caught.value.by_field[""]


@pytest.mark.parametrize(
    ("span", "hour", "inside"),
    [
        ("always", 3.0, True),
        ("18:00-06:30", 17.99, False),
        ("18:00-06:30", 18.0, True),
        ("18:00-06:30", 0.0, True),
        ("18:00-06:30", 6.49, True),
        ("18:00-06:30", 6.5, False),
        ("08:00-09:00", 8.5, True),
        ("08:00-09:00", 9.0, False),
    ],
)
def test_a_span_may_pass_midnight_and_is_half_open(span: str, hour: float, inside: bool) -> None:
    assert in_hours(span, hour) is inside
