"""What is wrong, and where: every mistake of a configuration is collected before anybody is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple


class Mark(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. `file` is relative to the configuration directory."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ConfigurationError(Exception):
    """The configuration cannot be used; `problems` holds everything that is wrong with it, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(slots=True)
class Problems:
    """The list while it grows."""

    found: list[Problem] = field(default_factory=list)
    _refused: set[Mark] = field(default_factory=set)

    def add(self, mark: Mark, message: str) -> None:
        """Note one mistake at `mark`, unless what stands there was refused as a whole."""
        if mark not in self._refused:
            self.found.append(Problem(mark.file, mark.line, mark.column, message))

    def refuse(self, mark: Mark, message: str) -> None:
        """Note that the value at `mark` cannot be read: whatever follows from that is not said."""
        self.add(mark, message)
        self._refused.add(mark)


FEW = 12
"""So many names are listed where none is like the one that was written."""


def nearest(name: object, known: Iterable[object], most: int = FEW) -> str:
    """`; did you mean ...?` when a known name is close to `name`, else what there is to choose from, if it is short."""
    names = list(dict.fromkeys(str(one) for one in known))
    close = get_close_matches(str(name), names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean `{close[0]}`?"
    return f"; there is {', '.join(f'`{one}`' for one in sorted(names))}" if 0 < len(names) <= most else ""
