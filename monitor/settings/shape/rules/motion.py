"""How values move: too fast, not at all, too often."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from monitor.settings.fields import Duration
from monitor.settings.shape.rules.base import Conditions, KindShape, RuleShape


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
