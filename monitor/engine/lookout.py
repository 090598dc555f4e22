"""The rules of one equipment, arranged so that a scan costs only those that it may move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from monitor.domain.band import points_of
from monitor.domain.mentions import points_in
from monitor.domain.scan import ABSENT, Scan
from monitor.engine.watch import Watch


class Lookout:
    """Chooses whom to ask, in the order of the rules.

    A watch is *settled* when it was asked and nothing came of it: then it is asked again only when one of its points
    changes. Whatever moves its alarm unsettles it, a person's command too; at first all are unsettled.
    """

    def __init__(self, watches: Iterable[Watch]) -> None:
        self.watches = tuple(watches)
        self._place = {watch.rule.id: place for place, watch in enumerate(self.watches)}
        self._points = [points_of(watch.rule.condition) for watch in self.watches]
        self._unsettled = set(range(len(self.watches)))
        self._always = frozenset(place for place, points in enumerate(self._points) if points is None)
        self._of_point: dict[int, tuple[int, ...]] | None = None

    def at_stake(self, scan: Scan, changed: Sequence[int]) -> Sequence[Watch]:
        """Those that this scan may move, when only the values at `changed` differ from the scan before."""
        if not changed:
            if not self._unsettled and not self._always:
                return ()
            return self._in_order(self._unsettled | self._always)
        of_point = self._of_point
        if of_point is None:
            of_point = self._of_point = self._compiled(scan.plan.index)
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
        place = self._place[watch.rule.id]
        if watch.settle():
            self._unsettled.discard(place)
        else:
            self._unsettled.add(place)

    def unsettle(self, watch: Watch) -> None:
        """Its alarm moved. One that is not looked at here (its rule's verdict is reported) is left alone."""
        place = self._place.get(watch.rule.id)
        if place is not None:
            watch.unsettle()
            self._unsettled.add(place)

    def _in_order(self, places: Iterable[int]) -> Sequence[Watch]:
        watches = self.watches
        return [watches[place] for place in sorted(places)]

    def _compiled(self, index: Mapping[str, int]) -> dict[int, tuple[int, ...]]:
        of_point: dict[int, tuple[int, ...]] = {}
        for place, points in enumerate(self._points):
            for point in points or ():
                of_point[index[point]] = (*of_point.get(index[point], ()), place)
        return of_point
