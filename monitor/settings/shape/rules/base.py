"""What every kind of rule has, and the fields that several kinds share."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema

from monitor.domain.rules import AlarmKind, Priority
from monitor.settings.fields import Duration, Shape, Texts, given, reject
from monitor.settings.shape.card import CardShape
from monitor.settings.shape.hours import HoursField, PriorityAtShape


class RuleShape(Shape):
    """What every kind of rule has."""

    default_on_delay: ClassVar[float] = 5.0
    default_priority: ClassVar[Priority] = Priority.MEDIUM
    default_latching: ClassVar[bool] = False
    default_during: ClassVar[str | None] = None

    rule: str
    repeat: dict[str, Any] = Field(default_factory=dict)
    on_delay: Duration | None = None
    off_delay: Duration = 10.0
    priority: Annotated[Priority, Field(strict=False)] | None = None
    priority_at: list[PriorityAtShape] = Field(default_factory=list)
    during: HoursField = None
    re_alarm: Duration | None = None
    latching: bool | None = None
    enabled: bool = True
    title: Texts | None = None
    card: CardShape | None = None


class KindShape(RuleShape):
    """Rules that may be about different things: what their alarm counts as."""

    kind: Annotated[AlarmKind, Field(strict=False)] | None = None


def _globs(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Globs = Annotated[
    list[str],
    BeforeValidator(_globs),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


def _conditions(value: Any) -> list[dict[str, Any]]:
    """One condition or a list of them; each is looked at by itself later."""
    given_ones = value if isinstance(value, list) else [value]
    if not given_ones:
        reject("at least one is needed here")
    for i, one in enumerate(given_ones):
        if not isinstance(one, dict):
            path = (i,) if isinstance(value, list) else ()
            reject(f"expected a condition such as {{point: pump_run, is: true}}{given(one)}", *path)
    return [{str(key): what for key, what in one.items()} for one in given_ones]


_CONDITION = {"type": "object", "minProperties": 1}


Conditions = Annotated[
    list[dict[str, Any]],
    BeforeValidator(_conditions),
    WithJsonSchema({"anyOf": [_CONDITION, {"type": "array", "items": _CONDITION, "minItems": 1}]}),
]
"""Inline conditions: a rule's fields without those of its alarm; `rule: state` may be left out."""
