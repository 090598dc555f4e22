"""What a timeline may aim at: equipment by its id or its unit's number, and the ends of the plant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simulators.kinds import ENDS, KINDS
from simulators.wire import faults as wire_faults


class Targets:
    """The faults of every target, as far as they can happen under the plant's framing."""

    def __init__(self, equipment: Iterable[tuple[str, str, int | None]], framing: str) -> None:
        """`equipment` are id, kind and number of unit, None where it has none."""
        self._framing = framing
        self._faults: dict[str, Mapping[str, type[Any]]] = {}
        self._names: dict[str, str] = {}
        for id, kind, unit in equipment:
            self._faults[id] = KINDS[kind].faults
            if unit is not None:
                self._names[str(unit)] = id
        self._faults |= {name: end.faults for name, end in ENDS.items()}
        self._names |= {name: name for name in self._faults}  # an id that looks like a number is an id

    def find(self, name: str) -> str | None:
        """The id that this name or number means."""
        return self._names.get(name)

    def unknown(self, name: str) -> str:
        """What to tell about a name that means nothing."""
        return f"unknown target '{name}' (known: {', '.join(self._faults)})"

    def arguments(self, fault: str, target: str) -> type[Any]:
        """What may be said about this fault of this target. Raises ValueError where it cannot happen."""
        known = self._faults[target]
        if fault not in known:
            raise ValueError(f"'{target}' has no fault '{fault}' (known: {', '.join(known)})")
        if problem := wire_faults.cannot_happen(fault, self._framing):
            raise ValueError(problem)
        return known[fault]
