"""Kinds of fields that many keys share: durations, times of day, texts, ids. Notifiers may use them in their models.

A function here takes what YAML gave and returns the checked value, or raises a `ValueError` in plain words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError

from monitor.domain.duration import parse_duration
from monitor.settings.problems import nearest

LANGUAGES = ("zh-Hant", "zh-Hans", "en")
DAY_MINUTES = 24 * 60

DURATION = r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)"
_TIME = r"([0-9]{2}):([0-9]{2})"


class Shape(BaseModel):
    """The shape of one mapping: unknown keys are errors, nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


def reject(message: str, *path: str | int, key: bool = False) -> NoReturn:
    """Refuse a value; `path` leads from it to the part that is wrong, to that part's key when `key`."""
    raise PydanticCustomError("refused", "{message}", {"message": message, "path": path, "key": key})


def duration(value: Any) -> float:
    """Seconds of `500ms`, `1s`, `5m`, `6h`, `25h`, `90d`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        reject(f"{value} has no unit: write a duration such as 500ms, {value}s, 5m, 6h or 90d")
    if isinstance(value, str) and value.startswith("-"):
        reject(f"a duration cannot be negative: `{value}`")
    try:
        return parse_duration(value if isinstance(value, str) else "")
    except ValueError:
        reject(f"expected a duration such as 500ms, 1s, 5m, 6h or 90d{_given(value)}")


def time_of_day(text: str, *, end: bool = False) -> int:
    """Minutes after midnight of `07:30`; `24:00` is an end only."""
    match = re.fullmatch(_TIME, text)
    if match is None:
        reject(f'expected a time of day such as "07:30", not `{text}`')
    minutes = int(match[1]) * 60 + int(match[2])
    if int(match[2]) > 59 or minutes > (DAY_MINUTES if end else DAY_MINUTES - 1):
        reject(f"there is no time of day `{text}`")
    return minutes


def span_of_day(value: Any) -> tuple[int, int]:
    """Start and end in minutes after midnight of `"07:30-08:30"`; an end at or before the start is on the next day."""
    if not isinstance(value, str) or value.count("-") != 1:
        reject(f'expected two times of day in quotes, such as "07:30-08:30"{_given(value)}')
    first, last = value.split("-")
    start, end = time_of_day(first.strip()), time_of_day(last.strip(), end=True)
    if start == end:
        reject(f"`{value}` begins and ends at the same time; the whole day is 00:00-24:00")
    return start, end


def text(value: Any) -> Mapping[str, str]:
    """A text given once for all, or by language."""
    if isinstance(value, str):
        return {"": _words(value)}
    if not isinstance(value, dict):
        reject(
            f"expected a text, or one for each language: {{en: ..., zh-Hant: ..., zh-Hans: ...}}{_given(value)}"
        )
    if not value:
        reject("a text without any language")
    value = _rejoined(value)
    for language, words in value.items():
        if language not in LANGUAGES:
            reject(f"unknown language `{language}`{nearest(language, LANGUAGES)}", language, key=True)
        if not isinstance(words, str):
            reject(f"expected a text{_given(words)}", language)
        if not words.strip():
            reject("this text is empty", language)
    return dict(value)


def _rejoined(value: dict[str, Any]) -> dict[str, Any]:
    """In `{en: Go there, close the valve}` YAML takes the comma for the end of the text and the rest for a key without a
    value. There is only one thing that it can mean."""
    whole: dict[str, Any] = {}
    last = ""
    for key, words in value.items():
        if words is None and key not in LANGUAGES and isinstance(whole.get(last), str):
            whole[last] = f"{whole[last]}, {key}"
        else:
            whole[key], last = words, key
    return whole


def _words(value: str) -> str:
    if not value.strip():
        reject("this text is empty")
    return value


def _name(value: str) -> str:
    if any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in value):
        reject("a name stands on one line, without control characters")
    return _words(value)


def _matching(pattern: str, what: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            reject(f"`{value}` cannot be an id: {what}")
        return value

    return AfterValidator(check)


def day(value: Any) -> date:
    """A date written `2026-01-31`."""
    try:
        return date.fromisoformat(value) if len(value) == 10 else reject(f"expected a date{_given(value)}")
    except (TypeError, ValueError):
        reject(f"expected a date such as 2026-01-31{_given(value)}")


def bounds(value: Any) -> tuple[float, float]:
    """Two numbers, the lower one first."""
    numbers = value if isinstance(value, list) else []
    if len(numbers) != 2 or any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
        reject(f"expected the lowest and the highest plausible value, such as [0, 100]{_given(value)}")
    if numbers[0] >= numbers[1]:
        reject(f"the first number must be below the second: [{numbers[0]}, {numbers[1]}]")
    return float(numbers[0]), float(numbers[1])


def counts(value: Any) -> float:
    """How far a counter counts: `1000000`, or a power such as `2^32` or `10^6`."""
    if isinstance(value, str) and (power := re.fullmatch(r"(2|10)\^([0-9]{1,2})", value)):
        return float(int(power[1]) ** int(power[2]))
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        reject(f"expected a number of counts such as 2^32 or 1000000{_given(value)}")
    return float(value)


def _given(value: Any) -> str:
    """What stands there instead, for the end of a message."""
    if value is None:
        return ", but nothing stands here"
    if isinstance(value, dict | list):
        return f", not a {'mapping' if isinstance(value, dict) else 'list'}"
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f", not `{shown[:60]}`"


given = _given

Duration = Annotated[
    float,
    BeforeValidator(duration),
    WithJsonSchema({"type": "string", "pattern": f"^{DURATION}$", "examples": ["500ms", "1s", "5m", "90d"]}),
]
SpanOfDay = Annotated[
    tuple[int, int],
    BeforeValidator(span_of_day),
    WithJsonSchema({"type": "string", "pattern": f"^{_TIME}-{_TIME}$", "examples": ["07:30-08:30"]}),
]
Texts = Annotated[
    Mapping[str, str],
    BeforeValidator(text),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {language: {"type": "string"} for language in LANGUAGES},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        }
    ),
]
Bounds = Annotated[
    tuple[float, float],
    BeforeValidator(bounds),
    WithJsonSchema({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}),
]
Counts = Annotated[
    float,
    BeforeValidator(counts),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"type": "string", "pattern": r"^(2|10)\^[0-9]{1,2}$", "examples": ["2^32"]},
            ]
        }
    ),
]
Day = Annotated[date, BeforeValidator(day), WithJsonSchema({"type": "string", "format": "date"})]
Name = Annotated[str, AfterValidator(_name)]
Id = Annotated[
    str,
    _matching(r"[a-z0-9-]+", "small letters, digits and - only"),
    WithJsonSchema({"type": "string", "pattern": "^[a-z0-9-]+$"}),
]
Key = Annotated[
    str,
    _matching(r"[a-z0-9_]+", "small letters, digits and _ only"),
    WithJsonSchema({"type": "string", "pattern": "^[a-z0-9_]+$"}),
]
