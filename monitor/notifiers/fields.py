"""Field types that several notifiers' settings share."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from monitor.domain.duration import parse_duration


class ChannelSettings(BaseModel):
    """A notifier's own fields of a channel; `signature` stands in front of every message and counts.

    One person gets `daily` texts a day at most, of which `reserve` are kept for critical alarms (which are sent beyond
    that as well: the provider may refuse them, we do not).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    signature: str = ""
    daily: int | None = Field(default=None, ge=1, le=10_000)
    reserve: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _something_is_left(self) -> Self:
        if self.reserve and self.daily is None:
            raise ValueError("reserve: of which number a day? write `daily` beside it")
        if self.daily is not None and self.reserve >= self.daily:
            raise ValueError("reserve: nothing would be left for alarms that are not critical")
        return self


def _seconds(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


Seconds = Annotated[float, BeforeValidator(_seconds)]
"""A duration such as `10s`, as seconds."""
