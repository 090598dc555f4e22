"""What an unquoted YAML scalar means here, and which ones are refused because YAML 1.1 and people disagree on them."""

from __future__ import annotations

import math
import re

from monitor.settings.tree import Plain

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "false": False}
_LOOKS_BOOL = re.compile(r"(?:yes|no|on|off|true|false)\Z", re.IGNORECASE)
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,18})\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,16}\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?\Z")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+\Z|[-+]?0[obOB][0-9_]+\Z")
_UNDERSCORES = re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?\Z")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_NOT_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_LONG_INT = re.compile(r"[-+]?[0-9]{20,}\Z")


class Refused(ValueError):
    """An unquoted scalar that could be taken for something else; the text says what to write."""


def resolve(text: str) -> Plain:
    """The value of an unquoted scalar. Raises Refused for one that is read differently by other YAML programs."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.match(text):
        return int(text)
    if _HEX.match(text):
        return int(text, 16)
    if _FLOAT.match(text):
        return _finite(text)
    _refuse(text)
    return text


def resolve_key(text: str) -> Plain:
    """The value of an unquoted key: a number stays a number (`values: {0: stopped}`), anything else is text."""
    if text in _BOOL:
        return _BOOL[text]
    if _INT.match(text):
        return int(text)
    return int(text, 16) if _HEX.match(text) else text


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Refused(f"{text} is too large for a number")
    return number


def _refuse(text: str) -> None:
    if _LOOKS_BOOL.match(text):
        yes = text.lower() in ("yes", "on", "true")
        raise Refused(
            f'`{text}` can be read as a truth value: write {str(yes).lower()}, or "{text}" in quotes if it is a word'
        )
    if _SEXAGESIMAL.match(text):
        raise Refused(f'`{text}` is a number to base 60 for YAML: put it in quotes, "{text}"')
    if _LEADING_ZERO.match(text):
        raise Refused(
            f'`{text}` may be read as an octal or binary number: write it in decimal or 0x..., or quote it, "{text}"'
        )
    if _UNDERSCORES.match(text):
        raise Refused(f'`{text}` is a number for some programs: leave the `_` out, or quote it, "{text}"')
    if _NOT_FINITE.match(text):
        raise Refused(f"`{text}` is not a finite number")
    if _LONG_INT.match(text):
        raise Refused(f'`{text[:12]}...` has too many digits for a number: quote it if it is a name, "..."')
