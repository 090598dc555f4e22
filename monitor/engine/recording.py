"""What of every scan is kept for history: changes, and a heartbeat that tells an unchanged value from a silent one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import cast

from monitor.domain.history import Sample
from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.domain.rows import Row, Rows
from monitor.domain.scan import ABSENT, Plan, Scan, Slot
from monitor.engine.draining import Drain
from monitor.ports import Clock, Spool

__all__ = ["HEARTBEAT", "Drain", "Recorder"]

HEARTBEAT = 60.0
"""Seconds after which an unchanged value is stored again."""
TOGETHER = 0.01
"""Seconds that samples may wait for others, to be written at once: what `kill -9` takes at most. The gap that the next start
puts down (`was_down`) is longer."""
_GOOD = Quality.GOOD


class _Kept:
    """What was last stored of one equipment. Before `due` (s, steady) no heartbeat of any of its points falls.

    What comes first counts as stored `ahead` seconds before: else all equipment would have its heartbeats in the same
    second of each minute, for ever.
    """

    __slots__ = ("_ahead", "_quality", "_value", "_whole", "due", "ids", "steady")

    def __init__(self, plan: Plan, ahead: float) -> None:
        self._ahead = ahead
        count = len(plan.points)
        self.ids = tuple([f"{plan.equipment}.{key}" for key in plan.index])
        self._whole: Sequence[Slot] | None = None
        """Everything that is stored, and all of it good; else each by itself:"""
        self._value: list[Slot] = [ABSENT] * count
        self._quality = [_GOOD] * count
        self.steady = [float("-inf")] * count
        self.due = float("-inf")

    def is_whole(self, values: Sequence[Slot]) -> None:
        """With what is stored now all of it stands so, with good quality."""
        self._whole = values

    def each(self) -> tuple[list[Slot], list[Quality]]:
        """Value and quality of each point, to be changed."""
        if self._whole is not None:
            self._value, self._quality = list(self._whole), [_GOOD] * len(self._whole)
            self._whole = None
        return self._value, self._quality

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
        self,
        plans: Iterable[Plan],
        spool: Spool,
        clock: Clock,
        *,
        heartbeat: float = HEARTBEAT,
        soon: Callable[[], None] | None = None,
    ) -> None:
        """`soon` asks for `settle` within TOGETHER; without it every scan is written by itself."""
        plans = tuple(plans)
        self._kept = {
            plan.equipment: _Kept(plan, heartbeat * place / len(plans)) for place, plan in enumerate(plans)
        }
        self._spool = spool
        self._clock = clock
        self._heartbeat = heartbeat
        self._soon = soon
        self._waiting: list[Row | list[Sample]] = []

    def take(self, scan: Scan, changed: Sequence[int] | None = None) -> None:
        """Keep what of this stamped scan is new. Raises KeyError for an equipment that was not planned.

        `changed` are the points that differ from the scan before, for whoever knows: the others are then looked at only
        when a heartbeat is due.
        """
        kept = self._kept[scan.plan.equipment]
        if scan.historical:
            self._store(list(_past(kept, scan)))
            return
        steady = scan.measured
        if steady >= kept.due:
            self._store(self._news(kept, scan, steady, range(len(scan.values))))
            kept.plan_heartbeat(steady, self._heartbeat)
        elif changed is None:
            self._store(self._news(kept, scan, steady, range(len(scan.values))))
        elif scan.bad or not scan.whole:
            self._store(self._news(kept, scan, steady, changed))
        elif changed:
            self._store(_all_good(kept, scan, steady, changed))

    def settle(self) -> None:
        """Write what waits for company."""
        waiting, self._waiting = self._waiting, []
        for rows, group in groupby(waiting, key=lambda one: isinstance(one, Row)):
            if rows:
                self._spool.append(Rows(cast(Iterable[Row], group)))
            else:
                for samples in group:
                    self._spool.append(cast(list[Sample], samples))

    def _store(self, news: Row | list[Sample]) -> None:
        if not news:
            return
        first = not self._waiting
        self._waiting.append(news)
        if self._soon is None:
            self.settle()
        elif first:
            self._soon()

    def _news(self, kept: _Kept, scan: Scan, steady: float, among: Sequence[int]) -> Row | list[Sample]:
        at_ms = _at_ms(scan)
        values, bad = scan.values, scan.bad
        value_of, quality_of = kept.each()
        good: list[int] = []
        samples: list[Sample] = []
        for i in among:
            value = values[i]
            if value is ABSENT:
                continue
            quality = bad.get(i, _GOOD)
            if quality.bad:
                value = None
            if (
                value == value_of[i]
                and quality is quality_of[i]
                and steady - kept.steady[i] < self._heartbeat
            ):
                continue
            value_of[i], quality_of[i], kept.steady[i] = value, quality, steady
            if bad:
                samples.append(Sample(kept.ids[i], at_ms, value, quality.code))
            else:
                good.append(i)
        return _row(kept, scan, good) if good else samples


def _all_good(kept: _Kept, scan: Scan, steady: float, changed: Sequence[int]) -> Row:
    """The usual scan, in which nothing is bad: what changed is news, without a look at each."""
    kept.is_whole(scan.values)
    stored = kept.steady
    for i in changed:
        stored[i] = steady
    return _row(kept, scan, changed)


def _row(kept: _Kept, scan: Scan, places: Sequence[int]) -> Row:
    values = scan.values
    return Row(kept.ids, _at_ms(scan), places, [cast(Value, values[i]) for i in places])


def _past(kept: _Kept, scan: Scan) -> Iterator[Sample]:
    """A report of the past, whole: what was stored last stands later on the time line and says nothing about it."""
    for i, value in enumerate(scan.values):
        if value is not ABSENT:
            quality = scan.bad.get(i, _GOOD)
            yield Sample(kept.ids[i], _at_ms(scan), None if quality.bad else value, quality.code)


def _at_ms(scan: Scan) -> int:
    return round((scan.source_time if scan.source_time is not None else scan.received.wall) * 1000)
