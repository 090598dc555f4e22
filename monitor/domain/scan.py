"""The unit of flow: one equipment, one instant, many values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

from monitor.domain.instant import Instant
from monitor.domain.point import Point, Value
from monitor.domain.pointset import Points
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
    points: Sequence[Point]
    shape: tuple[Point, ...] = field(init=False, compare=False, repr=False)
    """The points for all that equipment of one type has alike: those of its type, which are of no equipment."""
    index: Mapping[str, int] = field(init=False, compare=False)
    ranges: tuple[tuple[int, float, float], ...] = field(init=False, compare=False, repr=False)
    """Index, low and high of those points that have a plausible range."""

    def __post_init__(self) -> None:
        shape = self.points.shape if isinstance(self.points, Points) else tuple(self.points)
        ranges = tuple((i, *point.range) for i, point in enumerate(shape) if point.range is not None)
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "index", _index(tuple([point.key for point in shape])))
        object.__setattr__(self, "ranges", _shared(ranges))


@lru_cache(maxsize=256)
def _index(keys: tuple[str, ...]) -> Mapping[str, int]:
    """The place of each key: one for all equipment of a type."""
    return {key: i for i, key in enumerate(keys)}


@lru_cache(maxsize=256)
def _shared(ranges: tuple[tuple[int, float, float], ...]) -> tuple[tuple[int, float, float], ...]:
    """The very same tuple for all that are equal."""
    return ranges


@dataclass(frozen=True, slots=True)
class Scan:
    """Values aligned with `plan.points`; `bad` is sparse: an index that is missing there is good.

    A value that is bad is None or the last thing seen, never judged. `source_time` is the device's own time (POSIX
    seconds) where it sent one. `historical` is a report of the past, sent late: history keeps it, nobody judges or
    believes it now.
    """

    plan: Plan
    values: tuple[Slot, ...]
    received: Instant
    # Through a factory: a mappingproxy has no hash before Python 3.12, which dataclasses take for mutable.
    bad: Mapping[int, Quality] = field(default_factory=lambda: NOTHING_BAD)
    source_time: float | None = None
    reckoned: float | None = None
    """How old the driver reckons that this was when it came, in seconds (see `sourceclock`); see `age`."""
    repeats: bool = False
    """The driver vouches that this full scan has exactly the values and the bad qualities of the scan of this equipment
    before it (the same raw bytes came; see `again`). It then only renews their freshness, unless something came between:
    then it is taken as any other scan, so it is always whole. One with a source time, or with absent values, never
    repeats."""
    historical: bool = False
    since: tuple[Slot, ...] | None = None
    """The values of the scan of this equipment before it, where the driver vouches that the same are bad and that the
    values differ in `moved` and nowhere else (see `after`). Worth something only to whoever believes that very scan."""
    moved: Sequence[int] = ()
    whole: bool = field(init=False, compare=False, repr=False)
    """True when it speaks of every point: nothing is absent."""

    def __post_init__(self) -> None:
        if len(self.values) != len(self.plan.points):
            raise ValueError(
                f"{self.plan.equipment}: {len(self.values)} values for {len(self.plan.points)} points"
            )
        if self.since is not None and self._moved_to_numbers():
            object.__setattr__(self, "whole", True)
            return
        if self.repeats and self.source_time is not None:
            raise ValueError(f"{self.plan.equipment}: a scan with a time of its own repeats nothing")
        numbers = _surely_finite(self.values, self.bad)
        object.__setattr__(self, "whole", numbers or self._look_closely())

    @property
    def age(self) -> float:
        """Seconds from its own time to when it came, negative where its source is ahead of us; 0 without a time of its own."""
        if self.source_time is None:
            return 0.0
        return self.received.wall - self.source_time if self.reckoned is None else self.reckoned

    @property
    def measured(self) -> float:
        """When it was so (steady, s): what a gateway kept for us lies apart on the time line."""
        return self.received.steady if self.source_time is None else self.received.steady - max(0.0, self.age)

    def again(self, received: Instant) -> Scan:
        """The same once more, heard at `received`: what a driver gives when the same raw bytes came.

        The values are the very same tuple, by which it is known at once. Raises ValueError as construction does.
        """
        return Scan(self.plan, self.values, received, self.bad, repeats=True)

    def after(self, values: tuple[Slot, ...], moved: Sequence[int], received: Instant) -> Scan:
        """What a driver gives when some of the raw bytes are others: the same but for the values at `moved`.

        Of a whole scan. Raises ValueError as construction does.
        """
        return Scan(self.plan, values, received, self.bad, since=self.values, moved=moved)

    def _moved_to_numbers(self) -> bool:
        """A look at what moved: the rest was looked at in the scan before."""
        try:
            return math.isfinite(sum([self.values[i] for i in self.moved]))  # type: ignore[misc]  # no number: TypeError
        except (TypeError, OverflowError):
            return False

    def _look_closely(self) -> bool:
        """A look at each value, for what it may not be. True when none is absent."""
        whole = True
        for i, value in enumerate(self.values):
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{self.plan.points[i].id}: {value} is not a finite number")
            if value is None and i not in self.bad:
                raise ValueError(f"{self.plan.points[i].id}: no value, yet called good")
            whole = whole and value is not ABSENT
        if self.repeats and not whole:
            raise ValueError(f"{self.plan.equipment}: a scan that repeats speaks of every point")
        return whole


def _surely_finite(values: tuple[Slot, ...], bad: Mapping[int, Quality]) -> bool:
    """True when all but the bad are numbers, and none is infinite or not a number: a sum never comes back from there.

    False does not say that one is (text, nothing, a sum beyond what a float holds): it costs a look at each.
    """
    try:
        if bad:
            return math.isfinite(sum(_without(values, bad)))
        return math.isfinite(sum(values))  # type: ignore[arg-type]
    except (TypeError, OverflowError):
        return False


def _without(values: tuple[Slot, ...], bad: Mapping[int, Quality]) -> list[float]:
    """The values with 0 where a bad one is nothing: that is allowed there, and only there."""
    rest = list(values)
    for i in bad:
        if rest[i] is None:
            rest[i] = 0
    return rest  # type: ignore[return-value]
