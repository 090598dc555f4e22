"""Field types that several notifiers' settings share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from monitor.domain.duration import parse_duration


class ChannelSettings(BaseModel):
    """A notifier's own fields of a channel; `signature` stands in front of every message and counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signature: str = ""


def _seconds(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


Seconds = Annotated[float, BeforeValidator(_seconds)]
"""A duration such as `10s`, as seconds."""
