"""The MQTT driver's own fields of a configuration: connection, equipment, topic pattern and point."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    SecretStr,
    model_validator,
)

from monitor.domain.duration import parse_duration
from monitor.domain.point import Kind
from monitor.domain.source import DriverSettings

DEFAULT_PORT = {"mqtt": 1883, "mqtts": 8883}
Scalar = bool | int | float | str


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def canonical(value: Scalar) -> str:
    """The text by which a scalar is compared with configured words: `true`, `1`, `2.5`, `online`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _seconds(value: object) -> object:
    """`30s` as 30.0; a number is taken as seconds."""
    if not isinstance(value, str):
        return value
    return parse_duration(value.strip())


def _topic(value: str) -> str:
    """A topic name (MQTT 5.0 section 4.7): wildcards and NUL stand only in patterns, if at all."""
    if not value or any(sign in value for sign in "+#\0") or len(value.encode()) > 65535:
        raise ValueError("a topic is not empty and holds neither + nor # nor NUL")
    if value.startswith("$share/"):
        raise ValueError("a topic, not a shared subscription, is wanted")
    return value


def _broker(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in DEFAULT_PORT or not parts.hostname:
        raise ValueError("mqtt://host:port or mqtts://host:port is wanted")
    if parts.username is not None or parts.password is not None:
        raise ValueError("the password does not belong in the url: use username and password")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("nothing may follow host:port")
    if parts.port == 0:  # reading `port` raises ValueError for what is no port at all
        raise ValueError("port 0 is nobody's")
    return value


def _share(value: str) -> str:
    """A share name (MQTT 5.0 section 4.8.2)."""
    if not value or any(sign in value for sign in "/+#\0"):
        raise ValueError("a share name is not empty and holds none of / + # and NUL")
    return value


def _absolute(value: str) -> str:
    if not PurePath(value).is_absolute():
        raise ValueError("an absolute path is wanted")
    return value


def _path(value: str) -> str:
    if not all(value.split(".")):
        raise ValueError("a path is names and list indices joined by dots, such as sensors.0.wet")
    return value


Seconds = Annotated[float, BeforeValidator(_seconds)]
Word = Annotated[str, BeforeValidator(lambda value: canonical(value) if isinstance(value, Scalar) else value)]
File = Annotated[str, AfterValidator(_absolute)]
JsonPath = Annotated[str, AfterValidator(_path)]


class MqttConnectionSettings(_Model):
    """One broker and who we are to it.

    `client_id` must be ours alone and stay the same: under it the broker keeps our session, and what is
    published while we are away. Without `version` MQTT 5 is spoken, and 3.1.1 to a broker that does not know 5.
    """

    url: Annotated[str, AfterValidator(_broker)]
    client_id: str = Field(min_length=1, max_length=128, pattern=r"^[^\s\x00-\x1f\x7f]+$")
    version: Literal[3, 5] | None = None
    username: str | None = None
    password: SecretStr | None = None
    ca: File | None = None
    """CA certificates (PEM) that the broker's is checked with; the system's where absent."""
    cert: File | None = None
    key: File | None = None
    keepalive: Seconds = Field(default=30.0, ge=5, le=65535)
    session_expiry: Seconds = Field(default=86400.0, ge=0, le=0xFFFFFFFE)
    """Seconds for which a broker keeps our session while we are away; with 3.1.1 it decides that itself. 0: not at all."""
    timeout: Seconds = Field(default=10.0, gt=0, le=120)
    """Seconds to wait for the broker to take the connection."""
    max_payload: int = Field(default=256 * 1024, ge=1, le=16 * 1024 * 1024)
    """Bytes; a longer payload is discarded."""
    receive_maximum: int = Field(default=4096, ge=16, le=65535)
    """Messages that a broker may send before the first of them is acknowledged (MQTT 5; with 3.1.1 it decides)."""
    max_rate: float = Field(default=50.0, ge=0.1, le=100_000)
    """Messages a second of one equipment that history keeps in the long run; all are judged."""
    share: Annotated[str, AfterValidator(_share)] | None = None
    """The group with which we share the messages: each goes to one member only."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.tls and (self.ca or self.cert or self.key):
            raise ValueError("ca, cert and key belong to mqtts://")
        if (self.cert is None) != (self.key is None):
            raise ValueError("cert and key come together")
        if self.password is not None and self.username is None:
            raise ValueError("a password needs a username")
        if self.version == 3 and "receive_maximum" in self.model_fields_set:
            raise ValueError(
                "receive_maximum is MQTT 5's: with version 3 the broker alone decides (max_inflight_messages)"
            )
        return self

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return urlsplit(self.url).scheme == "mqtts"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the broker."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or DEFAULT_PORT[parts.scheme]

    def guest(self) -> Self:
        """Who we are beside our own daemon: under its client id we would take its session and its messages from it."""
        name = f"-probe-{os.getpid()}"
        return self.model_copy(
            update={"client_id": self.client_id + name, "session_expiry": 0.0, "share": None}
        )


class MqttEquipmentSettings(_Model):
    """Where an equipment speaks: its `topic`, and `vars` for the other names in its type's patterns.

    Which of them are needed is the type's business: the loader knows its patterns and says what is missing.
    """

    topic: Annotated[str, AfterValidator(_topic)] | None = None
    vars: dict[str, Word] = Field(default_factory=dict)
    """Values of `{name}` and `+name` in the patterns, one topic level each."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        for name, value in self.vars.items():
            if name == "topic" or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(f"vars.{name}: a name is a-z, 0-9 and _, and not topic")
            if "/" in _topic(value):
                raise ValueError(f"vars.{name}: one topic level is wanted, without /")
        return self

    def placeholders(self) -> Mapping[str, str]:
        """What `{name}` stands for in the patterns of the equipment's type."""
        return {**self.vars, **({"topic": self.topic} if self.topic is not None else {})}


class MqttTypeSettings(_Model):
    """An MQTT equipment type has no fields beyond its topics."""


class TimeSettings(_Model):
    """Where a message carries the device's own time.

    Where it is `optional` and missing, the arrival time counts; missing without that, or unbelievable, the
    arrival time counts as well, but the values are `clock_suspect`.
    """

    path: JsonPath
    as_: Literal["iso", "epoch_s", "epoch_ms"] = Field(alias="as")
    optional: bool = False


class MqttGroupSettings(_Model):
    """One topic pattern of a type."""

    time: TimeSettings | None = None


class MqttPointSettings(_Model):
    """Where a point's value stands in a message, and how it is written there.

    `path` leads into the JSON; with `plain` the payload itself may be the value. `up` and `down` make an
    availability point: it says whether the equipment is there. `values` translates what is sent into booleans
    or into names of states.
    """

    path: JsonPath | None = None
    as_: Literal["bool", "number", "text", "string"] | None = Field(default=None, alias="as")
    """`string` is another word for `text`."""
    plain: bool = False
    up: Word | None = None
    down: Word | None = None
    values: dict[Word, bool | str] = Field(default_factory=dict)
    scale: FiniteFloat = 1.0
    offset: FiniteFloat = 0.0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.path is None and not self.plain:
            raise ValueError("path is missing (or plain: true, where the payload itself is the value)")
        if (self.up is None) != (self.down is None) or (self.up is not None and self.up == self.down):
            raise ValueError("up and down come together and differ")
        if self.availability and (self.as_ not in (None, "bool") or self.values):
            raise ValueError("an availability point takes neither as nor values")
        if not self.availability and self.as_ is None and not self.values:
            raise ValueError("as is missing: bool, number or text")
        if self.values:
            self._check_values()
        if self.scale == 0 or (self.form != "number" and (self.scale, self.offset) != (1.0, 0.0)):
            raise ValueError("scale and offset belong to numbers, and scale is not 0")
        return self

    def _check_values(self) -> None:
        sorts = {type(value) for value in self.values.values()}
        if len(sorts) != 1:
            raise ValueError("values are either all true and false or all names")
        if (sorts == {bool}) != (self.as_ == "bool") and self.as_ is not None:
            raise ValueError("values of a bool are true and false; other values are names, without as")
        if sorts == {str} and self.as_ is not None:
            raise ValueError("values that are names take no as")

    def written(self) -> str:
        """Where the value stands in the message, on one line."""
        form = self.as_ or ("bool" if self.availability else "")
        scale = f" x {self.scale:g}" if self.scale != 1 else ""
        return f"{self.path or ''}{' (plain)' if self.plain else ''} {form}{scale}".strip()

    @property
    def availability(self) -> bool:
        """Whether the point says that the equipment itself is there or gone."""
        return self.up is not None

    @property
    def form(self) -> Literal["bool", "number", "text", "state"]:
        """How a value is decoded; `state` is a name out of `values`."""
        if self.availability:
            return "bool"
        if self.values:
            return (
                "state" if self.as_ is None and isinstance(next(iter(self.values.values())), str) else "bool"
            )
        return "text" if self.as_ in ("text", "string") else "number" if self.as_ == "number" else "bool"

    def in_unit(self, counts: float) -> float:
        """What so many counts of the device are in the point's unit."""
        return counts * self.scale

    def default_kind(self) -> Kind:
        """Numbers are analog, texts are text, everything else is discrete."""
        return {"number": Kind.ANALOG, "text": Kind.TEXT}.get(self.form, Kind.DISCRETE)

    def default_stale_after(self) -> float | None:
        """Seconds, or None for the type's own. Availability is published when it changes: it never ages."""
        return math.inf if self.availability else None

    def states(self) -> Mapping[str, str]:
        """Names of enumerated values, raw value as text -> name; empty when there are none."""
        return {raw: str(name) for raw, name in self.values.items()} if self.form == "state" else {}

    def at(self, index: int) -> Self:
        """This point `index` places on in a row: the last list index of its path counts up.

        Raises ValueError where the path has no list index.
        """
        if index == 0:
            return self
        parts = (self.path or "").split(".")
        for i in reversed(range(len(parts))):
            if parts[i].isdecimal():
                parts[i] = str(int(parts[i]) + index)
                return self.model_copy(update={"path": ".".join(parts)})
        raise ValueError(f"path {self.path} has no list index that could be counted on")


SETTINGS = DriverSettings(
    connection=MqttConnectionSettings,
    equipment=MqttEquipmentSettings,
    type_=MqttTypeSettings,
    point=MqttPointSettings,
    groups="topics",
    group=MqttGroupSettings,
    polled=False,
    guest=MqttConnectionSettings.guest,
)
