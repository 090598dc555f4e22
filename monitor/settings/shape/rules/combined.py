"""Several conditions in one rule."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from monitor.settings.shape.rules.base import Conditions, KindShape


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
