"""causes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from monitor.domain.causes import CONSEQUENCES, NEVER, SETTLE, WITHIN
from monitor.domain.rules import AlarmKind
from monitor.settings.fields import Duration, Shape, reject

LONGEST = 3600.0
"""Seconds: what came an hour before a power cut was not its consequence."""


class CauseShape(Shape):
    """An alarm that explains others."""

    cause: str
    of: Annotated[list[str], Field(min_length=1)] | None = None
    within: Duration = WITHIN
    settle: Duration = SETTLE
    kinds: Annotated[list[Annotated[AlarmKind, Field(strict=False)]], Field(min_length=1)] = Field(
        default_factory=lambda: sorted(CONSEQUENCES)
    )

    @model_validator(mode="after")
    def _bounds(self) -> CauseShape:
        for name in ("within", "settle"):
            if getattr(self, name) > LONGEST:
                reject("at most 1h", name)
        for place, kind in enumerate(self.kinds):
            if kind in NEVER:
                reject(f"nothing explains a {kind} away: it is told whatever else is wrong", "kinds", place)
        return self
