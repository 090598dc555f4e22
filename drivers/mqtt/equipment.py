"""The MQTT driver's own fields of an equipment: where it speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from drivers.mqtt.fields import Model, Word


def _topic(value: str) -> str:
    """A topic name (MQTT 5.0 section 4.7): wildcards and NUL stand only in patterns, if at all."""
    if not value or any(sign in value for sign in "+#\0") or len(value.encode()) > 65535:
        raise ValueError("a topic is not empty and holds neither + nor # nor NUL")
    if value.startswith("$share/"):
        raise ValueError("a topic, not a shared subscription, is wanted")
    return value


class MqttEquipmentSettings(Model):
    """Where an equipment speaks: its `topic`, and `vars` for the other names in its type's patterns.

    Which of them are needed is the type's business: the loader knows its patterns and says what is missing.
    """

    topic: Annotated[str, AfterValidator(_topic)] | None = None
    vars: dict[str, Word] = Field(default_factory=dict)
    """Values of `{name}` and `+name` in the patterns, one topic level each."""
    key: Word | None = None
    """The name by which a message that carries several equipment speaks of this one: `{key}` in paths."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        for name, value in self.vars.items():
            if name in ("topic", "key", "id") or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(f"vars.{name}: a name is a-z, 0-9 and _, and not topic, key or id")
            if "/" in _topic(value):
                raise ValueError(f"vars.{name}: one topic level is wanted, without /")
        return self

    def placeholders(self) -> Mapping[str, str]:
        """What `{name}` stands for in the patterns of the equipment's type."""
        return {**self.vars, **({"topic": self.topic} if self.topic is not None else {})}

    def names(self) -> Mapping[str, str]:
        """What `{name}` stands for in paths."""
        return {**self.placeholders(), **({"key": self.key} if self.key is not None else {})}
