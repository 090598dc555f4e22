"""High-high and low-low: one alarm that grows more urgent, instead of two that cry at once.

The alarm is raised by the rule's own limit; each further level has the same deadband and delays. Rising is annunciated (a raised
priority is, ISA-18.2-2016 10.6), falling back is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from monitor.domain.rules import AlarmRule, High, Level, Low, judge
from monitor.domain.verdict import Verdict, View


class Climb(NamedTuple):
    """How many of the levels are reached, and where it may go from there at `due` (steady s)."""

    reached: int = 0
    wanted: int = 0
    due: float = 0.0

    @property
    def next_due(self) -> float | None:
        """Steady time (s) at which it goes there, if the data still says so; None where it goes nowhere."""
        return self.due if self.wanted != self.reached else None


def climb(rule: AlarmRule, before: Climb, view: View, steady: float) -> Climb:
    """Fold one look. Bad data leaves everything as it is, uncertain data may raise and never lowers."""
    wanted = _wanted(rule.condition, rule.levels, before.reached, view)
    if wanted is None:
        return before
    if wanted == before.reached:
        return before._replace(wanted=wanted)
    rises = wanted > before.reached
    going_on = before.wanted != before.reached and (before.wanted > before.reached) is rises
    due = before.due if going_on else steady + (rule.on_delay if rises else rule.off_delay)
    return Climb(wanted, wanted) if steady >= due else Climb(before.reached, wanted, due)


def _wanted(condition: object, levels: Sequence[Level], reached: int, view: View) -> int | None:
    if not isinstance(condition, High | Low):
        return None
    verdicts = [judge(replace(condition, limit=level.limit), view) for level in levels]
    if verdicts and verdicts[0] is Verdict.UNKNOWN and Verdict.TRUE not in verdicts:
        return None
    above = verdicts.count(Verdict.TRUE)
    if above >= reached:
        return above
    kept = sum(verdict is not Verdict.FALSE for verdict in verdicts[:reached])
    return max(above, kept)
