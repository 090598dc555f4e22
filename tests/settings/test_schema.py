"""The schema for editors is the one that the models give."""

from __future__ import annotations

from pathlib import Path

from monitor.settings import schema
from monitor.settings.files import SECTIONS

FILE = Path(__file__).parents[2] / "config/schema.json"


def test_the_file_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == schema.text(), (
        "python -m monitor.settings.schema config/schema.json"
    )


def test_it_knows_every_section() -> None:
    made = schema.schema()
    assert set(made["else"]["properties"]) == set(SECTIONS)
    assert made["else"]["additionalProperties"] is False


def test_durations_are_written_as_texts() -> None:
    grace = schema.schema()["$defs"]["RoundShape"]["properties"]["grace"]
    assert grace["type"] == "string"
    assert "default" not in grace
