"""What can be measured: a point of an equipment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

Text = Mapping[str, str]
"""A text by language tag (`en`, `zh-Hant`, `zh-Hans`); the key "" holds a text given without a language."""

Value = float | int | bool | str
"""A decoded, scaled value in the point's unit."""


class Kind(StrEnum):
    """How a point's values behave, and so how they are stored and drawn."""

    ANALOG = "analog"
    DISCRETE = "discrete"
    COUNTER = "counter"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Factor:
    """Another point of the same equipment by whose value this one is multiplied."""

    key: str
    power: bool = False
    """By ten to that power instead, as with SunSpec's scale factors."""

    def of(self, value: float) -> float:
        """The factor while that point shows `value`."""
        return 10.0**value if self.power else value


@dataclass(frozen=True, slots=True)
class Point:
    """One measured quantity of one equipment.

    `stale_after` is in seconds: a value older than that is no longer believed. `range` is the plausible span in
    `unit`; a finite value outside it is *uncertain*, not impossible. `states` names the values of a discrete point.
    Labels come from configuration and are untrusted text: whoever shows them escapes them.
    """

    equipment: str
    key: str
    kind: Kind = Kind.ANALOG
    unit: str = ""
    label: Text = field(default_factory=dict)
    range: tuple[float, float] | None = None
    stale_after: float = 60.0
    states: Mapping[str, str] = field(default_factory=dict)
    rollover: float | None = None
    """Value in `unit` at which a counter begins at zero again, times its `factors`; None where it is not known to."""
    factors: tuple[Factor, ...] = ()
    """What the device multiplies it by and says in points of its own."""

    def of(self, equipment: str) -> Point:
        """The point of a type as one equipment's own."""
        return replace(self, equipment=equipment)

    @property
    def id(self) -> str:
        """The name used by people and programs: `equipment.point`."""
        return f"{self.equipment}.{self.key}"
