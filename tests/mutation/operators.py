"""What is changed: one thing at a time, as somebody's slip might."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}
NOT_CODE = frozenset({"annotation", "returns", "decorator_list", "format_spec", "pattern", "type_params"})
"""Fields of a node that say nothing about what is done."""
SHOWN, BEFORE = 60, 25
"""Characters of a change that are shown, and how many of them stand before it."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """The source with one change, which stands in `line`."""

    line: int
    change: str
    tree: ast.Module
    """Good until the next mutant is asked for."""


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse(source)
    for container, key, node in list(_places(tree)):
        for after in _changes(node):
            held = container[key]
            container[key] = ast.fix_missing_locations(ast.copy_location(after, node))
            yield Mutant(node.lineno, _said(node, after), tree)
            container[key] = held
    yield from _shortened(tree)


def _places(node: ast.AST) -> Iterator[tuple[Any, Any, Any]]:
    """Where code stands below a node: what holds it, under which key, and itself."""
    for name, value in ast.iter_fields(node):
        if name in NOT_CODE:
            continue
        if isinstance(value, list):
            for i, child in enumerate(value):
                if isinstance(child, ast.AST) and not _is_text(child):
                    yield from _place(value, i, child)
        elif isinstance(value, ast.AST):
            yield from _place(vars(node), name, value)


def _place(container: Any, key: Any, node: ast.AST) -> Iterator[tuple[Any, Any, Any]]:
    if isinstance(node, (ast.expr, ast.stmt)):
        yield container, key, node
    yield from _places(node)


def _is_text(node: ast.AST) -> bool:
    """A docstring, or the sentence below a field."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """All that may stand in the place of one node."""
    yield from _other_values(node)
    yield from _other_decisions(node)
    yield from _other_statements(node)
    if isinstance(node, ast.Call):
        yield from _other_arguments(node)


def _other_values(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str() as value):
            yield ast.Constant(f"XX{value}")
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.BinOp(left, op, right) if type(op) in ARITHMETIC:
            yield ast.BinOp(left, ARITHMETIC[type(op)](), right)
        case ast.AugAssign(target, op, value) if type(op) in ARITHMETIC:
            yield ast.AugAssign(target, ARITHMETIC[type(op)](), value)


def _other_decisions(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left, ops, comparators):
            for i, op in enumerate(ops):
                if other := BOUNDARY.get(type(op)):
                    yield ast.Compare(left, [*ops[:i], other(), *ops[i + 1 :]], comparators)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for i in range(len(values)):
                rest = [*values[:i], *values[i + 1 :]]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.IfExp(_, body, orelse):
            yield body
            yield orelse
        case ast.If(_, body, orelse):
            yield ast.If(ast.Constant(True), body, orelse)
            yield ast.If(ast.Constant(False), body, orelse)
        case ast.While(_, body, orelse):
            yield ast.While(ast.Constant(False), body, orelse)


def _other_statements(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Return(ast.expr() as value) if not _none(value):
            yield ast.Return(ast.Constant(None))
        case ast.Assign(targets, value) if not _none(value):
            yield ast.Assign(targets, ast.Constant(None))
        case ast.AnnAssign(target, annotation, ast.expr() as value, simple) if not _none(value):
            yield ast.AnnAssign(target, annotation, ast.Constant(None), simple)
        case ast.Expr(ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()


def _other_arguments(call: ast.Call) -> Iterator[ast.AST]:
    """One argument is None, or one that is named is left out."""
    args, keywords = call.args, call.keywords
    for i, arg in enumerate(args):
        if not isinstance(arg, ast.Starred) and not _none(arg):
            yield ast.Call(call.func, [*args[:i], ast.Constant(None), *args[i + 1 :]], keywords)
    for i in range(len(keywords)):
        yield ast.Call(call.func, args, [*keywords[:i], *keywords[i + 1 :]])


def _none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _shortened(tree: ast.Module) -> Iterator[Mutant]:
    """A case of a match left out, a guard or a filter always true."""
    for node in ast.walk(tree):
        match node:
            case ast.Match(cases=cases) if len(cases) > 1:
                for i, case in enumerate(list(cases)):
                    del cases[i]
                    yield Mutant(case.pattern.lineno, f"without case {ast.unparse(case.pattern)}", tree)
                    cases.insert(i, case)
            case ast.match_case(guard=ast.expr() as guard):
                node.guard = None
                yield Mutant(guard.lineno, f"without guard {ast.unparse(guard)}", tree)
                node.guard = guard
            case ast.comprehension(ifs=[_, *_] as filters):
                for i, kept in enumerate(list(filters)):
                    del filters[i]
                    yield Mutant(kept.lineno, f"without filter {ast.unparse(kept)}", tree)
                    filters.insert(i, kept)


def _said(before: ast.AST, after: ast.AST) -> str:
    """Where they begin to differ, with a little of what stands before."""
    one, other = (" ".join(_head(node).split()) for node in (before, after))
    alike = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))
    begin = max(0, alike - BEFORE)
    return "  ->  ".join("…" * bool(begin) + text[begin : begin + SHOWN] for text in (one, other))


def _head(node: ast.AST) -> str:
    """Of an `if` or a loop its first line is enough."""
    return ast.unparse(node).splitlines()[0] if isinstance(node, (ast.If, ast.While)) else ast.unparse(node)
