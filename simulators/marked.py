"""YAML as marked text: every scalar keeps the text as written and its place in the file.

Aliases, duplicate keys and nested surprises are refused, so that what a person reads is what is meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Place:
    """Where something stands; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """One mistake in a plant file."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class PlantError(Exception):
    """A plant file that cannot be used; `problems` holds all mistakes found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.place.line, p.place.column))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class Text:
    """A scalar as it was written (quotes removed)."""

    place: Place
    value: str


@dataclass(frozen=True)
class Items:
    """A sequence."""

    place: Place
    items: list[Marked]


@dataclass(frozen=True)
class Fields:
    """A mapping from key to value; `keys` has the place of each key."""

    place: Place
    values: dict[str, Marked]
    keys: dict[str, Place]


Marked = Text | Items | Fields


def read(path: Path) -> Fields:
    """Read a YAML file whose top is a mapping, or raise PlantError."""
    start = Place(str(path), 1, 1)
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlantError([Problem(start, f"cannot be read: {error}")]) from error
    try:
        for event in yaml.parse(source, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise PlantError([Problem(_place(path, event), "aliases (*name) are not allowed here")])
        node = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(str(path), mark.line + 1, mark.column + 1) if mark else start
        raise PlantError([Problem(place, str(error.problem))]) from error
    except yaml.reader.ReaderError as error:
        raise PlantError([Problem(start, str(error).splitlines()[0])]) from error
    if not isinstance(node, yaml.MappingNode):
        raise PlantError([Problem(start, "the file must be a mapping of sections")])
    marked = _mark(path, node)
    assert isinstance(marked, Fields)  # noqa: S101 - follows from the node's type
    return marked


def _mark(path: Path, node: yaml.Node) -> Marked:
    place = _place(path, node)
    if isinstance(node, yaml.ScalarNode):
        return Text(place, node.value)
    if isinstance(node, yaml.SequenceNode):
        return Items(place, [_mark(path, child) for child in node.value])
    values: dict[str, Marked] = {}
    keys: dict[str, Place] = {}
    for key, child in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise PlantError([Problem(_place(path, key), "a key must be a word")])
        if key.value in values:
            raise PlantError([Problem(_place(path, key), f"'{key.value}' stands here twice")])
        values[key.value] = _mark(path, child)
        keys[key.value] = _place(path, key)
    return Fields(place, values, keys)


def _place(path: Path, at: yaml.Node | yaml.Event) -> Place:
    mark = at.start_mark
    return Place(str(path), mark.line + 1, mark.column + 1) if mark else Place(str(path), 1, 1)
