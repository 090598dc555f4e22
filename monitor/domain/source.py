"""Equipment as its driver is told of it: which point stands where. The driver's own settings travel unseen through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from monitor.domain.flyweights import Flyweights
from monitor.domain.point import Kind, Point
from monitor.domain.pointset import Points
from monitor.domain.scan import Plan


@dataclass(frozen=True, slots=True)
class PointSource:
    """One point and the driver's own settings of where its value stands (`read`, `as`, `path`, ...)."""

    point: Point
    settings: Any
    group: str | None = None
    """The topic pattern it was declared under, with the equipment's fields filled in; None where there are no groups."""


class Sources(Flyweights[PointSource]):
    """The points of one equipment with what its type says of each: the driver's settings, and the topic pattern as written."""

    __slots__ = ("_filled", "_patterns", "_points", "settings")

    def __init__(
        self,
        points: Points,
        settings: tuple[Any, ...],
        patterns: tuple[str | None, ...],
        filled: Mapping[str, str],
    ) -> None:
        """`filled` gives each pattern with the equipment's fields in it."""
        self._points = points
        self.settings = settings
        self._patterns = patterns
        self._filled = filled

    def __len__(self) -> int:
        return len(self.settings)

    def _made(self, place: int) -> PointSource:
        return PointSource(
            self._points[place], self.settings[place], self._filled.get(self._patterns[place] or "")
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sources):
            return NotImplemented
        shared = self.settings is other.settings or self.settings == other.settings
        return shared and (self._points, self._patterns, self._filled) == (
            other._points,
            other._patterns,
            other._filled,
        )


@dataclass(frozen=True, slots=True)
class EquipmentSource:
    """One equipment as its driver sees it. `plan.points` and `sources` are in the same order."""

    plan: Plan
    sources: Sequence[PointSource]
    settings: Any
    """The driver's own fields of the equipment (`device_id`, `topic`)."""
    type_settings: Any
    """The driver's own fields of the equipment type (`order`, `limits`)."""
    groups: Mapping[str, Any] = field(default_factory=dict)
    """Driver's settings per topic pattern (`time`), patterns filled in as in `PointSource.group`."""
    interval: float = 1.0
    """Seconds between polls; of no meaning to a driver that is spoken to."""
    polled: bool = True
    """Whether it answers when asked; False when it speaks by itself."""
    probe: str | None = None
    """Key of the point that proves that this is the device it should be."""

    @property
    def id(self) -> str:
        """The equipment's id."""
        return self.plan.equipment

    @property
    def point_settings(self) -> tuple[Any, ...]:
        """The driver's own settings of each point; of equipment of one type the very same objects."""
        if isinstance(self.sources, Sources):
            return self.sources.settings
        return tuple(one.settings for one in self.sources)


@dataclass(frozen=True, slots=True)
class DriverSettings:
    """The pydantic models of a driver's own fields; the loader checks configuration with them, knowing no protocol.

    `point` models offer `default_kind() -> Kind` and `states() -> Mapping[str, str]`. `groups` is the key under
    which points stand in groups (`topics`), None where they stand directly under `points`.
    """

    connection: type[Any]
    equipment: type[Any]
    type_: type[Any]
    point: type[Any]
    groups: str | None = None
    group: type[Any] | None = None
    polled: bool = True
    stale_after: float | None = None
    """Seconds for which a value is believed where nobody says anything; None for the loader's own default."""
    trial: Callable[[EquipmentSource], None] = lambda source: None
    """Compile one equipment as the driver will. Raises ValueError, `POINT: what is wrong`, for what only all fields
    together show: a reference to nowhere, a value longer than the device allows to be read."""
    hung: Callable[[Any, Any], None] = lambda connection, equipment: None
    """Whether equipment with these settings can be reached over a connection with those. Raises ValueError,
    `field: what is wrong`, of a field of the equipment."""
    exclusive: Callable[[Any], str | None] = lambda connection: None
    """What of a connection no other can have at the same time, for people: a serial line, a port listened on; None
    where there is no such thing."""
    guest: Callable[[Any], Any] = lambda connection: connection
    """Connection settings for a second look beside the running daemon, which must not notice it."""


class PointSettings(Protocol):
    """What the loader asks of a driver's point model."""

    def default_kind(self) -> Kind:
        """The kind that the encoding implies (a bit is discrete, a string is text)."""
        ...

    def states(self) -> Mapping[str, str]:
        """Names of enumerated values, raw value as text -> name; empty when there are none."""
        ...
