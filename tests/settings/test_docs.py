"""The documentation names every key, and its examples are YAML that we read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.settings import schema
from monitor.settings.files import SECTIONS
from monitor.settings.messages import keys_of
from monitor.settings.problems import Problems
from monitor.settings.reader import read
from monitor.settings.shape.card import CardShape
from monitor.settings.shape.drill import DrillShape
from monitor.settings.shape.equipment import EquipmentShape, PointShape, TypeShape
from monitor.settings.shape.people import MatchShape, PersonShape, PolicyShape, RosterShape, StepShape
from monitor.settings.shape.positions import CoverShape, PositionShape
from monitor.settings.shape.rounds import CheckpointShape, CompareShape, ItemShape, RoundShape
from monitor.settings.shape.rules import SHAPES
from monitor.settings.shape.site import ConsoleShape, GradeShape, HistorianShape, JournalShape, SiteShape

DOCS = Path(__file__).parents[2] / "docs"
MODELS = (
    SiteShape,
    GradeShape,
    JournalShape,
    HistorianShape,
    ConsoleShape,
    DrillShape,
    EquipmentShape,
    TypeShape,
    PointShape,
    PersonShape,
    RosterShape,
    PolicyShape,
    MatchShape,
    StepShape,
    ItemShape,
    CompareShape,
    CheckpointShape,
    RoundShape,
    PositionShape,
    CoverShape,
)


def words(name: str) -> set[str]:
    return set(re.findall(r"[a-z_]+", (DOCS / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_explained(model: type) -> None:
    assert set(keys_of(model)) <= words("configuration.md")


def test_every_section_is_explained() -> None:
    assert set(SECTIONS) <= words("configuration.md")


def test_every_rule_is_explained() -> None:
    keys = {key for shape in SHAPES.values() for key in keys_of(shape)} | set(keys_of(CardShape))
    assert keys | set(SHAPES) <= words("rules.md")


@pytest.mark.parametrize("name", ["configuration.md", "rules.md"])
def test_examples_can_be_read(name: str, tmp_path: Path) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert examples
    problems = Problems()
    for i, example in enumerate(examples):
        path = tmp_path / f"{i}.yaml"
        path.write_text(example, encoding="utf-8")
        assert read(path, f"{name} example {i}", problems) is not None
    assert [str(problem) for problem in problems.found] == []


def test_the_schema_stands_where_the_text_says() -> None:
    assert (DOCS.parent / "config/schema.json").read_text(encoding="utf-8") == schema.text()
