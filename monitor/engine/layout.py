"""How the rules of one equipment are looked at: the same for all equipment whose rules have the same conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.domain import transition
from monitor.domain.band import band, points_of, within
from monitor.domain.rules import AlarmRule, judge
from monitor.domain.verdict import Verdict, View
from monitor.engine.watch import lasting


class Layout:
    """Rules by their places; which of them a point may move, and what stirs one whose alarm never moved."""

    def __init__(self, rules: Sequence[AlarmRule]) -> None:
        self._points = [points_of(rule.condition) for rule in rules]
        self._conditions = [rule.condition for rule in rules]
        self._bands = [band(rule.condition, transition.new(rule)) for rule in rules]
        self.everybody = frozenset(range(len(rules)))
        self.always = frozenset(place for place, points in enumerate(self._points) if points is None)
        self.lasting = tuple(place for place, rule in enumerate(rules) if lasting(rule))
        """Those that need a watch of their own from the beginning."""
        self._of_point: dict[tuple[str, ...], dict[int, tuple[int, ...]]] = {}

    def of_point(self, index: Mapping[str, int]) -> dict[int, tuple[int, ...]]:
        """The places of the rules that a point may move, by the point's own place in a plan."""
        keys = tuple(index)
        known = self._of_point.get(keys)
        if known is None:
            known = self._of_point[keys] = self._compiled(index)
        return known

    def _compiled(self, index: Mapping[str, int]) -> dict[int, tuple[int, ...]]:
        of_point: dict[int, tuple[int, ...]] = {}
        for place, points in enumerate(self._points):
            for point in points or ():
                of_point[index[point]] = (*of_point.get(index[point], ()), place)
        return of_point

    def stirs(self, place: int, view: View) -> bool:
        """Whether the latest values move an alarm that is as it was made: normal, and nothing remembered.

        Only the condition holding does; `Watch.unmoved_by` says the same of a new alarm.
        """
        condition = self._conditions[place]
        return not within(self._bands[place], condition, view) and judge(condition, view) is Verdict.TRUE


class Layouts:
    """One for each set of conditions, found by their identity: equipment of one type shares them."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], Layout] = {}

    def of(self, rules: Sequence[AlarmRule]) -> Layout:
        """Of these rules of a type, in their order. They live as long as their layout is used, and so their identities do."""
        key = tuple([id(rule) for rule in rules])
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Layout(rules)
        return known
