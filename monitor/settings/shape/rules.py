"""alarms: one shape for each kind of rule."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema

from monitor.domain.rules import Priority
from monitor.settings.fields import Duration, Shape, Texts, given, reject
from monitor.settings.shape.site import Share, share

GRADE_LAMPS = "grade.lamps"


def limit_or_grade(value: Any) -> float | str:
    """A share, or `grade.lamps` for the one that the site's service grade promises."""
    if isinstance(value, str):
        return value if value == GRADE_LAMPS else reject(f"expected 95, 0.95 or {GRADE_LAMPS}, not `{value}`")
    return share(value)


class CardShape(Shape):
    """What the operator reads."""

    cause: Texts = Field(default_factory=dict)
    consequence: Texts = Field(default_factory=dict)
    action: Texts = Field(default_factory=dict)


class RuleShape(Shape):
    """What every kind of rule has."""

    default_on_delay: ClassVar[float] = 5.0
    default_priority: ClassVar[Priority] = Priority.MEDIUM
    default_latching: ClassVar[bool] = False

    rule: str
    repeat: dict[str, Any] = Field(default_factory=dict)
    on_delay: Duration | None = None
    off_delay: Duration = 10.0
    priority: Annotated[Priority, Field(strict=False)] | None = None
    latching: bool | None = None
    enabled: bool = True
    title: Texts | None = None
    card: CardShape | None = None


class LimitShape(RuleShape):
    """`high` and `low`."""

    point: str
    limit: float
    deadband: float | None = Field(default=None, ge=0)


def _state(value: Any) -> bool | int | float | str:
    if not isinstance(value, bool | int | float | str):
        reject(f"expected true, false, a number or the name of a state{given(value)}")
    return value


class StateShape(RuleShape):
    """`state`."""

    point: str
    wanted: Annotated[
        Any, BeforeValidator(_state), WithJsonSchema({"type": ["boolean", "number", "string"]})
    ] = Field(alias="is")


class LeakShape(RuleShape):
    """`leak`."""

    default_on_delay: ClassVar[float] = 0.0
    default_priority: ClassVar[Priority] = Priority.CRITICAL
    default_latching: ClassVar[bool] = True

    point: str
    reads: int | None = Field(default=None, ge=1, le=10)


def _globs(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Globs = Annotated[
    list[str],
    BeforeValidator(_globs),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class AvailabilityShape(RuleShape):
    """`availability`."""

    points: Globs
    when: str | None = None
    limit: Annotated[
        float | str,
        BeforeValidator(limit_or_grade),
        WithJsonSchema(
            {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 100}, {"const": GRADE_LAMPS}]}
        ),
    ]


class UnknownShape(RuleShape):
    """`unknown`."""

    points: Globs
    when: str | None = None
    limit: Share = 0.2


class CommShape(RuleShape):
    """`comm`."""

    default_on_delay: ClassVar[float] = 60.0
    default_priority: ClassVar[Priority] = Priority.HIGH


class StaleShape(RuleShape):
    """`stale`."""

    points: Globs = Field(default_factory=lambda: ["*"])


class FaultShape(RuleShape):
    """`fault`."""

    default_on_delay: ClassVar[float] = 30.0

    point: str


class UnreadableShape(RuleShape):
    """`unreadable`."""

    default_on_delay: ClassVar[float] = 30.0

    points: Globs


SHAPES: dict[str, type[RuleShape]] = {
    "high": LimitShape,
    "low": LimitShape,
    "state": StateShape,
    "leak": LeakShape,
    "availability": AvailabilityShape,
    "unknown": UnknownShape,
    "comm": CommShape,
    "stale": StaleShape,
    "fault": FaultShape,
    "unreadable": UnreadableShape,
}
