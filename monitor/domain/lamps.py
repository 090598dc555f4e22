"""Which lamps have failed, and since when: each has a repair clock of its own (two days by the service plan)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.domain.reading import Grade
from monitor.domain.rules import AvailabilityBelow
from monitor.domain.verdict import View


@dataclass(frozen=True, slots=True)
class FailedLamp:
    """A lamp by the key of its point; times are POSIX seconds."""

    point: str
    since: float
    due: float

    def overdue(self, wall: float) -> bool:
        """Whether it should have been mended by now."""
        return wall >= self.due


def failed(
    zone: AvailabilityBelow, before: Mapping[str, float], view: View, wall: float
) -> Mapping[str, float]:
    """Since when (POSIX s) each lamp of the zone has failed, after one more look.

    Only what is seen while the zone is commanded on counts: a lamp that is dark by day has not failed, and one that cannot be
    seen is neither mended nor worse.
    """
    if zone.when is not None:
        on, quality = view.read(zone.when)
        if quality.grade is not Grade.GOOD or not on or isinstance(on, str):
            return before
    after = dict(before)
    for key in zone.points:
        works, quality = view.read(key)
        if quality.grade is not Grade.GOOD or works is None or isinstance(works, str):
            continue
        if works:
            after.pop(key, None)
        else:
            after.setdefault(key, wall)
    return after
