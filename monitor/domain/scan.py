"""The unit of flow: one equipment, one instant, many values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final, Literal

from monitor.domain.instant import Instant
from monitor.domain.point import Point, Value
from monitor.domain.reading import Quality


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""Stands in a partial scan for a point that the message did not speak of: it is left untouched."""

Slot = Value | None | Literal[_Absent.ABSENT]
NOTHING_BAD: Final[Mapping[int, Quality]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Plan:
    """The points of one equipment in the order in which every scan of it carries their values."""

    equipment: str
    points: tuple[Point, ...]
    index: Mapping[str, int] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {point.key: i for i, point in enumerate(self.points)})


@dataclass(frozen=True, slots=True)
class Scan:
    """Values aligned with `plan.points`; `bad` is sparse: an index that is missing there is good.

    A value that is bad is None or the last thing seen, never judged. `source_time` is the device's own time (POSIX
    seconds) where it sent one.
    """

    plan: Plan
    values: tuple[Slot, ...]
    received: Instant
    # Through a factory: a mappingproxy has no hash before Python 3.12, which dataclasses take for mutable.
    bad: Mapping[int, Quality] = field(default_factory=lambda: NOTHING_BAD)
    source_time: float | None = None

    def __post_init__(self) -> None:
        if len(self.values) != len(self.plan.points):
            raise ValueError(
                f"{self.plan.equipment}: {len(self.values)} values for {len(self.plan.points)} points"
            )
        for i, value in enumerate(self.values):
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{self.plan.points[i].id}: {value} is not a finite number")
            if value is None and i not in self.bad:
                raise ValueError(f"{self.plan.points[i].id}: no value, yet called good")
