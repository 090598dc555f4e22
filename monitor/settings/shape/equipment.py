"""connections, channels, equipment and equipment types: the fields that are the same for every driver."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from monitor.domain.point import Kind
from monitor.settings.fields import Bounds, Counts, Duration, Id, Shape, Texts, reject

SYSTEMS = ("pumps", "power", "lighting", "lifts", "water", "fire", "climate", "security", "other")
System = Literal["pumps", "power", "lighting", "lifts", "water", "fire", "climate", "security", "other"]


class ConnectionShape(Shape):
    """The rest of a connection belongs to its driver."""

    driver: str


class ChannelShape(Shape):
    """The rest of a channel belongs to its notifier."""

    notifier: str


class EquipmentShape(Shape):
    """The rest of an equipment belongs to its driver."""

    id: Id
    type: Id
    name: Texts
    system: System = "other"
    location: str = ""
    connection: Id
    interval: Duration | None = None
    stale_after: Duration | None = None
    fed_by: Id | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    ledger: dict[str, Any] = Field(default_factory=dict)


class TypeShape(Shape):
    """The rest of an equipment type, and the points, belong to its driver."""

    type: Id
    title: Texts
    driver: str
    source: str
    probe: str | None = None
    unsure: list[Texts] = Field(default_factory=list)
    stale_after: Duration | None = None
    alarms: dict[str, Any] = Field(default_factory=dict)


class PointShape(Shape):
    """The rest of a point belongs to the driver."""

    unit: Annotated[str, Field(max_length=16)] = ""
    range: Bounds | None = None
    kind: Annotated[Kind, Field(strict=False)] | None = None
    stale_after: Duration | None = None
    label: Texts | None = None
    repeat: dict[str, Any] = Field(default_factory=dict)
    rollover: Counts | None = None

    @model_validator(mode="after")
    def _only_counters_roll_over(self) -> PointShape:
        if self.rollover is not None and self.kind is not Kind.COUNTER:
            reject("only a counter rolls over: add `kind: counter`", "rollover", key=True)
        return self
