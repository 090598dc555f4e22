"""YAML by libyaml: the parser written in Python takes ten times as long, and tests read hundreds of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def read_yaml(path: Path) -> Any:
    """What a file holds."""
    return parse_yaml(path.read_text(encoding="utf-8"))


def parse_yaml(text: str) -> Any:
    """What a text holds."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


def write_yaml(path: Path, content: Any) -> None:
    """Write `content`, its keys in their order."""
    path.write_text(
        yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
