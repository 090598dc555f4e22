"""The rules of one equipment, arranged so that a scan costs only those that it may move.

A rule whose alarm is as it was made has no watch: it *sleeps*. A site with breaker panels has a hundred thousand of them, and all
that is to be known of one stands in the `Layout` that it shares. What would move its alarm wakes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from monitor.domain import transition
from monitor.domain.mentions import points_in
from monitor.domain.ruleset import EquipmentRules
from monitor.domain.scan import ABSENT, Scan
from monitor.domain.verdict import View
from monitor.engine.layout import Layout
from monitor.engine.watch import Watch


class Lookout:
    """Chooses whom to ask, in the order of the rules.

    A rule is *settled* when it was asked and nothing came of it: then it is asked again only when one of its points
    changes. Whatever moves its alarm unsettles it, a person's command too; at first all are unsettled.
    """

    __slots__ = ("_awake", "_layout", "_of_point", "_unsettled", "_untried", "rules")

    def __init__(self, rules: EquipmentRules, layout: Layout) -> None:
        self.rules = rules
        self._layout = layout
        self._awake: dict[int, Watch] = {}
        self._unsettled: set[int] = set()
        self._untried = True
        """Nobody was asked yet: those asleep are unsettled too."""
        self._of_point: dict[int, tuple[int, ...]] | None = None
        for place in layout.lasting:
            self.wake(place)

    # Who there is

    @property
    def awake(self) -> Iterable[Watch]:
        """Those with a watch, in the order of the rules."""
        return [self._awake[place] for place in sorted(self._awake)]

    def at(self, place: int) -> Watch | None:
        """The watch of a rule; None while it sleeps."""
        return self._awake.get(place)

    def wake(self, place: int) -> Watch:
        """The watch of a rule, made if need be."""
        watch = self._awake.get(place)
        if watch is None:
            rule = self.rules[place]
            watch = self._awake[place] = Watch(rule, transition.new(rule), place=place)
            self._unsettled.add(place)
        return watch

    # Whom to ask

    def at_stake(self, view: View, scan: Scan, changed: Sequence[int]) -> Iterable[Watch]:
        """Those that this scan may move, when only the values at `changed` differ from the scan before."""
        if self._untried:
            return self.all(view)
        chosen = self._unsettled | self._layout.always
        if not changed and not chosen:
            return ()
        if changed:
            of_point = self._of_point
            if of_point is None:
                of_point = self._of_point = self._layout.of_point(scan.plan.index)
            for i in of_point.keys() & changed:
                chosen.update(of_point[i])
        return self._stirred(view, chosen)

    def all(self, view: View) -> Iterator[Watch]:
        """Those that the latest values may move, whatever changed."""
        yield from self._stirred(view, self._layout.everybody)
        self._untried = False

    def _stirred(self, view: View, places: Iterable[int]) -> Iterator[Watch]:
        awake, layout = self._awake, self._layout
        for place in sorted(places):
            watch = awake.get(place)
            if watch is not None:
                if not watch.within_band(view):
                    yield watch
            elif layout.stirs(place, view):
                yield self.wake(place)

    def speaks_of(self, watch: Watch, scan: Scan) -> bool:
        """Whether the scan brings a reading of one of its points, even an unchanged one."""
        if scan.whole:
            return True
        index, points = scan.plan.index, points_in(watch.rule.condition)
        return any(scan.values[index[point]] is not ABSENT for point in points)

    # What came of it

    def settle(self, watch: Watch) -> None:
        """It was asked and nothing came of it: unless it counts readings, it can wait for a change."""
        if not watch.settle():
            self._unsettled.add(watch.place)
            return
        self._unsettled.discard(watch.place)
        if not self._unsettled:
            self._unsettled.clear()  # an emptied set keeps the room that all of them took
        if watch.as_made:
            self._awake.pop(watch.place, None)

    def unsettle(self, watch: Watch) -> None:
        """Its alarm moved."""
        watch.unsettle()
        self._unsettled.add(watch.place)
