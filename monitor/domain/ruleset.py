"""The alarm rules of equipment of one type: told once, whatever the number of equipment (`flyweights`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from monitor.domain.flyweights import Flyweights
from monitor.domain.rules import AlarmRule, Reported


class Ruleset:
    """Rules by their id within an equipment (`level_high`), in order, of no equipment yet."""

    __slots__ = ("places", "rules")

    def __init__(self, rules: Iterable[AlarmRule]) -> None:
        self.rules = tuple(rules)
        self.places = _places(tuple([rule.id for rule in self.rules]))

    def of(self, equipment: str) -> EquipmentRules:
        """The same as the rules of one equipment."""
        return EquipmentRules(equipment, self)


@lru_cache(maxsize=256)
def _places(ids: tuple[str, ...]) -> Mapping[str, int]:
    """The place of each id: one for all equipment of a type, also where single fields are set."""
    return {id_: place for place, id_ in enumerate(ids)}


class EquipmentRules(Flyweights[AlarmRule]):
    """The rules of one equipment. Their conditions are the very objects of the set."""

    __slots__ = ("equipment", "ruleset")

    def __init__(self, equipment: str, ruleset: Ruleset) -> None:
        self.equipment = equipment
        self.ruleset = ruleset

    def __len__(self) -> int:
        return len(self.ruleset.rules)

    def _made(self, place: int) -> AlarmRule:
        return self.ruleset.rules[place].of(self.equipment)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EquipmentRules):
            return NotImplemented
        same = self.ruleset is other.ruleset or self.ruleset.rules == other.ruleset.rules
        return same and self.equipment == other.equipment

    def __repr__(self) -> str:
        return f"<{len(self)} rules of {self.equipment}>"

    def ids(self) -> Iterator[str]:
        """Their ids in order."""
        return (f"{self.equipment}.{rule.id}" for rule in self.ruleset.rules)

    def having(self, condition: type[Any]) -> Iterator[AlarmRule]:
        """Those with a condition of this kind."""
        return (
            rule.of(self.equipment) for rule in self.ruleset.rules if isinstance(rule.condition, condition)
        )

    def without(self, id_: str) -> EquipmentRules:
        """All but one."""
        rest = (rule for rule in self.ruleset.rules if f"{self.equipment}.{rule.id}" != id_)
        return EquipmentRules(self.equipment, Ruleset(rest))

    def place(self, id_: str) -> int | None:
        """The place of the rule `equipment.rule`; None when this equipment has no such rule."""
        equipment, _, name = id_.partition(".")
        return self.ruleset.places.get(name) if equipment == self.equipment else None


class Rulebook(Mapping[str, AlarmRule]):
    """Every rule of a site by its id: those of equipment, judged by data, and those whose verdict Watchroom itself states.

    There may be hundreds of thousands: ask for one, or for those `having` a condition. To go through `values()` makes them all.
    """

    __slots__ = ("equipment", "stated")

    def __init__(self, equipment: Iterable[EquipmentRules], stated: Iterable[AlarmRule] = ()) -> None:
        """`stated` are few and each by itself; one that bears the id of another takes its place."""
        of_equipment = {one.equipment: one for one in equipment}
        self.stated: Mapping[str, AlarmRule] = {rule.id: rule for rule in stated}
        for rule in self.stated.values():
            own = of_equipment.get(rule.equipment)
            if own is not None and own.place(rule.id) is not None:
                of_equipment[rule.equipment] = own.without(rule.id)
        self.equipment: Mapping[str, EquipmentRules] = of_equipment

    @classmethod
    def of(cls, rules: Iterable[AlarmRule]) -> Rulebook:
        """Of rules that are made already. Raises ValueError for an id that is not `equipment.rule`."""
        of_equipment: dict[str, list[AlarmRule]] = {}
        stated: list[AlarmRule] = []
        for rule in {rule.id: rule for rule in rules}.values():
            if isinstance(rule.condition, Reported):
                stated.append(rule)
                continue
            if rule.id.partition(".")[0] != rule.equipment:
                raise ValueError(f"{rule.id} is no rule of {rule.equipment}")
            of_equipment.setdefault(rule.equipment, []).append(rule)
        sets = [Ruleset(rule.of_none() for rule in own).of(name) for name, own in of_equipment.items()]
        return cls(sets, stated)

    def __getitem__(self, id_: str) -> AlarmRule:
        if (stated := self.stated.get(id_)) is not None:
            return stated
        found = self.find(id_)
        if found is None:
            raise KeyError(id_)
        rules, place = found
        return rules[place]

    def find(self, id_: str) -> tuple[EquipmentRules, int] | None:
        """Whose rule it is and at which place; None for one that is stated, or that nobody has."""
        rules = self.equipment.get(id_.partition(".")[0])
        place = None if rules is None else rules.place(id_)
        return None if rules is None or place is None else (rules, place)

    def having(self, condition: type[Any]) -> Iterator[AlarmRule]:
        """Those of equipment with a condition of this kind."""
        return (rule for rules in self.equipment.values() for rule in rules.having(condition))

    def __contains__(self, id_: object) -> bool:
        return isinstance(id_, str) and (id_ in self.stated or self.find(id_) is not None)

    def __iter__(self) -> Iterator[str]:
        for rules in self.equipment.values():
            yield from rules.ids()
        yield from self.stated

    def __len__(self) -> int:
        return sum(map(len, self.equipment.values())) + len(self.stated)
