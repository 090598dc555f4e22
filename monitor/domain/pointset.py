"""The points of equipment of one type: told once, whatever the number of equipment (`flyweights`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from monitor.domain.flyweights import Flyweights
from monitor.domain.point import Point

if TYPE_CHECKING:
    from monitor.domain.scan import Plan


class Points(Flyweights[Point]):
    """The points of one equipment; `shape` has them as they are in its type, of no equipment."""

    __slots__ = ("equipment", "shape")

    def __init__(self, equipment: str, shape: tuple[Point, ...]) -> None:
        self.equipment = equipment
        self.shape = shape

    def __len__(self) -> int:
        return len(self.shape)

    def _made(self, place: int) -> Point:
        return self.shape[place].of(self.equipment)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Points):
            same = self.shape is other.shape or self.shape == other.shape
            return same and self.equipment == other.equipment
        return tuple(self) == other if isinstance(other, tuple) else NotImplemented

    def __repr__(self) -> str:
        return f"<{len(self)} points of {self.equipment}>"


class PointBook(Mapping[str, Point]):
    """Every point of some plans by its id."""

    def __init__(self, plans: Iterable[Plan]) -> None:
        self._plans = {plan.equipment: plan for plan in plans}

    def __getitem__(self, id_: str) -> Point:
        equipment, _, key = id_.partition(".")
        plan = self._plans[equipment]
        return plan.points[plan.index[key]]

    def __iter__(self) -> Iterator[str]:
        return (f"{plan.equipment}.{key}" for plan in self._plans.values() for key in plan.index)

    def __len__(self) -> int:
        return sum(len(plan.points) for plan in self._plans.values())
