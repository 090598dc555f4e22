"""The MQTT driver's own fields of a connection, and the table of all its models for the loader."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from drivers.mqtt.equipment import MqttEquipmentSettings
from drivers.mqtt.fields import Model, Seconds
from drivers.mqtt.point import MqttGroupSettings, MqttPointSettings, MqttTypeSettings
from drivers.mqtt.trial import trial
from monitor.domain.source import DriverSettings

DEFAULT_PORT = {"mqtt": 1883, "mqtts": 8883}


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
        raise ValueError("the whole path is wanted, such as /etc/watchroom/ca.pem")
    return value


File = Annotated[str, AfterValidator(_absolute)]


class MqttConnectionSettings(Model):
    """One broker and who we are to it.

    `client_id` must be ours alone and stay the same: under it the broker keeps our session, and what is
    published while we are away. Without `version` MQTT 5 is spoken, and 3.1.1 to a broker that does not know 5.
    """

    files: ClassVar = ("ca", "cert", "key")
    """Fields that name a file."""

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


SETTINGS = DriverSettings(
    connection=MqttConnectionSettings,
    equipment=MqttEquipmentSettings,
    type_=MqttTypeSettings,
    point=MqttPointSettings,
    groups="topics",
    group=MqttGroupSettings,
    polled=False,
    trial=trial,
    guest=MqttConnectionSettings.guest,
)
