"""What a device wrote, as a value of a point. Pure; what is no value of it raises Undecodable or Unavailable."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Set
from functools import partial
from typing import Any

from drivers.mqtt.payload import canonical
from drivers.mqtt.point import ValueSettings
from monitor.domain.point import Value

MAX_TEXT = 1024
"""Characters of a text value; a longer one is a decode error."""
UNAVAILABLE = frozenset({"unavailable", "unknown"})
"""Words by which a device or gateway says that it has no value (Home Assistant's); unless `values` gives them a meaning."""

_NUMBER = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_HEX = re.compile(r"0[xX][0-9a-fA-F]{1,14}", re.ASCII)
_WORDS = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}

Decode = Callable[[Any], Value]


class Undecodable(Exception):
    """What was sent for this point is not a value of it."""


class Unavailable(Exception):
    """The device says that it has no value: a configured sentinel, or a word for it."""


def decoder(settings: ValueSettings) -> Decode:
    """How this point's raw values are read."""
    decode = _plain_decoder(settings)
    nothing = frozenset() if settings.form == "text" else UNAVAILABLE - settings.values.keys()
    if settings.invalid:
        return _sparing(decode, {*settings.invalid, *nothing}, settings.form == "number")
    if not nothing:
        return decode

    def careful(raw: Any) -> Value:
        if raw.__class__ is str and raw in nothing:
            raise Unavailable
        return decode(raw)

    return careful


def _sparing(decode: Decode, words: Set[str], numeric: bool) -> Decode:
    """What is configured as invalid may be a number as well as a word."""
    numbers = {number(word) for word in words if numeric and _NUMBER.fullmatch(word)}

    def sparing(raw: Any) -> Value:
        if isinstance(raw, (bool, int, float, str)) and not huge(raw) and canonical(raw) in words:
            raise Unavailable
        if numbers and number(raw) in numbers:  # as it was written: 999.00 is 999
            raise Unavailable
        return decode(raw)

    return sparing


def availability(up: str, down: str) -> Decode:
    """How the two words for being there and being gone are read."""
    return partial(_named, {up: True, down: False})


def _plain_decoder(settings: ValueSettings) -> Decode:
    if settings.values:
        return partial(_named, settings.values)
    if settings.bit is not None:
        return partial(_bit, settings.bit)
    if settings.form == "number" and settings.suffix is not None:
        return partial(_before, settings.suffix.strip(), settings.scale, settings.offset)
    if settings.form == "number":
        return partial(number, scale=settings.scale, offset=settings.offset)
    return boolean if settings.form == "bool" else _text


def _named(words: Mapping[str, Value], raw: Any) -> Value:
    if not isinstance(raw, (bool, int, float, str)) or huge(raw) or canonical(raw) not in words:
        raise Undecodable
    return words[canonical(raw)]


def boolean(raw: Any) -> bool:
    """`true`, `1`, `"ON"` and their contraries."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, (int, float)) and raw in (0, 1):
        return bool(raw)
    if isinstance(raw, str) and raw.strip().lower() in _WORDS:
        return _WORDS[raw.strip().lower()]
    raise Undecodable


def number(raw: Any, scale: float = 1.0, offset: float = 0.0) -> float | int:
    """A finite number, also one written as a text."""
    if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
        raw = float(raw) if any(sign in raw for sign in ".eE") else int(raw)
    if isinstance(raw, bool) or not isinstance(raw, (int, float)) or huge(raw):
        raise Undecodable
    value = raw if (scale, offset) == (1.0, 0.0) else raw * scale + offset
    if not math.isfinite(value):
        raise Undecodable
    return value


def _before(suffix: str, scale: float, offset: float, raw: Any) -> float | int:
    """A number with what stands behind it, or without; anything else behind it is another unit, and no value."""
    if isinstance(raw, str):
        raw = raw.strip().removesuffix(suffix).rstrip()
    return number(raw, scale, offset)


def _bit(place: int, raw: Any) -> bool:
    """One bit of a whole number, also one written as a text or as `0x1F`; of a negative one in two's complement."""
    word = int(raw, 16) if isinstance(raw, str) and _HEX.fullmatch(raw.strip()) else number(raw)
    if word != int(word) or huge(int(word)):
        raise Undecodable
    return bool(int(word) >> place & 1)


def huge(raw: Any) -> bool:
    """An integer that no double holds exactly is not stored, and a double that is none is no number."""
    return (isinstance(raw, int) and abs(raw) > 2**53) or (isinstance(raw, float) and not math.isfinite(raw))


def _text(raw: Any) -> Value:
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and not huge(raw):
        return str(raw)
    if not isinstance(raw, str) or len(raw) > MAX_TEXT or "\0" in raw or _half_a_sign(raw):
        raise Undecodable
    return raw


def _half_a_sign(text: str) -> bool:
    """JSON can spell one half of a surrogate pair, which no database or browser takes."""
    return any("\ud800" <= sign <= "\udfff" for sign in text)
