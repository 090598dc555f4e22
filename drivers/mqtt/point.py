"""The MQTT driver's own fields of a type: where values and times stand in a message and how they are written there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, FiniteFloat, model_validator

from drivers.mqtt.fields import JsonPath, JsonPaths, Model, Word, Words
from drivers.mqtt.paths import advanced
from monitor.domain.point import Kind

MAX_BIT = 52
"""The highest bit of the whole numbers that a double holds."""


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("an IANA time zone is wanted, such as Asia/Shanghai or UTC") from None
    return value


class TimeSettings(Model):
    """Where a message carries the device's own time.

    Where it is `optional` and missing, the arrival time counts; missing without that, or unbelievable, the
    arrival time counts as well, but the values are `clock_suspect`. Without `path` only points that name a `time`
    of their own have one.
    """

    path: JsonPath | None = None
    as_: Literal["iso", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns"] = Field(alias="as")
    zone: Annotated[str, AfterValidator(_zone)] | None = None
    """What clock an `iso` time without offset shows; without it such a time is not believed."""
    optional: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.zone is not None and self.as_ != "iso":
            raise ValueError("zone: epoch times are UTC everywhere; a zone belongs to iso")
        return self


class MqttGroupSettings(Model):
    """One topic pattern of a type."""

    time: TimeSettings | None = None
    samples: JsonPath | None = None
    """Where a message holds several samples: a list of objects, each with its own time and values. All paths of the
    topic then lead from such an object on."""


class ValueSettings(Model):
    """How a value is written where it stands. `values` translates what is sent into booleans or into names of states."""

    as_: Literal["bool", "number", "text", "string"] | None = Field(default=None, alias="as")
    """`string` is another word for `text`."""
    values: dict[Word, bool | str] = Field(default_factory=dict)
    scale: FiniteFloat = 1.0
    offset: FiniteFloat = 0.0
    suffix: str | None = Field(default=None, min_length=1, max_length=32)
    """What stands behind a number that is sent as a text: `°C` of `23.5 °C`."""
    bit: int | None = Field(default=None, ge=0, le=MAX_BIT)
    """Which bit of a whole number is meant, 0 the lowest."""
    invalid: Words = ()
    """What the device sends when it has no value, as it is sent."""

    @property
    def form(self) -> Literal["bool", "number", "text", "state"]:
        """How a value is decoded; `state` is a name out of `values`."""
        if self.values:
            named = self.as_ is None and isinstance(next(iter(self.values.values())), str)
            return "state" if named else "bool"
        return "text" if self.as_ in ("text", "string") else "number" if self.as_ == "number" else "bool"

    def _written(self, place: str) -> str:
        scale = f" x {self.scale:g}" if self.scale != 1 else ""
        bit = f" bit {self.bit}" if self.bit is not None else ""
        return f"{place} {self.as_ or ('bool' if self.form == 'bool' else '')}{bit}{scale}".strip()

    def in_unit(self, counts: float) -> float:
        """What so many counts of the device are in the point's unit."""
        return counts * self.scale

    def default_kind(self) -> Kind:
        """Numbers are analog, texts are text, everything else is discrete."""
        return {"number": Kind.ANALOG, "text": Kind.TEXT}.get(self.form, Kind.DISCRETE)

    def states(self) -> Mapping[str, str]:
        """Names of enumerated values, raw value as text -> name; empty when there are none."""
        return {raw: str(name) for raw, name in self.values.items()} if self.form == "state" else {}

    def _check_form(self) -> None:
        if self.as_ is None and not self.values:
            raise ValueError("as is missing: bool, number or text")
        self._check_values()
        if self.scale == 0 or (self.form != "number" and (self.scale, self.offset) != (1.0, 0.0)):
            raise ValueError("scale and offset belong to numbers, and scale is not 0")
        if self.suffix is not None and self.form != "number":
            raise ValueError("suffix: it belongs to numbers; give as: number")
        if self.bit is not None and (self.form != "bool" or self.values):
            raise ValueError("bit: one bit is a bool without values; give as: bool")

    def _check_values(self) -> None:
        sorts = {type(value) for value in self.values.values()}
        if len(sorts) > 1:
            raise ValueError("values: values are either all true and false or all names")
        if sorts and self.as_ is not None and not (sorts == {bool} and self.as_ == "bool"):
            raise ValueError(
                f"values: these do not go with `as: {self.as_}`: leave as out where they are names, write as: bool "
                "where they are true and false"
            )


class MqttPointSettings(ValueSettings):
    """Where a point's value stands in a message, and how it is written there.

    `path` leads into the JSON (of several the first that is there counts); with `plain` the payload itself may be the
    value. `up` and `down` make an availability point: it says whether the equipment is there.
    """

    path: JsonPaths = ()
    plain: bool = False
    up: Word | None = None
    down: Word | None = None
    unless: JsonPaths = ()
    """Places that say, where they are true, that the value is none."""
    time: JsonPath | None = None
    """Where the value has a time of its own, written as its topic's `time` says."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.path and not self.plain:
            raise ValueError("path is missing (or plain: true, where the payload itself is the value)")
        if (self.up is None) != (self.down is None) or (self.up is not None and self.up == self.down):
            raise ValueError("up and down come together and differ")
        if not self.availability:
            self._check_form()
        elif (
            self.as_ not in (None, "bool")
            or self.values
            or self.invalid
            or (self.scale, self.offset, self.suffix, self.bit) != (1, 0, None, None)
        ):
            raise ValueError(
                "an availability point takes neither as nor values, invalid, scale, offset, suffix and bit"
            )
        return self

    def written(self) -> str:
        """Where the value stands in the message, on one line."""
        return self._written(f"{' or '.join(self.path)}{' (plain)' if self.plain else ''}")

    @property
    def availability(self) -> bool:
        """Whether the point says that the equipment itself is there or gone."""
        return self.up is not None

    def default_stale_after(self) -> float | None:
        """Seconds, or None for the type's own. Availability is published when it changes: it never ages."""
        return math.inf if self.availability else None

    def at(self, index: int) -> Self:
        """This point `index` places on in a row: its bit counts up, or the last list index of its path.

        Raises ValueError where there is neither, and behind the last bit.
        """
        if index == 0:
            return self
        if self.bit is not None:
            if self.bit + index > MAX_BIT:
                raise ValueError(
                    f"bit: place {index + 1} would be bit {self.bit + index}; {MAX_BIT} is the last"
                )
            return self.model_copy(update={"bit": self.bit + index})
        on: dict[str, Any] = {"path": tuple(advanced(path, index) for path in self.path)}
        if self.time is not None:
            on["time"] = advanced(self.time, index)
        return self.model_copy(update=on)


class AlsoSettings(MqttGroupSettings):
    """A further message that speaks of points declared under `topics`: the same pattern again, or another."""

    topic: str = Field(min_length=1)
    points: dict[str, MqttPointSettings] = Field(min_length=1)


class MqttTypeSettings(Model):
    """What a type has beyond its topics."""

    vars: dict[str, Word] = Field(default_factory=dict)
    """Values of `{name}` where an equipment gives none."""
    also: tuple[AlsoSettings, ...] = ()

    def placeholders(self) -> Mapping[str, str]:
        """What `{name}` stands for in the patterns unless the equipment says something else."""
        return self.vars
