"""Two values of one setting, side by side in words: `limit 1.8 -> 2`. Secrets and people's data are never shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel, SecretStr

from monitor.settings.site import Secret

LONGEST = 60
"""Characters of a value that are worth showing; a longer one is only said to have changed."""
_SECONDS = frozenset(
    {"on_delay", "off_delay", "retention", "timeout", "pause", "interval", "stale_after", "after", "grace"}
    | {"urgent_on_site", "lamp_repair", "fault_repair", "pause_after_connect", "every", "within", "keepalive"}
)
_PRIVATE = frozenset({"phone", "address", "token"})


def moved(before: Any, after: Any, *, skip: Iterable[str] = ()) -> Iterator[str]:
    """What is different between two values of one type, a text for each field; nothing when they are equal."""
    if before is None or after is None:
        if before is not after:
            yield "added" if before is None else "removed"
        return
    if type(before) is not type(after):
        yield f"{_kind(before)} -> {_kind(after)}"
        return
    names = _names(before)
    for name in names:
        if name not in skip and (was := getattr(before, name)) != (now := getattr(after, name)):
            yield say(name, was, now)
    if not names and before != after:
        yield "changed"


def say(name: str, before: Any, after: Any) -> str:
    """One setting that changed: `limit 1.8 -> 2`, `on_delay 5 s -> 1 min`, or `password changed`."""
    shown = None if name in _PRIVATE else _pair(name, before, after)
    return f"{name} {shown[0]} -> {shown[1]}" if shown else f"{name} changed"


def _pair(name: str, before: Any, after: Any) -> tuple[str, str] | None:
    was, now = _shown(name, before), _shown(name, after)
    return (was, now) if was is not None and now is not None and was != now else None


def _shown(name: str, value: Any) -> str | None:
    """A short value as a person writes it; None when it is secret, structured or long."""
    match value:
        case None:
            return "none"
        case SecretStr() | Secret() | BaseModel() | Mapping():
            return None
        case bool():
            return str(value).lower()
        case Enum():
            text = str(value.value)
        case int() | float():
            text = _duration(value) if name in _SECONDS else f"{value:.10g}"
        case str():
            text = value or "none"
        case tuple() | list() | frozenset():
            parts = [
                _shown(name, part) for part in (sorted(value) if isinstance(value, frozenset) else value)
            ]
            known = [part for part in parts if part is not None]
            if len(known) < len(parts):
                return None
            text = f"[{', '.join(known)}]"
        case _:
            if is_dataclass(value) and type(value).__str__ is object.__str__:
                return None
            text = str(value)
    return text if len(text) <= LONGEST else None


def _duration(seconds: float) -> str:
    """`30 s`, `5 min`, `2 h`, `90 d`: the largest unit that leaves no fraction."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, BaseModel):
        return tuple(type(value).model_fields)
    return tuple(one.name for one in fields(value)) if is_dataclass(value) else ()


def _kind(value: Any) -> str:
    return type(value).__name__.removesuffix("Settings").lower()
