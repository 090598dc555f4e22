"""Bytes that anybody may have sent, as JSON or text, or the named reason why they are not used. Pure, never raises."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from drivers.mqtt.paths import Path, Where

Scalar = bool | int | float | str
MAX_DEPTH = 32


class Discard(StrEnum):
    """Why a message was not used."""

    UNKNOWN_TOPIC = "unknown topic"
    TOO_LONG = "payload too long"
    EMPTY = "empty payload"
    NOT_UTF8 = "payload is not UTF-8"
    NOT_JSON = "payload is not JSON"
    TOO_MANY = "too many samples in one message"
    TOO_DEEP = "payload is nested too deep"


class Odd(Enum):
    """What stands in parsed JSON where no value may be made of what was sent."""

    MISSING = "missing"
    NOT_FINITE = "NaN or Infinity, which JSON (RFC 8259 section 6) does not know"
    AMBIGUOUS = (
        "the same name twice in one object (RFC 8259 section 4), or several objects where one was looked for"
    )


@dataclass(frozen=True, slots=True)
class Payload:
    """What was sent: its text, and its JSON or MISSING where it is none."""

    text: str
    json: Any

    def at(self, path: Path) -> Any:
        """What stands at `path`; MISSING where there is nothing. A number is an index where a list stands."""
        return _at(self.json, path)


def _at(here: Any, path: Path) -> Any:
    for step in path:
        if isinstance(step, Where):
            here = _only(here, step)
        elif isinstance(here, dict):
            here = here.get(step, Odd.MISSING)
        elif isinstance(here, list) and step.isdecimal() and len(step) < 7 and int(step) < len(here):
            here = here[int(step)]
        else:
            return here if here is Odd.AMBIGUOUS else Odd.MISSING
    return here


def _only(here: Any, wanted: Where) -> Any:
    """The object that is looked for. Two of them are not chosen between."""
    if not isinstance(here, list):
        return here if here is Odd.AMBIGUOUS else Odd.MISSING
    found = [one for one in here if _says(_at(one, wanted.path), wanted.value)]
    return found[0] if len(found) == 1 else Odd.AMBIGUOUS if found else Odd.MISSING


def _says(raw: Any, word: str) -> bool:
    return isinstance(raw, (bool, int, float, str)) and canonical(raw) == word


def canonical(value: Scalar) -> str:
    """The text by which a scalar is compared with configured words: `true`, `1`, `2.5`, `online`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def parse(raw: bytes, limit: int) -> Payload | Discard:
    """The payload of a message of at most `limit` bytes."""
    if len(raw) > limit:
        return Discard.TOO_LONG
    if not raw.strip():
        return Discard.EMPTY
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Discard.NOT_UTF8
    if _deeper_than(MAX_DEPTH, text):
        return Discard.TOO_DEEP
    try:
        return Payload(text, _DECODER.decode(text))
    except ValueError:  # no JSON; also an integer of more digits than Python converts
        return Payload(text, Odd.MISSING)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                result[name] = Odd.AMBIGUOUS
            seen.add(name)
    return result


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=lambda _: Odd.NOT_FINITE)

# An unterminated string runs to the end: every match succeeds, so that hostile text costs linear time.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(r"[\[{]|[\]}]")


def _deeper_than(limit: int, text: str) -> bool:
    """Whether brackets nest deeper than `limit`, counted before parsing: a parser's stack is not for strangers."""
    if text.count("[") + text.count("{") <= limit:
        return False
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > limit:
            return True
    return False
