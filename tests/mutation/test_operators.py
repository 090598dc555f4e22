"""One change at a time, everywhere that something is done, and nothing left of it in the next."""

from __future__ import annotations

import ast

import pytest

from tests.mutation.operators import mutants


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("x = a < 3", ["x = None", "x = a <= 3", "x = a < 4"]),
        ("x = not a", ["x = None", "x = a"]),
        ("x = a and b", ["x = None", "x = a or b", "x = b", "x = a"]),
        ("x = a if b else c", ["x = None", "x = a", "x = c"]),
        ("x = 'on'", ["x = None", "x = 'XXon'"]),
        ("f(1, k=True)", ["pass", "f(None, k=True)", "f(1)", "f(2, k=True)", "f(1, k=False)"]),
        ("n += 1", ["n -= 1", "n += 2"]),
        ("if a:\n    x()", ["if True:\n    x()", "if False:\n    x()", "if a:\n    pass"]),
        ("for a in b:\n    continue", ["for a in b:\n    break"]),
        ("x: int = None", []),
        ("def f(a: int=0) -> int:\n    'Text.'\n    return a", [
            *("def f(a: int=1) -> int:\n    'Text.'\n    return a", "def f(a: int=0) -> int:\n    'Text.'\n    return None"),
        ]),
        ("match a:\n    case 1:\n        pass\n    case _ if b:\n        pass", [
            "match a:\n    case _ if b:\n        pass",
            "match a:\n    case 1:\n        pass",
            "match a:\n    case 1:\n        pass\n    case _:\n        pass",
        ]),
        ("[a for a in b if c]", ["[a for a in b]"]),
    ],
)  # fmt: skip
def test_the_changes_of_a_line(source: str, changed: list[str]) -> None:
    expected = [ast.unparse(ast.parse(text)) for text in changed]
    assert sorted(ast.unparse(mutant.tree) for mutant in mutants(source)) == sorted(expected)


def test_a_change_is_shown_with_its_line_and_where_it_begins() -> None:
    shown = [(mutant.line, mutant.change) for mutant in mutants("\n\nx = f(first, second)")]
    assert (3, "x = f(first, second)  ->  x = None") in shown
    assert (3, "f(first, second)  ->  f(None, second)") in shown
    [far] = {mutant.change for mutant in mutants(f"f({'a' * 90}, b)") if mutant.change.endswith(", None)")}
    assert far == f"…{'a' * 23}, b)  ->  …{'a' * 23}, None)"
