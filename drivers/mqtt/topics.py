"""Which equipment a topic speaks of (MQTT 5.0 section 4.7). Pure.

A pattern is a topic in which `{name}` stands for a field of the equipment, `+name` for one level that equals
the field, and `+` for any one level.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class PatternError(ValueError):
    """A pattern that cannot be used; the text says why."""


def fill(pattern: str, fields: Mapping[str, str]) -> str:
    """The subscription (topic filter) that a pattern means for one equipment. Raises PatternError.

    A capture is filled in rather than compared later, so that one equipment's messages never reach another.
    """
    levels = [_level(level, pattern, fields) for level in _placeholders(pattern, fields).split("/")]
    return "/".join(levels)


def _placeholders(pattern: str, fields: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: _field(found[1], pattern, fields), pattern)


def _level(level: str, pattern: str, fields: Mapping[str, str]) -> str:
    if level == "+":
        return level
    if level.startswith("+"):
        return _field(level[1:], pattern, fields)
    if not pattern or any(sign in level for sign in "+#{}\0"):
        raise PatternError(f"{pattern}: a level is a name, + or +name; # is not taken")
    return level


def _field(name: str, pattern: str, fields: Mapping[str, str]) -> str:
    if name not in fields:
        raise PatternError(f"{pattern}: the equipment has no {name} (topic or vars)")
    return fields[name]


class Topics(Generic[T]):
    """What listens to which filter: by dictionary where it is exact, level by level where it has wildcards."""

    def __init__(self, listeners: Iterable[tuple[str, T]]) -> None:
        self._exact: dict[str, list[T]] = {}
        self._wild: dict[str, tuple[tuple[str, ...], list[T]]] = {}
        for filter_, listener in listeners:
            if "+" in filter_.split("/"):
                self._wild.setdefault(filter_, (tuple(filter_.split("/")), []))[1].append(listener)
            else:
                self._exact.setdefault(filter_, []).append(listener)

    @property
    def filters(self) -> Mapping[str, Sequence[T]]:
        """Every filter to subscribe to, and who listens to it."""
        return {**self._exact, **{filter_: listeners for filter_, (_, listeners) in self._wild.items()}}

    def find(self, topic: str) -> Sequence[T]:
        """Who listens to this topic; empty when nobody does."""
        found = self._exact.get(topic, ())
        if not self._wild:
            return found
        levels = topic.split("/")
        return [
            *found,
            *(one for wanted, some in self._wild.values() if _matches(wanted, levels) for one in some),
        ]


def _matches(wanted: Sequence[str], levels: Sequence[str]) -> bool:
    if len(wanted) != len(levels) or (wanted[0] == "+" and levels[0].startswith("$")):
        return False
    return all(want in ("+", level) for want, level in zip(wanted, levels, strict=True))
