"""What of every scan is kept for history: changes, and a heartbeat that tells an unchanged value from a silent one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

from monitor.domain.history import Sample, sample_of
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Plan, Scan, Slot
from monitor.engine.draining import Drain
from monitor.ports import Clock, Spool

__all__ = ["HEARTBEAT", "Drain", "Recorder"]

HEARTBEAT = 60.0
"""Seconds after which an unchanged value is stored again."""
_GOOD = Quality.GOOD


class _Kept:
    """What was last stored of one equipment. Before `due` (s, steady) no heartbeat of any of its points falls.

    What comes first counts as stored `ahead` seconds before: else all equipment would have its heartbeats in the same
    second of each minute, for ever.
    """

    __slots__ = ("_ahead", "due", "ids", "quality", "steady", "value")

    def __init__(self, plan: Plan, ahead: float) -> None:
        self._ahead = ahead
        count = len(plan.points)
        self.ids = tuple(point.id for point in plan.points)
        self.value: list[Slot] = [ABSENT] * count
        self.quality = [_GOOD] * count
        self.steady = [float("-inf")] * count
        self.due = float("-inf")

    def all_new(self, values: Sequence[Slot], steady: float) -> None:
        """All was stored at `steady` with good quality."""
        self.value = list(values)
        self.quality = [_GOOD] * len(values)
        self.steady = [steady] * len(values)

    def plan_heartbeat(self, now: float, heartbeat: float) -> None:
        """Find when the first of them falls."""
        if self.due == float("-inf"):
            self.steady = [at - self._ahead for at in self.steady]
        self.due = min((at for at in self.steady if at > float("-inf")), default=now) + heartbeat


class Recorder:
    """Implements the pipeline's outlet to history.

    There is no deadband: whatever moved is kept, before anything is judged. The time of a sample is the device's own
    where it sent one, else the arrival, so that storing a scan again stores nothing new. `clock` is not read: every
    scan brings its own time.
    """

    def __init__(
        self, plans: Iterable[Plan], spool: Spool, clock: Clock, *, heartbeat: float = HEARTBEAT
    ) -> None:
        plans = tuple(plans)
        self._kept = {
            plan.equipment: _Kept(plan, heartbeat * place / len(plans)) for place, plan in enumerate(plans)
        }
        self._spool = spool
        self._clock = clock
        self._heartbeat = heartbeat

    def take(self, scan: Scan, changed: Sequence[int] | None = None) -> None:
        """Keep what of this stamped scan is new. Raises KeyError for an equipment that was not planned.

        `changed` are the points that differ from the scan before, for whoever knows: the others are then looked at only
        when a heartbeat is due.
        """
        kept = self._kept[scan.plan.equipment]
        if scan.historical:
            self._spool.append(list(_past(kept, scan)))
            return
        steady = scan.measured
        if steady >= kept.due:
            samples = self._news(kept, scan, steady, range(len(scan.values)))
            kept.plan_heartbeat(steady, self._heartbeat)
        elif changed is None:
            samples = self._news(kept, scan, steady, range(len(scan.values)))
        elif scan.bad:
            samples = self._news(kept, scan, steady, changed)
        else:
            samples = _all_good(kept, scan, steady, changed)
        if samples:
            self._spool.append(samples)

    def _news(self, kept: _Kept, scan: Scan, steady: float, among: Sequence[int]) -> list[Sample]:
        at_ms = _at_ms(scan)
        values, bad = scan.values, scan.bad
        samples: list[Sample] = []
        for i in among:
            value = values[i]
            if value is ABSENT:
                continue
            quality = bad.get(i, _GOOD)
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


def _all_good(kept: _Kept, scan: Scan, steady: float, changed: Sequence[int]) -> list[Sample]:
    """The usual scan, in which nothing is bad: what changed is news, without a look at each."""
    at_ms = _at_ms(scan)
    if len(changed) == len(scan.values):
        kept.all_new(scan.values, steady)
        return list(map(sample_of, zip(kept.ids, repeat(at_ms), scan.values, repeat(0))))
    ids, values = kept.ids, scan.values
    for i in changed:
        kept.value[i], kept.quality[i], kept.steady[i] = values[i], _GOOD, steady
    return [sample_of((ids[i], at_ms, values[i], 0)) for i in changed]


def _past(kept: _Kept, scan: Scan) -> Iterator[Sample]:
    """A report of the past, whole: what was stored last stands later on the time line and says nothing about it."""
    for i, value in enumerate(scan.values):
        if value is not ABSENT:
            quality = scan.bad.get(i, _GOOD)
            yield Sample(kept.ids[i], _at_ms(scan), None if quality.bad else value, quality.code)


def _at_ms(scan: Scan) -> int:
    return round((scan.source_time if scan.source_time is not None else scan.received.wall) * 1000)
