"""A YAML document as values that know their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.settings.problems import Mark

Plain = None | bool | int | float | str
Step = str | int


@dataclass(slots=True)
class Scalar:
    """One value; `text` is what stands in the file. A refused one has had its problem reported already."""

    mark: Mark
    text: str
    value: Plain
    refused: bool = False


@dataclass(slots=True)
class Items:
    """A list."""

    mark: Mark
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """A key with its own place, and its value."""

    mark: Mark
    node: Node


@dataclass(slots=True)
class Entries:
    """A mapping."""

    mark: Mark
    entries: dict[Plain, Entry] = field(default_factory=dict)

    def get(self, key: str) -> Node | None:
        """The value of `key`, None when it is not there."""
        entry = self.entries.get(key)
        return entry.node if entry else None

    def text(self, key: str) -> str | None:
        """The value of `key` when it is a text."""
        node = self.get(key)
        return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


Node = Scalar | Items | Entries


def plain(node: Node) -> Any:
    """The data alone, as lists, dicts and scalars."""
    match node:
        case Scalar(value=value):
            return value
        case Items(items=items):
            return [plain(item) for item in items]
        case Entries(entries=entries):
            return {key: plain(entry.node) for key, entry in entries.items()}


@dataclass(frozen=True, slots=True)
class Found:
    """Where a path leads: `exact` is False when it ran out of tree before its end."""

    mark: Mark
    node: Node
    strange: bool = False
    """Steps were skipped that name no place, such as the branch of a union."""

    @property
    def refused(self) -> bool:
        """A problem was reported here while the file was read."""
        return isinstance(self.node, Scalar) and self.node.refused


def find(node: Node, path: Sequence[Step], *, key: bool = False) -> Found:
    """The place that `path` names below `node`; the place of the key instead of the value when `key`."""
    mark, strange = node.mark, False
    for step in path:
        match node:
            case Entries(entries=entries) if step in entries:
                entry = entries[step]
                mark, node = (entry.mark if key else entry.node.mark), entry.node
            case Items(items=items) if isinstance(step, int) and 0 <= step < len(items):
                node = items[step]
                mark = node.mark
            case _:
                strange = True
    return Found(mark, node, strange)


def texts_at(node: Node | None, *keys: str) -> Iterator[tuple[Mark, str]]:
    """Every text below `keys`, lists in lists included, whatever else is wrong around it: names that must lead somewhere."""
    for key in keys:
        node = node.get(key) if isinstance(node, Entries) else None
    if isinstance(node, Scalar) and isinstance(node.value, str) and not node.refused:
        yield node.mark, node.value
    elif isinstance(node, Items):
        for item in node.items:
            yield from texts_at(item)
