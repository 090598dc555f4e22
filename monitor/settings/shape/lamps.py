"""How many lamps must work, by the site's grade or by the hour."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from monitor.settings.fields import Shape, reject
from monitor.settings.shape.hours import HoursShape, hours
from monitor.settings.shape.site import share

GRADE_LAMPS = "grade.lamps"


def limit_or_grade(value: Any) -> float | str:
    """A share, or `grade.lamps` for the one that the site's service grade promises."""
    if isinstance(value, str):
        return value if value == GRADE_LAMPS else reject(f"expected 95, 0.95 or {GRADE_LAMPS}, not `{value}`")
    return share(value)


LampLimit = Annotated[
    float | str,
    BeforeValidator(limit_or_grade),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 100}, {"const": GRADE_LAMPS}]}
    ),
]


class LimitAtShape(Shape):
    """Another limit in some hours."""

    during: Annotated[HoursShape, BeforeValidator(hours)]
    limit: LampLimit
