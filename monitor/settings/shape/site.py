"""site, journal, historian, console."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from monitor.settings import stores
from monitor.settings.fields import Day, Duration, Id, Name, Shape, Texts, given, reject
from monitor.settings.problems import nearest
from monitor.settings.secrets import SecretField

Language = Literal["zh-Hant", "zh-Hans", "en"]


def known_zone(value: str) -> str:
    """A name of the IANA time zone database."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        reject(f"unknown time zone `{value}`{nearest(value, available_timezones())}")
    return value


def share(value: Any) -> float:
    """A share from a number: up to 1 as it is, above 1 as per cent (0.95 and 95 are the same)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        reject(f"expected a share such as 95 (per cent) or 0.95{given(value)}")
    if not 0 < value <= 100:
        reject(f"{value} is no share: write it in per cent up to 100, or as a number up to 1")
    return value / 100 if value > 1 else float(value)


def host_and_port(value: Any) -> tuple[str, int]:
    """Host and port of `127.0.0.1:8080` or `[::1]:8080`."""
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not int(port) <= 65535:
        reject(f'expected host:port in quotes, such as "127.0.0.1:8080"{given(value)}')
    return host, int(port)


Share = Annotated[
    float, BeforeValidator(share), WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 100})
]


class GradeShape(Shape):
    """An own service-grade profile; what is left out is as in grade 1."""

    name: Name = "own"
    lamps: Share = 0.95
    urgent_on_site: Duration = 30 * 60.0
    lamp_repair: Duration = 2 * 86400.0
    fault_repair: Duration = 7 * 86400.0


class SiteShape(Shape):
    """Which place this is."""

    id: Id
    name: Texts
    timezone: Annotated[str, AfterValidator(known_zone)]
    language: Language = "zh-Hant"
    shelf_max: Duration = 86400.0
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    holidays: list[Day] = Field(default_factory=list)
    workdays: list[Day] = Field(default_factory=list)
    grade: Any = Field(
        default=1, json_schema_extra={"anyOf": [{"enum": [1, 2, 3]}, GradeShape.model_json_schema()]}
    )


class JournalShape(Shape):
    """Where the record is kept."""

    url: Annotated[str, AfterValidator(stores.journal)]
    username: str | None = None
    password: SecretField = None


class HistorianShape(Shape):
    """Where readings are kept."""

    url: Annotated[str, AfterValidator(stores.historian)]
    retention: Duration = 90 * 86400.0
    token: SecretField = None
    username: str | None = None
    password: SecretField = None


class ConsoleShape(Shape):
    """Where people look."""

    listen: Annotated[
        tuple[str, int],
        BeforeValidator(host_and_port),
        WithJsonSchema({"type": "string", "examples": ["127.0.0.1:8080"]}),
    ] = ("127.0.0.1", 8080)
