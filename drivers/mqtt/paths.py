"""Where a value stands in JSON: a small closed language. Pure.

params.switch:0.output           names joined by dots; where a list stands, a number is an index
"Pump 1.2".t                     a name in double quotes may hold dots and brackets
readings[0].value                an index may stand in brackets
sensors[name=temp].value         the one object of a list whose field has this value
params[identity.name="a]b"]      that field may lie deeper, its value may be quoted
{key}.values.leak                {name} stands for a field of the equipment, as it is, dots included
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

_STEP = re.compile(
    r"""\.?"(?P<quoted>[^"]+)"
    | \.?(?P<name>[^."\[\]]+)
    | \[(?P<index>\d{1,6})\]
    | \[(?P<field>[^"\[\]=]+)=(?:"(?P<wanted>[^"]*)"|(?P<word>[^"\[\]]+))\]""",
    re.VERBOSE,
)
_WANTED = "a path is names and list indices joined by dots, such as sensors.0.wet or sensors[name=pump].wet"


class PathError(ValueError):
    """A path that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Where:
    """The one object of a list in which `value` stands at `path`."""

    path: tuple[str, ...]
    value: str


Path = tuple[str | Where, ...]


def parse(text: str) -> Path:
    """The steps of a path. Raises PathError."""
    return tuple(_step(found) for found in _tokens(text))


def _tokens(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        named = found is not None and (found["name"] or found["quoted"])
        if found is None or (named and found[0].startswith(".") != (at > 0)):
            break
        yield found
        at = found.end()
    if at < len(text) or not text:
        raise PathError(_WANTED)


def _step(found: re.Match[str]) -> str | Where:
    if found["field"]:
        if not all(found["field"].split(".")):
            raise PathError(_WANTED)
        return Where(tuple(found["field"].split(".")), found["wanted"] or found["word"] or "")
    return found["quoted"] or found["name"] or found["index"]


def filled(path: Path, fields: Mapping[str, str]) -> Path:
    """The path with every `{name}` replaced. Raises PathError for a name that the equipment does not have."""

    def fill(text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: _field(found[1], fields), text)

    return tuple(_mapped(step, fill) for step in path)


def _mapped(step: str | Where, fill: Callable[[str], str]) -> str | Where:
    if isinstance(step, str):
        return fill(step)
    return Where(tuple(map(fill, step.path)), fill(step.value))


def _field(name: str, fields: Mapping[str, str]) -> str:
    if name not in fields:
        raise PathError(f"the equipment has no {name} (key, topic or vars)")
    return fields[name]


def advanced(text: str, by: int) -> str:
    """The path with its last list index counted on. Raises PathError where it has none."""
    for found in reversed(list(_tokens(text))):
        number = found["index"] or found["name"] or ""
        if number.isdecimal():
            start = found.start("index" if found["index"] else "name")
            return f"{text[:start]}{int(number) + by}{text[start + len(number) :]}"
    raise PathError(f"path {text} has no list index that could be counted on")
