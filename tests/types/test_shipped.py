"""Every type that comes with the program loads as the daemon loads it, and its rules say what to do first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from monitor import catalogue
from tests.support.yaml_text import read_yaml
from tests.types.house import equipment

EXAMPLES = Path(__file__).parent / "examples"
TYPES = sorted(catalogue.shipped_types().glob("*.yaml"))
LANGUAGES = {"en", "zh-Hant", "zh-Hans"}


def _own_fields(name: str) -> Any:
    """What an equipment of the type must say beside it, taken from its first example."""
    path = EXAMPLES / f"{name}.yaml"
    return read_yaml(path)["examples"][0].get("equipment") if path.exists() else None


@pytest.mark.parametrize("path", TYPES, ids=lambda path: path.stem)
def test_it_loads_and_every_rule_says_what_to_do_first(path: Path) -> None:
    one = equipment(path.stem, _own_fields(path.stem))
    assert one.source.plan.points
    for rule in one.rules:
        card = rule.card
        for text in (rule.title, card.cause, card.consequence, card.action, card.call):
            assert text.keys() >= LANGUAGES, f"{rule.id}: {text}"


@pytest.mark.parametrize("path", TYPES, ids=lambda path: path.stem)
def test_no_rule_takes_the_place_of_a_fault_alarm_by_accident(path: Path) -> None:
    """A rule called `x_fault` on another point than `x` would silence the alarm for a broken sensor at `x`."""
    rules = read_yaml(path).get("alarms", {})
    watched = {rule.get("point") for rule in rules.values()}
    taken = [name for name in rules if name.endswith("_fault") and name.removesuffix("_fault") in watched]
    assert [name for name in taken if rules[name]["rule"] != "fault"] == []
