"""The documentation as data: fenced blocks, commands, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line on which the text begins."""

    language: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """Fenced blocks of a page in order; a fence inside a list item may be indented."""
    language, begun, lines = "", 0, list[str]()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = re.match(r"\s*```(\w*)", line)
        if fence and not begun:
            language, begun, lines = fence[1], number + 1, []
        elif fence:
            yield Block(language, "\n".join(lines) + "\n", begun)
            begun = 0
        elif begun:
            lines.append(line)
    assert not begun, f"{page.name}: a block is not closed"


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"(?ms)^\s*```.*?^\s*```\s*?$", "", page.read_text(encoding="utf-8"))
