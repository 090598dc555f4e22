"""A polled and a pushed driver of our own, so that these tests depend on no protocol."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from monitor.domain.point import Kind
from monitor.domain.source import DriverSettings
from monitor.settings import load
from monitor.settings.site import Site

HERE = Path(__file__).parent
SHIPPED = HERE / "shipped"


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BusConnection(Model):
    url: str
    in_flight: int = Field(default=1, ge=1, le=16)
    password: SecretStr | None = None


class BusEquipment(Model):
    device_id: int = Field(strict=True, ge=0, le=255)


class BusLimits(Model):
    max_registers: int = 125


class BusType(Model):
    order: Literal["ABCD", "CDAB"] = "ABCD"
    limits: BusLimits = BusLimits()


class BusPoint(Model):
    read: str = Field(pattern=r"^(coil|input|holding):[0-9]+$")
    as_: Literal["bool", "uint16", "float32", "string"] = Field(alias="as")
    scale: float = 1.0
    values: Mapping[int, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names(self) -> Self:
        if self.values and self.as_ != "uint16":
            raise ValueError(f"values: only whole numbers have names, not {self.as_}")
        return self

    def default_kind(self) -> Kind:
        if self.as_ == "string":
            return Kind.TEXT
        return Kind.DISCRETE if self.as_ == "bool" or self.values else Kind.ANALOG

    def states(self) -> Mapping[str, str]:
        return {str(raw): name for raw, name in self.values.items()}

    def at(self, index: int) -> Self:
        table, address = self.read.split(":")
        if int(address) + index > 999:
            raise ValueError(f"read: {table}:{int(address) + index} is beyond the last address")
        return self.model_copy(update={"read": f"{table}:{int(address) + index}"})


class RadioConnection(Model):
    url: str
    client_id: str
    password: SecretStr | None = None


class RadioEquipment(Model):
    topic: str
    room: str | None = None


class RadioGroup(Model):
    time: str | None = None


class RadioPoint(Model):
    path: str
    as_: Literal["bool", "number", "text"] = Field(default="bool", alias="as")

    def default_kind(self) -> Kind:
        return {"number": Kind.ANALOG, "text": Kind.TEXT}.get(self.as_, Kind.DISCRETE)

    def states(self) -> Mapping[str, str]:
        return {}

    def default_stale_after(self) -> float | None:
        return float("inf") if self.path == "state" else None


class Simulated(Model):
    pass


class Sms(Model):
    url: str
    password: SecretStr
    sender: str = ""


DRIVERS = {
    "bus": DriverSettings(BusConnection, BusEquipment, BusType, BusPoint),
    "radio": DriverSettings(
        RadioConnection, RadioEquipment, Model, RadioPoint, groups="topics", group=RadioGroup, polled=False
    ),
}
NOTIFIERS: Mapping[str, type[BaseModel]] = {"simulated": Simulated, "sms": Sms}


def load_fixture(directory: Path, secrets: Path | None = None) -> Site:
    """Load a directory with the drivers of this file."""
    return load(directory, DRIVERS, NOTIFIERS, types=SHIPPED, secrets=secrets)
