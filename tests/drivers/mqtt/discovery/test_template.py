"""Value templates as gateways announce them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.discovery.template import NotUnderstood, Place, place
from drivers.mqtt.paths import parse


@pytest.mark.parametrize(
    ("template", "found"),
    [
        (None, Place()),
        ("", Place()),
        ("{{ value }}", Place()),
        ("{{value|float}}", Place()),
        ("{{ value_json.water_leak }}", Place("water_leak")),
        ("{{ value_json['DS18B20']['Temperature'] }}", Place("DS18B20.Temperature")),
        ('{{ value_json["ENERGY"].Power }}', Place("ENERGY.Power")),
        ("{{ value_json['switch:0'].output }}", Place("switch:0.output")),
        ("{{ value_json['a.b'].c }}", Place('"a.b".c')),
        ("{{ value_json.readings[0].value }}", Place("readings[0].value")),
        ("{{ value_json.get('x y') }}", Place("x y")),
        ("{{ value_json.temp | float | round(1) }}", Place("temp")),
        ("{{ value_json.battery | is_defined }}", Place("battery")),
        ("{{ value_json.t / 10 }}", Place("t", 0.1)),
        ("{{ (value_json.t | float / 10) | round(2) }}", Place("t", 0.1)),
        ("{{ value_json.t | float(0) * 0.5 + 3 }}", Place("t", 0.5, 3.0)),
        ("{{ (value_json.t - 32) / 2 }}", Place("t", 0.5, -16.0)),
        ("{{- value_json.t -}}", Place("t")),
    ],
)
def test_understood(template: str | None, found: Place) -> None:
    assert place(template) == found


@pytest.mark.parametrize(
    "template",
    [
        "{% if value_json.x %}ON{% endif %}",
        "{{ 'ON' if value_json.x else 'OFF' }}",
        "{{ value_json.x | default('0') }}",
        "{{ value_json.x | timestamp_local }}",
        "{{ states('sensor.x') }}",
        "{{ value_json.x / 0 }}",
        "{{ value_json.x + value_json.y }}",
        "{{ value_json }}",
        "{{ value_json.x }}{{ value_json.y }}",
        "{{ value_json.x > 5 }}",
        "{{ 10 - value_json.x }}",
        "value",
    ],
)
def test_left_to_a_person(template: str) -> None:
    with pytest.raises(NotUnderstood, match="template"):
        place(template)


@given(st.text(alphabet="{}value_json.[]'\"()|*/+-0123 ab", max_size=60))
def test_anything_is_understood_or_left(text: str) -> None:
    try:
        found = place("{{" + text + "}}")
    except NotUnderstood:
        return
    if found.path:
        parse(found.path)
