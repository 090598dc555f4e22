"""What is news and what is a report of the past, by the times that devices give. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from monitor.domain.scan import ABSENT, Scan


class Lateness:
    """The newest time that was heard of each point."""

    def __init__(self) -> None:
        self._newest: dict[str, list[float]] = {}

    def parts(self, scan: Scan) -> Iterator[Scan]:
        """The scan, without what is older than what was said before of the same point: that is a report of the past.

        What was said before does not count where it was itself ahead of us: then the device's clock was wrong and has
        been set back, and what it says now is news.
        """
        at = scan.source_time
        if at is None:
            yield scan
            return
        newest = self._newest.setdefault(scan.plan.equipment, [-math.inf] * len(scan.values))
        late = set()
        for i, value in enumerate(scan.values):
            if value is ABSENT:
                continue
            if at < newest[i] <= at + scan.age:
                late.add(i)
            else:
                newest[i] = at
        if late:
            yield replace(_part(scan, late), historical=True)
        if any(value is not ABSENT and i not in late for i, value in enumerate(scan.values)):
            yield _part(scan, set(range(len(scan.values))) - late) if late else scan


def _part(scan: Scan, indices: set[int]) -> Scan:
    values = tuple(value if i in indices else ABSENT for i, value in enumerate(scan.values))
    return replace(scan, values=values, bad={i: q for i, q in scan.bad.items() if i in indices})
