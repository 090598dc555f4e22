"""What pydantic found, said to the person who wrote the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from monitor.settings.fields import given
from monitor.settings.problems import nearest

_WANTED = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "finite_number": "a finite number",
    "bool": "true or false",
    "list": "a list, [..., ...] or lines that begin with `- `",
    "tuple": "a list, [..., ...]",
    "dict": "a mapping, {key: value}",
    "mapping": "a mapping, {key: value}",
    "model": "a mapping, {key: value}",
    "none_required": "nothing",
}


MOST_KEYS = 30
"""So many keys are listed where none is like the unknown one."""


def say(error: ErrorDetails, keys: Iterable[str] = ()) -> str:
    """One error in plain words; `keys` are those that the mapping may have, to suggest one for an unknown key."""
    kind, ctx = error["type"], error.get("ctx", {})
    name = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "missing":
        return f"`{name}` is missing"
    if kind == "extra_forbidden":
        return f"unknown key `{name}`{nearest(name, keys, MOST_KEYS)}"
    if kind in ("enum", "literal_error"):
        return _choice(error["input"], str(ctx.get("expected", "")))
    if kind in ("refused", "value_error"):
        return str(ctx.get("message") or ctx.get("error") or error["msg"])
    wanted = _WANTED.get(re.sub(r"_(type|parsing|from_float)\Z", "", kind))
    if wanted:
        return _wrong_type(wanted, error["input"])
    return _BOUNDS.get(kind, _as_it_is)(error, ctx)


def _choice(value: Any, expected: str) -> str:
    choices = re.findall(r"'([^']*)'", expected) or re.findall(r"\w+", expected.replace(" or ", " "))
    if isinstance(value, dict | list) or value is None:
        return f"expected one of {', '.join(choices)}{given(value)}"
    close = nearest(value, choices)
    return f"`{value}` is not known here" + (
        close if "did you mean" in close else f"; there is {', '.join(choices)}"
    )


def _wrong_type(wanted: str, value: Any) -> str:
    text = f"expected {wanted}{given(value)}"
    if wanted == "a text" and isinstance(value, int | float):
        text += ": put it in quotes"
    elif (
        wanted in ("a number", "a whole number")
        and isinstance(value, str)
        and re.fullmatch(r"[-+0-9.]+", value)
    ):
        text += " as a text: leave the quotes out"
    return text


def _as_it_is(error: ErrorDetails, ctx: Mapping[str, Any]) -> str:
    return error["msg"][:1].lower() + error["msg"][1:]


def _few(error: ErrorDetails, ctx: Mapping[str, Any]) -> str:
    return (
        "at least one is needed here"
        if ctx["min_length"] == 1
        else f"at least {ctx['min_length']} are needed here"
    )


_BOUNDS: Mapping[str, Callable[[ErrorDetails, Mapping[str, Any]], str]] = {
    "greater_than": lambda e, ctx: f"{e['input']} is too small: it must be above {ctx['gt']}",
    "greater_than_equal": lambda e, ctx: f"{e['input']} is too small: at least {ctx['ge']}",
    "less_than": lambda e, ctx: f"{e['input']} is too large: it must be below {ctx['lt']}",
    "less_than_equal": lambda e, ctx: f"{e['input']} is too large: at most {ctx['le']}",
    "too_short": _few,
    "too_long": lambda e, ctx: f"too many: at most {ctx['max_length']}",
    "string_too_short": lambda e, ctx: "this text is empty" if ctx["min_length"] == 1 else _as_it_is(e, ctx),
    "string_too_long": lambda e, ctx: f"this text is too long: at most {ctx['max_length']} signs",
    "string_pattern_mismatch": lambda e, ctx: f"`{e['input']}` does not have the form {ctx['pattern']}",
}


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys that a mapping of this model may have."""
    return tuple(info.alias or name for name, info in model.model_fields.items())


def keys_at(model: type[BaseModel], path: Iterable[str | int]) -> tuple[str, ...]:
    """The keys of the mapping that `path` leads to inside `model`; empty where there is no such model."""
    at: Any = model
    for step in path:
        at = _step(at, step)
    found = _model(at)
    return keys_of(found) if found else ()


def _step(annotation: Any, step: str | int) -> Any:
    model = _model(annotation)
    if model is not None:
        fields = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
        return fields.get(str(step))
    for part in _parts(annotation):
        arguments = get_args(part)
        if get_origin(part) in (list, tuple) and isinstance(step, int) and arguments:
            return arguments[0]
        if arguments and get_origin(part) not in (list, tuple):
            return arguments[-1]
    return None


def _model(annotation: Any) -> type[BaseModel] | None:
    return next((p for p in _parts(annotation) if isinstance(p, type) and issubclass(p, BaseModel)), None)


def _parts(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _parts(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [part for one in get_args(annotation) for part in _parts(one)]
    return [annotation]
