"""Topic patterns of a type: `{name}`, and `+name` for a whole level, stand for fields of the equipment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def placeholders(pattern: str) -> list[str]:
    """Names of `{name}` and `+name` in a pattern."""
    levels = [level[1:] for level in pattern.split("/") if level.startswith("+") and len(level) > 1]
    return [*re.findall(r"\{(\w*)\}", pattern), *levels]


def filled(pattern: str, fields: Mapping[str, str]) -> str:
    """The pattern with every name replaced by the equipment's own."""
    text = re.sub(r"\{(\w+)\}", lambda found: fields[found[1]], pattern)
    levels = pattern.split("/")
    if not any(level.startswith("+") and len(level) > 1 for level in levels):
        return text
    return "/".join(
        fields[level[1:]] if level.startswith("+") and len(level) > 1 else level for level in text.split("/")
    )


def fields_of(settings: Any) -> Mapping[str, str]:
    """What `{name}` stands for: the driver says it, else its text fields do."""
    if hasattr(settings, "placeholders"):
        fields: Mapping[str, str] = settings.placeholders()
        return fields
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    return {name: str(value) for name, value in values.items() if isinstance(value, str | int)}
