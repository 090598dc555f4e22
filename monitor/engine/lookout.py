"""The rules of one equipment, arranged so that a scan costs only those that it may move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from monitor.domain.band import points_of
from monitor.domain.mentions import points_in
from monitor.domain.rules import Condition
from monitor.domain.scan import ABSENT, Scan
from monitor.engine.watch import Watch


class Layout:
    """Which rules look at which points: the same for all equipment whose rules have the same conditions."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self._points = [points_of(condition) for condition in conditions]
        self.everybody = frozenset(range(len(conditions)))
        self.always = frozenset(place for place, points in enumerate(self._points) if points is None)
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


class Layouts:
    """One for each set of conditions, found by their identity: equipment of one type shares them."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], Layout] = {}

    def of(self, watches: Sequence[Watch]) -> Layout:
        """Of these rules, in their order. The rules live as long as their layout is used, and so their identities do."""
        conditions = [watch.rule.condition for watch in watches]
        key = tuple(map(id, conditions))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Layout(conditions)
        return known


class Lookout:
    """Chooses whom to ask, in the order of the rules.

    A watch is *settled* when it was asked and nothing came of it: then it is asked again only when one of its points
    changes. Whatever moves its alarm unsettles it, a person's command too; at first all are unsettled.
    """

    def __init__(self, watches: Iterable[Watch], layouts: Layouts) -> None:
        self.watches = tuple(watches)
        for place, watch in enumerate(self.watches):
            watch.place = place
        self._layout = layouts.of(self.watches)
        self._always = self._layout.always
        self._unsettled = set(self._layout.everybody)
        self._of_point: dict[int, tuple[int, ...]] | None = None

    def at_stake(self, scan: Scan, changed: Sequence[int]) -> Sequence[Watch]:
        """Those that this scan may move, when only the values at `changed` differ from the scan before."""
        if not changed:
            if not self._unsettled and not self._always:
                return ()
            return self._in_order(self._unsettled | self._always)
        of_point = self._of_point
        if of_point is None:
            of_point = self._of_point = self._layout.of_point(scan.plan.index)
        chosen = self._unsettled | self._always
        for i in of_point.keys() & changed:
            chosen.update(of_point[i])
        return self._in_order(chosen)

    def speaks_of(self, watch: Watch, scan: Scan) -> bool:
        """Whether the scan brings a reading of one of its points, even an unchanged one."""
        if scan.whole:
            return True
        index, points = scan.plan.index, points_in(watch.rule.condition)
        return any(scan.values[index[point]] is not ABSENT for point in points)

    def settle(self, watch: Watch) -> None:
        """It was asked and nothing came of it: unless it counts readings, it can wait for a change."""
        if watch.settle():
            self._unsettled.discard(watch.place)
            if not self._unsettled:
                self._unsettled.clear()  # an emptied set keeps the room that all of them took
        else:
            self._unsettled.add(watch.place)

    def unsettle(self, watch: Watch) -> None:
        """Its alarm moved. One that is not looked at here (its rule's verdict is reported) is left alone."""
        if watch.place >= 0:
            watch.unsettle()
            self._unsettled.add(watch.place)

    def _in_order(self, places: Iterable[int]) -> Sequence[Watch]:
        watches = self.watches
        return [watches[place] for place in sorted(places)]
