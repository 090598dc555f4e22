"""What a configuration says about Modbus, checked field by field."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from drivers.modbus.address import Address, parse_address
from drivers.modbus.limits import Limits
from drivers.modbus.point import ModbusPointSettings
from drivers.modbus.registration import parse_packet, show
from drivers.modbus.shape import AnyOrder, Fields, Whole, text
from drivers.modbus.trial import trial
from monitor.domain.duration import parse_duration
from monitor.domain.source import DriverSettings


def _seconds(value: object) -> object:
    if isinstance(value, float):
        return value
    return parse_duration(str(value) if type(value) is int else text(value, "500ms"))


def _address(value: object) -> object:
    return value if isinstance(value, Address) else parse_address(text(value, "tcp://192.168.1.20:502"))


def _packet(value: object) -> object:
    return value if isinstance(value, bytes) else parse_packet(value)


def _packets(value: object) -> object:
    return tuple(_packet(each) for each in value) if isinstance(value, list | tuple) else (_packet(value),)


def _absolute(value: object) -> object:
    if not PurePath(text(value, "/etc/watchroom/ca.pem")).is_absolute():
        raise ValueError("the whole path is wanted, such as /etc/watchroom/ca.pem")
    return value


File = Annotated[str, BeforeValidator(_absolute)]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Packet = Annotated[bytes, BeforeValidator(_packet)]
Packets = Annotated[tuple[bytes, ...], BeforeValidator(_packets)]
MANY: Final = 16
"""Requests at the same time where devices dial in and nothing is said of it: each has a line of its own."""


class ModbusConnectionSettings(Fields):
    """One link. Times are in seconds once read; in the file they are durations such as `1s`."""

    files: ClassVar = ("ca_file", "certificate_file", "key_file")
    """Fields that name a file."""
    url: Annotated[Address, BeforeValidator(_address)]
    timeout: Seconds = 1.0
    """How long an answer, or a connection, is waited for."""
    in_flight: Annotated[Whole, Field(ge=1, le=16)] = 1
    """Requests at the same time, where the gateway allows it."""
    connections: Annotated[Whole, Field(ge=1, le=16)] | None = None
    """Over how many connections they are spread; None gives each its own. With fewer, several share one and are told
    apart by their numbers, for gateways that allow few connections and queue what comes."""
    pause: Seconds = 0.0
    """Silence kept after each answer, for devices that need it."""
    pause_after_connect: Seconds = 0.0
    """Silence kept after the connection came up, for gateways that lose the first request."""
    ca_file: File | None = None
    """Certificates trusted for tls://; None trusts those of the system."""
    certificate_file: File | None = None
    """Our own certificate for tls://, where the device asks for one."""
    key_file: File | None = None
    """Private key of `certificate_file`."""
    registration: Packet | None = None
    """Where devices dial in: what the only device of this connection says when it has, as text or `hex:`; None where
    each equipment names its own (`dial_in`)."""
    heartbeat: Packets = ()
    """Packets that devices which dial in send now and then, and that mean nothing."""
    register_within: Seconds = 10.0
    """How long a caller may take to say who it is."""

    @model_validator(mode="before")
    @classmethod
    def _each_has_a_line_of_its_own(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "in_flight" in data or data.get("registration") is not None:
            return data
        return {**data, "in_flight": MANY} if str(data.get("url", "")).startswith("listen+") else data

    @field_validator("timeout")
    @classmethod
    def _waits(cls, value: float) -> float:
        if not 0.01 <= value <= 60:
            raise ValueError("must be from 10ms to 60s")
        return value

    @field_validator("pause", "pause_after_connect")
    @classmethod
    def _pauses(cls, value: float) -> float:
        if value > 60:
            raise ValueError("must be 60s at most")
        return value

    @field_validator("in_flight")
    @classmethod
    def _one_at_a_time(cls, value: int, info: Any) -> int:
        address = info.data.get("url")
        if value > 1 and address is not None and not (address.scheme in ("tcp", "tls") or address.listens):
            raise ValueError(f"in_flight: {address.scheme}:// carries one request at a time")
        return value

    @model_validator(mode="after")
    def _no_idle_connections(self) -> Self:
        if self.connections is not None and self.connections > self.in_flight:
            raise ValueError(
                f"connections: {self.connections} are more than the {self.in_flight} requests in_flight"
            )
        return self

    @model_validator(mode="after")
    def _registrations_belong_to_callers(self) -> Self:
        for name in ("registration", "heartbeat"):
            if getattr(self, name) and not self.url.listens:
                raise ValueError(f"{name}: only devices that dial in (listen+rtu://, listen+tcp://) have one")
        if not 0.1 <= self.register_within <= 300:
            raise ValueError("register_within: must be from 100ms to 5m")
        return self

    @model_validator(mode="after")
    def _certificates_belong_to_tls(self) -> Self:
        for name in ("ca_file", "certificate_file", "key_file"):
            if getattr(self, name) is not None and self.url.scheme != "tls":
                raise ValueError(f"{name}: only tls:// has certificates")
        if self.key_file is not None and self.certificate_file is None:
            raise ValueError("key_file: needs a certificate_file")
        return self


class ModbusEquipmentSettings(Fields):
    """One device behind a link."""

    device_id: Annotated[Whole, Field(ge=0, le=255)]
    """The unit identifier: 1-247 on a serial line; over TCP also 0 and 255, which mean the device itself."""
    dial_in: Packet | None = None
    """The registration packet of the device that dials in and that this one stands behind, as text or `hex:`."""


class ModbusTypeSettings(Fields):
    """What all devices of a type have in common."""

    order: AnyOrder = "ABCD"
    limits: Limits = Limits()

    def facts(self) -> dict[str, str]:
        """What a page about the type tells beside its points, by name."""
        return {"order": self.order, "most": str(self.limits.max_registers)}


def hung(connection: ModbusConnectionSettings, equipment: ModbusEquipmentSettings) -> None:
    """Whether an equipment can be reached over a connection. Raises ValueError, `field: what is wrong`."""
    if not connection.url.listens:
        if equipment.dial_in is not None:
            raise ValueError(
                f"dial_in: {connection.url} is dialled by us; only behind listen+rtu:// and listen+tcp://"
            )
        return
    registration = equipment.dial_in or connection.registration
    if registration is None:
        raise ValueError(
            f"dial_in: is missing: {connection.url} is dialled by devices, and this one's registration is not known"
        )
    if connection.registration is not None and registration != connection.registration:
        raise ValueError(f"dial_in: the connection belongs to {show(connection.registration)} alone")
    if registration in connection.heartbeat:
        raise ValueError(
            f"dial_in: {show(registration)} is a heartbeat of the connection, and says nobody's name"
        )


def exclusive(connection: ModbusConnectionSettings) -> str | None:
    """A serial line and a port that devices dial belong to one connection."""
    url = connection.url
    if url.serial:
        return f"the line {url.host}"
    return f"the port {url.port} of {url.host}" if url.listens else None


SETTINGS: Final = DriverSettings(
    connection=ModbusConnectionSettings,
    equipment=ModbusEquipmentSettings,
    type_=ModbusTypeSettings,
    point=ModbusPointSettings,
    trial=trial,
    hung=hung,
    exclusive=exclusive,
)
"""What the catalogue names for `driver: modbus`."""

__all__ = [
    "SETTINGS",
    "Limits",
    "ModbusConnectionSettings",
    "ModbusEquipmentSettings",
    "ModbusPointSettings",
    "ModbusTypeSettings",
]
