"""The Sparkplug B driver's own fields of a configuration."""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from drivers.mqtt.fields import Model
from drivers.mqtt.point import ValueSettings
from drivers.mqtt.settings import MqttConnectionSettings
from monitor.domain.source import DriverSettings


def _level(value: str) -> str:
    """Part of a Sparkplug topic (specification 3.0.0, chapter 4.1)."""
    if not value or any(sign in value for sign in "/+#\0"):
        raise ValueError("a name in a Sparkplug topic is not empty and holds none of / + # and NUL")
    return value


Level = Annotated[str, AfterValidator(_level)]


class SparkplugConnectionSettings(MqttConnectionSettings):
    """One broker. `rebirth` lets us ask an edge node for its birth certificate when we have missed it."""

    rebirth: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.share is not None:
            raise ValueError("share: a node's births and data belong together, they cannot be shared out")
        return self

    def guest(self) -> Self:
        """Beside our own daemon: as any MQTT guest, and asking for nothing."""
        return super().guest().model_copy(update={"rebirth": False})


class SparkplugEquipmentSettings(Model):
    """Which device of which edge node; without `device` the metrics of the node itself."""

    group: Level
    node: Level
    device: Level | None = None


class SparkplugTypeSettings(Model):
    """A Sparkplug equipment type has no fields beyond its points."""


class SparkplugPointSettings(ValueSettings):
    """Which metric a point is, by its full name (`Inputs/Temperature`), and how its value is read."""

    metric: str = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self._check_form()
        return self

    def written(self) -> str:
        """Which metric it is, on one line."""
        return self._written(self.metric)


SETTINGS = DriverSettings(
    connection=SparkplugConnectionSettings,
    equipment=SparkplugEquipmentSettings,
    type_=SparkplugTypeSettings,
    point=SparkplugPointSettings,
    polled=False,
    stale_after=math.inf,
    guest=SparkplugConnectionSettings.guest,
)
