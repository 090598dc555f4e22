"""Operator positions (ISA-18.2-2016 3.1, operator console): who in the control room answers for which equipment.

The load that alarms put on people counts for each position, not for the site: two desks that share 24 alarms an hour have
12 each. What no position has taken over concerns them all, so that no alarm is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from monitor.domain.point import Text


@dataclass(frozen=True, slots=True)
class Cover:
    """Some equipment. An empty set stands for all; `areas` are the beginnings of locations, `B1` that of `B1/東`."""

    systems: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    equipment: frozenset[str] = frozenset()

    def takes(self, equipment: str, system: str, location: str) -> bool:
        """True when it means this equipment."""
        return (
            (not self.systems or system in self.systems)
            and (not self.equipment or equipment in self.equipment)
            and (not self.areas or any(_within(location, area) for area in self.areas))
        )


@dataclass(frozen=True, slots=True)
class OperatorPosition:
    """One desk. Without `covers` it answers for everything."""

    id: str
    name: Text = field(default_factory=dict)
    covers: tuple[Cover, ...] = ()

    def takes(self, equipment: str, system: str, location: str) -> bool:
        """True when this position answers for the equipment."""
        return not self.covers or any(cover.takes(equipment, system, location) for cover in self.covers)


def responsible(
    positions: Sequence[OperatorPosition], equipment: str, system: str, location: str
) -> tuple[str, ...]:
    """The ids of the positions that answer for an equipment: all of them where none does."""
    own = tuple(one.id for one in positions if one.takes(equipment, system, location))
    return own or everybody(positions)


def everybody(positions: Iterable[OperatorPosition]) -> tuple[str, ...]:
    """Every position: what is of no equipment (a missed round, Watchroom itself) concerns them all."""
    return tuple(one.id for one in positions)


def _within(location: str, area: str) -> bool:
    return location == area or location.startswith(f"{area}/")
