"""What rules and the rhythm of an equipment's readings must not contradict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from monitor.domain.conditions import AtLeast, Rate, Stuck, Unceasing
from monitor.domain.mentions import points_in
from monitor.domain.rules import Comm, Condition, SensorFault, Stale, Unreadable
from monitor.domain.scan import Plan
from monitor.settings.checking import Context
from monitor.settings.problems import Mark
from monitor.settings.rules import Draft

FEWEST = 3
"""Readings that a window must hold at least: two make no trend that noise could not make."""


class Clash(NamedTuple):
    """A rule whose time cannot work; `key` is the field that says so, `moved` where an equipment sets its fields."""

    key: str
    moved: Mapping[str, Mark]
    text: str


@dataclass(slots=True)
class Rhythms:
    """Looks at the rules of all equipment; those that it shares are looked at once."""

    context: Context
    _known: dict[tuple[int, int, float | None], _Looked] = field(default_factory=dict)

    def check(self, drafts: Sequence[Draft], plan: Plan, interval: float | None, otherwise: Mark) -> None:
        """Report rules whose times cannot work with readings every `interval` seconds; None where it speaks by itself.

        The place is where the equipment sets the field, else `otherwise`: the type may be right for others of its kind.
        """
        key = (id(drafts), id(plan.shape), interval)
        if key not in self._known:
            self._known[key] = _Looked(drafts, plan, tuple(_clashes(drafts, plan, interval)))
        for clash in self._known[key].clashes:
            self.context.problems.add(clash.moved.get(clash.key, otherwise), clash.text)


class _Looked(NamedTuple):
    """What was found, with what it is known by: nothing else may come to have the identity of these."""

    drafts: Sequence[Draft]
    plan: Plan
    clashes: tuple[Clash, ...]


def _clashes(drafts: Iterable[Draft], plan: Plan, interval: float | None) -> Iterator[Clash]:
    for draft in drafts:
        rule = draft.rule.id
        shortest = min((window for window in _windows(draft.rule.condition)), default=None)
        if interval is not None and shortest is not None and shortest < FEWEST * interval:
            yield Clash(
                "window",
                draft.moved,
                f"rule `{rule}` looks over {shortest:g} s, and values are read every {interval:g} s: "
                f"a window holds at least {FEWEST} readings",
            )
        stale = _stale(draft.rule.condition, plan)
        if interval is None and stale is not None and draft.rule.on_delay > stale:
            yield Clash(
                "on_delay",
                draft.moved,
                f"rule `{rule}` waits {draft.rule.on_delay:g} s (on_delay), and a value that comes by itself is believed "
                f"for {stale:g} s: it may never be raised",
            )


def _windows(condition: Condition) -> list[float]:
    match condition:
        case Rate(window=window) | Unceasing(window=window):
            return [window]
        case Stuck(longer=longer):
            return [longer]
        case AtLeast(_, conditions):
            return [window for one in conditions for window in _windows(one)]
        case _:
            return []


def _stale(condition: Condition, plan: Plan) -> float | None:
    """How long (s) the shortest lived of its points is believed; None for alarms about the data itself."""
    if isinstance(condition, Stale | Comm | SensorFault | Unreadable):
        return None
    lives = [plan.shape[plan.index[key]].stale_after for key in points_in(condition) if key in plan.index]
    return min(lives, default=None)
