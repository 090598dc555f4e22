"""Bytes that anybody may have sent, as JSON or text, or the named reason why they are not used. Pure, never raises."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

MAX_DEPTH = 32


class Discard(StrEnum):
    """Why a message was not used."""

    UNKNOWN_TOPIC = "unknown topic"
    TOO_LONG = "payload too long"
    EMPTY = "empty payload"
    NOT_UTF8 = "payload is not UTF-8"
    NOT_JSON = "payload is not JSON"
    TOO_DEEP = "payload is nested too deep"


class Odd(Enum):
    """What stands in parsed JSON where no value may be made of what was sent."""

    MISSING = "missing"
    NOT_FINITE = "NaN or Infinity, which JSON (RFC 8259 section 6) does not know"
    AMBIGUOUS = "the same name twice in one object, which receivers read differently (RFC 8259 section 4)"


@dataclass(frozen=True, slots=True)
class Payload:
    """What was sent: its text, and its JSON or MISSING where it is none."""

    text: str
    json: Any

    def at(self, path: tuple[str, ...]) -> Any:
        """What stands at `path`; MISSING where there is nothing. A number is an index where a list stands."""
        here = self.json
        for part in path:
            if isinstance(here, dict):
                here = here.get(part, Odd.MISSING)
            elif isinstance(here, list) and part.isdecimal() and len(part) < 7 and int(part) < len(here):
                here = here[int(part)]
            else:
                return here if here is Odd.AMBIGUOUS else Odd.MISSING
        return here


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
