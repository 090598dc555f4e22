"""The JSON schema of the configuration, for editors: completion and hints while typing.

`python -m monitor.settings.schema FILE` writes it. Fields of drivers and notifiers are let through: `check` knows them,
and says far more than a schema can.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from monitor.settings.files import LISTS, MAPPINGS
from monitor.settings.shape.causes import CauseShape
from monitor.settings.shape.drill import DrillShape
from monitor.settings.shape.equipment import (
    ChannelShape,
    ConnectionShape,
    EquipmentShape,
    PointShape,
    TypeShape,
)
from monitor.settings.shape.people import PersonShape, PolicyShape, RosterShape
from monitor.settings.shape.positions import PositionShape
from monitor.settings.shape.rounds import CheckpointShape, ItemShape, RoundShape
from monitor.settings.shape.rules import SHAPES
from monitor.settings.shape.site import ConsoleShape, HistorianShape, JournalShape, SiteShape

_SINGLE: dict[str, type[BaseModel]] = {
    "site": SiteShape,
    "journal": JournalShape,
    "historian": HistorianShape,
    "console": ConsoleShape,
    "drill": DrillShape,
}
_OF_MAPPING: dict[str, type[BaseModel]] = {
    "connections": ConnectionShape,
    "channels": ChannelShape,
    "checklists": ItemShape,
}
_OF_LIST: dict[str, type[BaseModel]] = {
    "equipment": EquipmentShape,
    "people": PersonShape,
    "roster": RosterShape,
    "escalation": PolicyShape,
    "checkpoints": CheckpointShape,
    "rounds": RoundShape,
    "causes": CauseShape,
    "positions": PositionShape,
}
_OPEN = (ConnectionShape, ChannelShape, EquipmentShape, PointShape, TypeShape)
"""Where a driver or a notifier has fields of its own."""


def schema() -> dict[str, Any]:
    """The schema of a file: sections of a site, or one equipment type (known by its `driver`)."""
    models: list[type[BaseModel]] = [
        *_SINGLE.values(),
        *_OF_MAPPING.values(),
        *_OF_LIST.values(),
        *_OPEN,
        *SHAPES.values(),
    ]
    unique = list(dict.fromkeys(models))
    _, definitions = models_json_schema([(model, "validation") for model in unique], by_alias=True)
    shapes = _without_defaults(definitions["$defs"])
    for model in _OPEN:
        shapes[model.__name__]["additionalProperties"] = True
    shapes["TypeShape"]["properties"]["alarms"] = {"type": "object", "additionalProperties": _any_rule()}
    shapes["TypeShape"]["properties"]["points"] = _by_name(PointShape)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Watchroom configuration",
        "type": "object",
        "if": {"required": ["driver"]},
        "then": _reference(TypeShape),
        "else": {"properties": _sections(), "additionalProperties": False},
        "$defs": shapes,
    }


def text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _sections() -> dict[str, Any]:
    single = {name: _reference(model) for name, model in _SINGLE.items()}
    mappings = {name: _by_name(_OF_MAPPING[name]) for name in MAPPINGS}
    questions = {"type": "array", "items": _reference(ItemShape)}
    mappings["checklists"] = {"type": "object", "additionalProperties": questions}
    lists = {name: {"type": "array", "items": _reference(_OF_LIST[name])} for name in LISTS}
    return {**single, **mappings, **lists}


def _any_rule() -> dict[str, Any]:
    return {
        "anyOf": [
            {"allOf": [_reference(model), {"properties": {"rule": {"const": kind}}}]}
            for kind, model in SHAPES.items()
        ]
    }


def _by_name(model: type[BaseModel]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": _reference(model)}


def _reference(model: type[BaseModel]) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{model.__name__}"}


def _without_defaults(part: Any) -> Any:
    """Defaults are in seconds and shares there, which is not how they are written."""
    if isinstance(part, dict):
        return {key: _without_defaults(value) for key, value in part.items() if key != "default"}
    return [_without_defaults(value) for value in part] if isinstance(part, list) else part


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
