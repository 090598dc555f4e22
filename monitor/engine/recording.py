"""What of every scan is kept for history: changes, and a heartbeat that tells an unchanged value from a silent one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.domain.history import Sample
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Plan, Scan, Slot
from monitor.engine.draining import Drain
from monitor.ports import Clock, Spool

__all__ = ["HEARTBEAT", "Drain", "Recorder"]

HEARTBEAT = 60.0
"""Seconds after which an unchanged value is stored again."""
_GOOD = Quality.GOOD


class _Kept:
    """What was last stored of one equipment. Before `due` (s, steady) no heartbeat of any of its points falls."""

    __slots__ = ("due", "ids", "quality", "steady", "value")

    def __init__(self, plan: Plan) -> None:
        count = len(plan.points)
        self.ids = tuple(point.id for point in plan.points)
        self.value: list[Slot] = [ABSENT] * count
        self.quality = [_GOOD] * count
        self.steady = [float("-inf")] * count
        self.due = float("-inf")


class Recorder:
    """Implements the pipeline's outlet to history.

    There is no deadband: whatever moved is kept, before anything is judged. The time of a sample is the device's own
    where it sent one, else the arrival, so that storing a scan again stores nothing new. `clock` is not read: every
    scan brings its own time.
    """

    def __init__(
        self, plans: Iterable[Plan], spool: Spool, clock: Clock, *, heartbeat: float = HEARTBEAT
    ) -> None:
        self._kept = {plan.equipment: _Kept(plan) for plan in plans}
        self._spool = spool
        self._clock = clock
        self._heartbeat = heartbeat

    def take(self, scan: Scan, changed: Sequence[int] | None = None) -> None:
        """Keep what of this stamped scan is new. Raises KeyError for an equipment that was not planned.

        `changed` are the points that differ from the scan before, for whoever knows: the others are then looked at only
        when a heartbeat is due.
        """
        kept = self._kept[scan.plan.equipment]
        steady = scan.received.steady
        if steady >= kept.due:
            samples = self._news(kept, scan, range(len(scan.values)))
            kept.due = min((at for at in kept.steady if at > float("-inf")), default=steady) + self._heartbeat
        else:
            samples = self._news(kept, scan, range(len(scan.values)) if changed is None else changed)
        if samples:
            self._spool.append(samples)

    def _news(self, kept: _Kept, scan: Scan, among: Sequence[int]) -> list[Sample]:
        seconds = scan.source_time if scan.source_time is not None else scan.received.wall
        at_ms, steady = round(seconds * 1000), scan.received.steady
        values, bad = scan.values, scan.bad
        samples: list[Sample] = []
        for i in among:
            value = values[i]
            if value is ABSENT:
                continue
            quality = bad.get(i, _GOOD) if bad else _GOOD
            if quality.bad:
                value = None
            if (
                value == kept.value[i]
                and quality is kept.quality[i]
                and steady - kept.steady[i] < self._heartbeat
            ):
                continue
            kept.value[i], kept.quality[i], kept.steady[i] = value, quality, steady
            samples.append(Sample(kept.ids[i], at_ms, value, quality.code))
        return samples
