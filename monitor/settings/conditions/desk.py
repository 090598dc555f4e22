"""What the makers of all kinds ask: is there such a point, is it what the rule needs, and whom to tell if not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from monitor.domain.point import Kind
from monitor.domain.rules import Condition
from monitor.settings.checking import Context
from monitor.settings.conditions.where import Places
from monitor.settings.hours import Almanac
from monitor.settings.points import TypePoint
from monitor.settings.problems import Mark
from monitor.settings.shape import rules as shapes
from monitor.settings.site import Grade
from monitor.settings.types import EquipmentType


@dataclass(slots=True)
class Desk(ABC):
    """The type whose rules are read, and what its site says."""

    type: EquipmentType
    grade: Grade
    context: Context
    almanac: Almanac

    @abstractmethod
    def make(self, kind: str, shape: shapes.RuleShape, at: Places) -> Condition | None:
        """The condition of a rule of `kind`; None when it is wrong, which is then reported."""

    def wrong(self, mark: Mark, what: str) -> None:
        """Report it."""
        self.context.problems.add(mark, what)

    def point(self, key: str, mark: Mark) -> TypePoint | None:
        """The point of this key; None when there is none, which is reported, as below."""
        point = self.type.points.get(key)
        if point is None:
            self.context.unknown(mark, "point", key, self.type.points, f"of type {self.type.name}")
        return point

    def points(self, globs: Iterable[str], at: Places) -> tuple[str, ...]:
        """The keys that these names and patterns mean, in order."""
        found: dict[str, None] = {}
        for glob in globs:
            keys = [key for key in self.type.points if fnmatchcase(key, glob)]
            if not keys and "*" in glob:
                self.wrong(at("points"), f"no point of type {self.type.name} is like `{glob}`")
            elif not keys:
                self.context.unknown(
                    at("points"), "point", glob, self.type.points, f"of type {self.type.name}"
                )
            found.update(dict.fromkeys(keys))
        return tuple(found)

    def number(self, kind: str, key: str, at: Places, field: str = "point") -> TypePoint | None:
        """A point that is a number."""
        point = self.point(key, at(field))
        if point is not None and point.kind not in (Kind.ANALOG, Kind.COUNTER):
            self.wrong(
                at(field), f"`{kind}` needs a number, and `{point.key}` is {point.kind}; use `rule: state`"
            )
            return None
        return point

    def contact(self, key: str, at: Places) -> TypePoint | None:
        """A point that is wet or dry."""
        point = self.point(key, at("point"))
        if point and (point.kind is not Kind.DISCRETE or point.states):
            self.wrong(at("point"), f"`{point.key}` is not a wet or dry contact (a bool)")
        return point


def unit(point: TypePoint) -> str:
    """The unit behind a number, for people."""
    return f" {point.unit}" if point.unit else ""
