"""What all shipped types have in common, and the page that lists them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from monitor import catalogue
from monitor.settings.library import Library
from tests.support.yaml_text import read_yaml
from tests.types.test_examples import FILES

TYPES = sorted(catalogue.shipped_types().glob("*.yaml"))
PAGE = Path(__file__).parents[2] / "docs/equipment-types.md"
SIMULATED = {"demo-lift", "lamp-zone-120", "lamp-zone-words", "sump-pit", "switch-room", "zigbee2mqtt-leak"}
"""Types of the simulated plant: their source is the simulator, which tests/simulators compares with them."""
LANGUAGES = {"en", "zh-Hant", "zh-Hans"}


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(path)
    return found


def test_the_page_lists_every_type_and_no_other() -> None:
    listed = re.findall(r"^\| `([a-z0-9][a-z0-9-]*)` \|", PAGE.read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(path.stem for path in TYPES), "docs/equipment-types.md lists the types"


def test_every_type_has_an_example() -> None:
    tried = {_read(path)["type"] for path in FILES}
    assert {path.stem for path in TYPES} - tried - SIMULATED == set()


@pytest.mark.parametrize("path", TYPES, ids=lambda path: path.stem)
def test_a_type_bears_its_files_name_and_says_its_source(path: Path) -> None:
    type_ = _read(path)
    assert type_["type"] == path.stem
    assert set(type_["title"]) == LANGUAGES
    assert path.stem in SIMULATED or len(type_["source"]) > 30
    assert all(set(doubt) == LANGUAGES for doubt in type_.get("unsure", []))


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(catalogue.driver_settings(), catalogue.shipped_types())


@pytest.mark.parametrize("path", TYPES, ids=lambda path: path.stem)
def test_every_alarm_says_what_to_do_first_in_three_languages(path: Path, library: Library) -> None:
    rules = library.page(path.stem).rules
    assert [rule.id for rule in rules if set(rule.card.action) != LANGUAGES] == []
    assert [rule.id for rule in rules if not set(rule.title) >= LANGUAGES] == []


@pytest.mark.parametrize("path", TYPES, ids=lambda path: path.stem)
def test_every_point_has_a_name_in_three_languages(path: Path) -> None:
    type_ = _read(path)
    groups = [type_] if "points" in type_ else list(type_["topics"].values())
    points = {key: point for group in groups for key, point in (group.get("points") or {}).items()}
    assert [key for key, point in points.items() if set(point.get("label", {})) != LANGUAGES] == []
