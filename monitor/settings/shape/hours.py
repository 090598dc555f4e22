"""Hours of the week in which a rule counts, or is more urgent."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from monitor.domain.rules import Priority
from monitor.domain.weekly import DAYS
from monitor.settings.fields import Shape, SpanOfDay, reject, span_of_day

LIGHT = ("day", "night")
KINDS_OF_DAY = ("workdays", "restdays")


def _days(value: Any) -> str | list[int]:
    """`workdays`, `restdays`, or a list of MON to SUN as numbers from 0."""
    if value in KINDS_OF_DAY:
        return str(value)
    names = value if isinstance(value, list) else [value]
    if not names:
        reject("these hours never come: no day is named")
    for i, name in enumerate(names):
        if name not in DAYS:
            path = (i,) if isinstance(value, list) else ()
            reject(
                f"`{name}` is no day; there is {', '.join(DAYS)}, or {' or '.join(KINDS_OF_DAY)} alone", *path
            )
    return [DAYS.index(name) for name in names]


def _spans(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class HoursShape(Shape):
    """`hours` of the day, on some `days`, while the sun is up or down."""

    hours: Annotated[list[SpanOfDay], BeforeValidator(_spans), Field(min_length=1)] | None = None
    days: (
        Annotated[
            str | list[int],
            BeforeValidator(_days),
            WithJsonSchema(
                {"anyOf": [{"enum": list(KINDS_OF_DAY)}, {"type": "array", "items": {"enum": list(DAYS)}}]}
            ),
        ]
        | None
    ) = None
    light: Literal["day", "night"] | None = None


def hours(value: Any) -> Any:
    """`"22:00-06:00"`, several of them, `day`, `night`, or a mapping."""
    if isinstance(value, str) and value in LIGHT:
        return {"light": value}
    if isinstance(value, str):
        span_of_day(value)
        return {"hours": value}
    if isinstance(value, list):
        return {"hours": value}
    if isinstance(value, dict) and not value:
        reject("these hours are empty: name hours, days or light")
    return value


HoursField = Annotated[
    Annotated[HoursShape, BeforeValidator(hours)] | None,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "examples": ["22:00-06:00", "day", "night"]},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
                {"$ref": "#/$defs/HoursShape"},
            ]
        }
    ),
]


class PriorityAtShape(Shape):
    """Another priority in some hours."""

    during: Annotated[HoursShape, BeforeValidator(hours)]
    priority: Annotated[Priority, Field(strict=False)]
