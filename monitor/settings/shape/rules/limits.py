"""Values as they are: limits, states, and points that should agree."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from monitor.domain.rules import Priority
from monitor.settings.fields import Shape, given, reject
from monitor.settings.shape.rules.base import Globs, KindShape, RuleShape


class LevelShape(Shape):
    """A further limit, beyond which the alarm is more urgent."""

    limit: float
    priority: Annotated[Priority, Field(strict=False)]


class LimitShape(RuleShape):
    """`high` and `low`."""

    point: str
    limit: float
    deadband: float | None = Field(default=None, ge=0)
    levels: list[LevelShape] = Field(default_factory=list)


def _states(value: Any) -> list[bool | int | float | str]:
    given_states = value if isinstance(value, list) else [value]
    if not given_states:
        reject("at least one is needed here")
    for i, one in enumerate(given_states):
        if not isinstance(one, bool | int | float | str):
            path = (i,) if isinstance(value, list) else ()
            reject(f"expected true, false, a number or the name of a state{given(one)}", *path)
    return given_states


_SCALAR = {"type": ["boolean", "number", "string"]}


States = Annotated[
    list[Any],
    BeforeValidator(_states),
    WithJsonSchema({"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR, "minItems": 1}]}),
]


class StateShape(RuleShape):
    """`state`: at one of `is`, or at none of `not`."""

    point: str
    wanted: States | None = Field(default=None, alias="is")
    unwanted: States | None = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.wanted is None and self.unwanted is None:
            raise ValueError("`is` is missing")
        if self.wanted is not None and self.unwanted is not None:
            raise ValueError("not: there is `is` already; one of the two")
        return self


def _limit_or_per_cent(value: Any) -> tuple[float, bool]:
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            return float(value.strip().removesuffix("%")), True
        except ValueError:
            pass
    if isinstance(value, bool) or not isinstance(value, int | float):
        reject(f"expected a number, or per cent such as 10%{given(value)}")
    return float(value), False


class DeviationShape(KindShape):
    """`deviation`."""

    points: Globs
    limit: Annotated[
        tuple[float, bool],
        BeforeValidator(_limit_or_per_cent),
        WithJsonSchema(
            {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?%$"}]}
        ),
    ]
    deadband: float = Field(default=0.0, ge=0)
    least: float = Field(default=0.0, ge=0)
