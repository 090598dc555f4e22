"""Every promise of the README names tests that hold it, and these tests exist."""

from __future__ import annotations

import ast
import re

import pytest

from tests.docs.pages import ROOT

ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", (ROOT / "docs/promises.md").read_text(), re.MULTILINE)
HELD_BY = [(number, test) for number, _, tests in ROWS for test in re.findall(r"`([^`]+)`", tests)]


def test_the_table_has_the_readmes_promises() -> None:
    readme = (ROOT / "README.md").read_text()
    section = readme.split("## What it promises\n")[1].split("\n## ")[0]
    promised = re.findall(r"^(\d+)\. (.+(?:\n   .+)*)$", section, re.MULTILINE)
    assert len(promised) == 7
    assert [(number, " ".join(text.split())) for number, text in promised] == [row[:2] for row in ROWS]


def test_each_promise_is_held_by_several() -> None:
    assert all(sum(number == row[0] for number, _ in HELD_BY) >= 3 for row in ROWS)


@pytest.mark.parametrize(("number", "test"), HELD_BY, ids=[f"{number} {test}" for number, test in HELD_BY])
def test_the_named_test_exists(number: str, test: str) -> None:
    assert exists(test), f"promise {number}: {test} is not there"


def test_a_name_that_is_not_there_is_found() -> None:
    assert not exists("tests/docs/test_promises.py::test_something_else")
    assert not exists("tests/docs/test_nothing.py::test_the_table_has_the_readmes_promises")


def exists(test: str) -> bool:
    """Whether FILE::NAME is a test function."""
    path, _, name = test.partition("::")
    if not (ROOT / path).is_file():
        return False
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(
        isinstance(node, functions) and node.name == name
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
    )
