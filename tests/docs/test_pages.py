"""The pages name only commands, options, files and headings that exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from monitor.cli.program import program
from tests.docs.pages import PAGES, ROOT, blocks, prose

app = program()

# ---------------------------------------------------------------- commands

_CALL = re.compile(r"(?:^\s*(?:[$#] )?|[;&|(]\s*|/bin/)watchroom[ \t]+([a-z-][^`\n]*)", re.MULTILINE)
_END = {"|", ">", "<", "&&", "||", "&", ";", ">>", "2>&1"}


def calls(page: Path) -> Iterator[str]:
    """What follows `watchroom` wherever a page shows a command line."""
    spans = re.findall(r"`(watchroom [^`]+)`", prose(page))
    shown = [block.text for block in blocks(page) if block.language in ("sh", "console", "")]
    for text in [*spans, *shown]:
        yield from _CALL.findall(text)


def wrong(call: str) -> str | None:
    """What is wrong with a command line, judged by the program's own table of commands."""
    command = typer.main.get_command(app)
    words = iter(shlex.split(call, comments=True))
    for word in words:
        word = word.rstrip(")").partition(";")[0]
        if word in _END or word[:1] in "<>|&":
            return None
        if word.startswith("-"):
            name = word.partition("=")[0]
            options = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
            if name not in options | {"--help"}:
                return f"{command.name} has no {name}"
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"there is no command {word}"
            command = command.commands[word]
    return None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_command_line_exists(path: Path) -> None:
    found = {call: wrong(call) for call in calls(path)}
    assert {call: why for call, why in found.items() if why} == {}


def test_command_lines_are_found_and_wrong_ones_too() -> None:
    assert len(list(calls(ROOT / "README.md"))) > 10
    assert wrong("run --config my-site > log 2>&1 &") is None
    assert wrong("user add alice --role admin") is None
    assert wrong("runn --config x") == "there is no command runn"
    assert wrong("user remove alice") == "there is no command remove"
    assert wrong("history export p --form 24h") == "export has no --form"


# ---------------------------------------------------------------- links


def links(page: Path) -> Iterator[str]:
    """Targets of links and images that lead to a file of ours or a heading."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if not re.match(r"[a-z]+:", target):
            yield target


def headings(page: Path) -> set[str]:
    """Anchors of a page's headings, as repository browsers make them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(page: Path, target: str) -> bool:
    """Whether a link leads nowhere."""
    path, _, anchor = target.partition("#")
    there = (page.parent / path).resolve() if path else page
    return not there.exists() or bool(anchor and anchor not in headings(there))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    assert [target for target in links(path) if broken(path, target)] == []


def test_a_link_to_nowhere_is_found() -> None:
    readme = ROOT / "README.md"
    assert broken(readme, "docs/nothing.md")
    assert broken(readme, "docs/rules.md#nothing")
    assert not broken(readme, "docs/rules.md#kinds")


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    left = [ROOT / "README.md"]
    while left:
        page = left.pop()
        seen.add(page)
        for target in links(page):
            there = (page.parent / target.partition("#")[0]).resolve()
            if there.suffix == ".md" and there.exists() and there not in seen:
                left.append(there)
    assert {page.name for page in PAGES} - {page.name for page in seen} == set()
