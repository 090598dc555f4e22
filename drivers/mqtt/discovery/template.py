"""The value templates that gateways really announce, as paths and factors. Pure.

Home Assistant's templates are Jinja, a programming language; what devices announce is nearly always the name of a field,
sometimes with a factor. That is understood. Anything else is named and left to a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


class NotUnderstood(ValueError):
    """The text says what."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: `path` of paths.py, empty for the payload itself."""

    path: str = ""
    scale: float = 1.0
    offset: float = 0.0


_NAME = r"[A-Za-z_]\w*"
_FIELD = re.compile(
    rf"""\.(?P<name>{_NAME})|\[\s*(?:'(?P<one>[^'\]]+)'|"(?P<two>[^"\]]+)"|(?P<index>\d+))\s*\]"""
)
_GET = re.compile(r"""\.get\(\s*['"]([^'"]+)['"]\s*\)""")
_HARMLESS = re.compile(r"\|\s*(?:float|int|round|is_defined|string|trim)\b(?:\(\s*[\d.,\s]*\))?")
"""Filters that make a number of a text, or fewer digits: our own reading does the first and needs not the second."""
_SUM = re.compile(r"^(?P<term>.*?)\s*(?P<sign>[*/+-])\s*(?P<number>\d+(?:\.\d+)?)$", re.DOTALL)


def place(template: str | None) -> Place:
    """What a template reads. Raises NotUnderstood."""
    if template is None or not template.strip():
        return Place()
    inner = re.fullmatch(r"\s*\{\{-?(.*?)-?\}\}\s*", template, re.DOTALL)
    if inner is None or "{%" in template or "{{" in inner[1]:
        raise NotUnderstood(f"template {template}")
    return _term(inner[1].strip(), template)


def _term(text: str, template: str) -> Place:
    text = _bare(_HARMLESS.sub("", text).strip())
    if text == "value":
        return Place()
    if text.startswith("value_json"):
        path = _path(_GET.sub(lambda found: f"['{found[1]}']", text.removeprefix("value_json")))
        if path is not None:
            return Place(path)
    found = _SUM.match(text)
    if found is None:
        raise NotUnderstood(f"template {template}")
    inner, number = _term(found["term"].strip(), template), float(found["number"])
    return _calculated(inner, found["sign"], number, template)


def _calculated(inner: Place, sign: str, number: float, template: str) -> Place:
    if sign in "*/":
        if number == 0:
            raise NotUnderstood(f"template {template}")
        factor = number if sign == "*" else 1 / number
        return Place(inner.path, inner.scale * factor, inner.offset * factor)
    return Place(inner.path, inner.scale, inner.offset + (number if sign == "+" else -number))


def _bare(text: str) -> str:
    """Without the brackets that enclose all of it."""
    while text.startswith("(") and text.endswith(")") and _encloses(text):
        text = text[1:-1].strip()
    return text


def _encloses(text: str) -> bool:
    depth = 0
    for at, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return at == len(text) - 1
    return False


def _path(fields: str) -> str | None:
    """`.a['b c'][0]` as a path; None where it is something else."""
    steps: list[str] = []
    at = 0
    while at < len(fields):
        found = _FIELD.match(fields, at)
        if found is None:
            return None
        name = found["name"] or found["one"] or found["two"]
        if name is None:
            steps.append(f"[{found['index']}]")
        else:
            steps.append(
                ("." if steps else "") + (name if re.fullmatch(r"[^.\"\[\]]+", name) else f'"{name}"')
            )
        at = found.end()
    return "".join(steps) or None
