"""alarms: one shape for each kind of rule."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from monitor.domain.rules import AlarmKind, Priority
from monitor.settings.fields import Duration, Shape, Texts, given, reject
from monitor.settings.shape.card import CardShape
from monitor.settings.shape.hours import HoursField, PriorityAtShape
from monitor.settings.shape.lamps import LampLimit, LimitAtShape
from monitor.settings.shape.site import Share


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


class LeakShape(RuleShape):
    """`leak`."""

    default_on_delay: ClassVar[float] = 0.0
    default_priority: ClassVar[Priority] = Priority.CRITICAL
    default_latching: ClassVar[bool] = True

    point: str
    reads: int | None = Field(default=None, ge=1, le=10)
    position: str | None = None


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
    limit: LampLimit
    limit_at: list[LimitAtShape] = Field(default_factory=list)


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


class KindShape(RuleShape):
    """Rules that may be about different things: what their alarm counts as."""

    kind: Annotated[AlarmKind, Field(strict=False)] | None = None


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


class RateShape(KindShape):
    """`rate`."""

    point: str
    rises: float | None = None
    falls: float | None = None
    moves: float | None = Field(default=None, gt=0)
    per: Literal["second", "minute", "hour"] = "minute"
    window: Duration = 600.0
    deadband: float = Field(default=0.0, ge=0)
    when: Conditions | None = None

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        given_ones = [name for name in ("rises", "falls", "moves") if getattr(self, name) is not None]
        if not given_ones:
            raise ValueError("`rises`, `falls` or `moves` is missing: how fast, in the point's unit")
        if len(given_ones) > 1:
            raise ValueError(f"{given_ones[1]}: there is `{given_ones[0]}` already; one of them")
        return self


class StuckShape(RuleShape):
    """`stuck`."""

    default_on_delay: ClassVar[float] = 0.0

    point: str
    longer: Duration
    within: float = Field(default=0.0, ge=0)
    when: Conditions | None = None


class StartsShape(RuleShape):
    """`starts`."""

    default_on_delay: ClassVar[float] = 0.0

    point: str
    limit: float = Field(ge=1)
    window: Duration = 3600.0
    deadband: float = Field(default=0.0, ge=0)


class NightFlowShape(RuleShape):
    """`night_flow`."""

    default_on_delay: ClassVar[float] = 0.0
    default_latching: ClassVar[bool] = True
    default_during: ClassVar[str | None] = "01:00-05:00"

    point: str
    limit: float | None = Field(default=None, ge=0)
    deadband: float = Field(default=0.0, ge=0)
    window: Duration = 7200.0
    pause: Duration = 900.0


class NoFallShape(RuleShape):
    """`no_fall`."""

    default_on_delay: ClassVar[float] = 0.0
    default_priority: ClassVar[Priority] = Priority.HIGH

    point: str
    when: Conditions
    fall: float = Field(gt=0)
    window: Duration


class UnprovenShape(RuleShape):
    """`unproven`."""

    default_on_delay: ClassVar[float] = 0.0
    default_priority: ClassVar[Priority] = Priority.LOW

    point: str
    longer: Duration = 180 * 86400.0


class UptimeShape(RuleShape):
    """`uptime`."""

    default_on_delay: ClassVar[float] = 0.0

    down: Conditions
    limit: Share


class CombinedShape(KindShape):
    """`combined`: all, any, or so many of several conditions."""

    all: Conditions | None = None
    any: Conditions | None = None
    at_least: int | None = Field(default=None, ge=1)
    of: Conditions | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [name for name in ("all", "any", "of") if getattr(self, name) is not None]
        if not ways:
            raise ValueError("`all`, `any`, or `at_least` with `of` is missing: which conditions?")
        if len(ways) > 1:
            raise ValueError(f"{ways[1]}: there is `{ways[0]}` already; one of them")
        if (self.at_least is None) is (self.of is not None):
            raise ValueError("`at_least` and `of` belong together: at_least: 2, of: [...]")
        if self.of is not None and self.at_least is not None and self.at_least > len(self.of):
            raise ValueError(f"at_least: {self.at_least} of {len(self.of)} conditions can never hold")
        if self.title is None:
            raise ValueError("`title` is missing: what is an alarm of several conditions called?")
        return self


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
    "deviation": DeviationShape,
    "rate": RateShape,
    "stuck": StuckShape,
    "starts": StartsShape,
    "night_flow": NightFlowShape,
    "no_fall": NoFallShape,
    "unproven": UnprovenShape,
    "uptime": UptimeShape,
    "combined": CombinedShape,
}
INLINE = ("high", "low", "state", "deviation", "rate", "stuck", "starts", "comm", "fault")
"""Kinds that may be one of several conditions."""
