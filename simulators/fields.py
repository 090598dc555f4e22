"""Parameters that a plant file or a drill may set: each is parsed from plain text by its own rule.

The text of a YAML scalar is used as written, so that `12:30`, `010` or `no` never turn into something else.
Numbers are finite; durations are `500ms 1s 5m 6h 25h 90d` and become seconds.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


class FieldErrors(ValueError):
    """What is wrong, by field name; the empty name is about the whole set."""

    def __init__(self, by_field: Mapping[str, str]) -> None:
        self.by_field = dict(by_field)
        super().__init__("; ".join(f"{name}: {text}" if name else text for name, text in by_field.items()))


def number(low: float, high: float, default: float | None = None) -> Any:
    """A decimal number within low..high."""

    def parse(text: str) -> float:
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"'{text}' is not a number")
        return _within(float(text), low, high)

    return _declare(parse, default)


def integer(low: int, high: int, default: int | None = None) -> Any:
    """A whole number within low..high."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"-?(0|[1-9]\d*)", text):
            raise ValueError(f"'{text}' is not a whole number")
        return int(_within(int(text), low, high))

    return _declare(parse, default)


def duration(default: float | None = None, *, low: float = 0.0) -> Any:
    """A time span such as `30s`; its value is in seconds."""

    def parse(text: str) -> float:
        found = _DURATION.fullmatch(text)
        if not found:
            raise ValueError(f"'{text}' is not a duration such as 500ms, 30s, 5m or 2h")
        return _within(float(found[1]) * _SECONDS[found[2]], low, math.inf)

    return _declare(parse, default)


def text(pattern: str = r".+", default: str | None = None, *, like: str = "text") -> Any:
    """Text that matches a pattern; `like` shows the person what was expected."""

    def parse(raw: str) -> str:
        if not re.fullmatch(pattern, raw):
            raise ValueError(f"'{raw}' is not {like}")
        return raw

    return _declare(parse, default)


def choice(*choices: str, default: str | None = None) -> Any:
    """One of the named words."""

    def parse(raw: str) -> str:
        if raw not in choices:
            raise ValueError(f"'{raw}' is not one of {', '.join(choices)}")
        return raw

    return _declare(parse, default)


def hours(default: str | None = None) -> Any:
    """`always`, or a span of local time such as `18:00-06:30` (it may pass midnight)."""

    def parse(raw: str) -> str:
        if raw != "always" and not _SPAN.fullmatch(raw):
            raise ValueError(f"'{raw}' is neither always nor a span such as 18:00-06:30")
        return raw

    return _declare(parse, default)


def in_hours(span: str, hour: float) -> bool:
    """Whether the local hour (0-24) lies in the half-open span."""
    found = _SPAN.fullmatch(span)
    if not found:
        return True
    start = int(found[1]) + int(found[2]) / 60
    end = int(found[3]) + int(found[4]) / 60
    return start <= hour < end if start <= end else hour >= start or hour < end


def build(kind: type[T], texts: Mapping[str, str], beside: Sequence[str] = ()) -> T:
    """Make a dataclass of declared fields from texts, or raise FieldErrors with everything that is wrong.

    `beside` names fields that may stand beside these, for the message about an unknown one.
    """
    known = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    errors: dict[str, str] = {}
    values: dict[str, Any] = {}
    for name, raw in texts.items():
        if name not in known:
            allowed = ", ".join((*beside, *known)) or "none"
            errors[name] = f"unknown field '{name}' (known: {allowed})"
            continue
        try:
            values[name] = known[name].metadata["parse"](raw)
        except ValueError as error:
            errors[name] = str(error)
    for name, declared in known.items():
        if declared.default is dataclasses.MISSING and name not in texts:
            errors[""] = f"field '{name}' is missing" if "" not in errors else f"{errors['']}, '{name}' too"
    if errors:
        raise FieldErrors(errors)
    return kind(**values)


def _within(value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise ValueError(f"{value:g} is outside {low:g}..{high:g}")
    return value


def _declare(parse: Callable[[str], object], default: object) -> Any:
    if default is None:
        return dataclasses.field(metadata={"parse": parse})
    return dataclasses.field(default=default, metadata={"parse": parse})
