"""What the MQTT driver's settings models have in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from drivers.mqtt.paths import parse
from drivers.mqtt.payload import Scalar, canonical
from monitor.domain.duration import parse_duration


class Model(BaseModel):
    """Frozen, and no key that nobody reads."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


def _seconds(value: object) -> object:
    """`30s` as 30.0; a number is taken as seconds."""
    return parse_duration(value.strip()) if isinstance(value, str) else value


def _path(value: str) -> str:
    parse(value)
    return value


def several(value: Any) -> Any:
    """One of a kind, or none, where several are allowed."""
    if value is None:
        return ()
    return (value,) if isinstance(value, (bool, int, float, str)) else value


Seconds = Annotated[float, BeforeValidator(_seconds)]
Word = Annotated[str, BeforeValidator(lambda value: canonical(value) if isinstance(value, Scalar) else value)]
JsonPath = Annotated[str, AfterValidator(_path)]
"""As in drivers.mqtt.paths."""
JsonPaths = Annotated[tuple[JsonPath, ...], BeforeValidator(several)]
Words = Annotated[tuple[Word, ...], BeforeValidator(several)]
