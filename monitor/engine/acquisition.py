"""What is believed of each equipment now: the latest values with their quality, and when they grow too old."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import compress
from operator import is_not, ne, or_
from typing import NamedTuple

from monitor.domain.instant import Instant
from monitor.domain.point import Point, Value
from monitor.domain.reading import Quality, Reading
from monitor.domain.scan import ABSENT, Plan, Scan, Slot

_GOOD = Quality.GOOD
_GONE = frozenset({Quality.SENTINEL, Quality.DECODE_ERROR})
"""What arrived as no value at all."""


class _Heard(NamedTuple):
    """When a point was last heard of. `fresh` is steady time (s), the others POSIX seconds."""

    fresh: float
    source: float | None = None
    received: float | None = None


_heard: Callable[[tuple[float, float | None, float | None]], _Heard] = partial(tuple.__new__, _Heard)


class _Whole:
    """What the last scan of all points said, as long as nothing else was heard or lost since."""

    __slots__ = ("bad", "heard", "stamped", "values")

    def __init__(
        self,
        values: tuple[Slot, ...],
        bad: Mapping[int, Quality],
        stamped: Mapping[int, Quality],
        heard: _Heard,
    ) -> None:
        self.values = values
        self.bad = bad
        self.stamped = stamped
        """`bad` with what is out of range."""
        self.heard = heard

    def repeated_by(self, scan: Scan) -> bool:
        """Whether the scan says it all again.

        A driver that vouches for it gives the very tuple of values again, which settles it at once. The claim alone does
        not: the scan that it was made of may never have arrived here.
        """
        if scan.repeats and scan.values is self.values:
            return True
        if scan.since is self.values:
            return not scan.moved
        return scan.whole and scan.source_time is None and scan.values == self.values and scan.bad == self.bad

    def moved(self, scan: Scan) -> Sequence[int]:
        """Where a scan with the same bad points has other values: by the driver's word, where it speaks of this one."""
        if scan.since is self.values:
            return scan.moved
        return list(compress(range(len(self.values)), map(ne, scan.values, self.values)))

    def read(self, i: int) -> tuple[Value | None, Quality]:
        """Value and quality of one point."""
        quality = self.stamped.get(i, _GOOD) if self.stamped else _GOOD
        return (None if quality in _GONE else self.values[i]), quality  # type: ignore[return-value]  # no ABSENT


class Latest:
    """One equipment's latest values. Implements `rules.View`.

    A point's value survives the loss of the device or of freshness (people want to know what was last seen) but its
    quality says so; a value that arrived bad is gone: nothing is shown that the device did not say.

    Most scans of a polled device are whole and say what the one before said. Those are settled by comparing tuples, and
    renew the freshness of all points with one object; only what is sparse costs a step for each point.
    """

    def __init__(self, plan: Plan, started: Instant) -> None:
        n = len(plan.points)
        self.plan = plan
        self._soonest = min((point.stale_after for point in plan.shape), default=float("inf"))
        self.answering: bool | None = None
        self._values: list[Value | None] = [None] * n
        self._quality: list[Quality] = [Quality.NO_DATA] * n
        self._heard = [_Heard(started.steady)] * n
        """Each point by itself. While `_whole` stands it says all this, and these are filled in when it falls (`_apart`)."""
        self._before_loss: dict[int, Quality] = {}
        self._whole: _Whole | None = None
        self.revived = False
        """Set when a point that could not grow old can again: its time may be the next to look at."""
        self._stated: dict[int, Value] = {}

    def state(self, key: str, value: Value | None) -> None:
        """Believe what a person states of a point, or its device again (None). What the device says is kept beneath."""
        if value is None:
            self._stated.pop(self.plan.index[key], None)
        else:
            self._stated[self.plan.index[key]] = value

    def read(self, key: str) -> tuple[Value | None, Quality]:
        """Value and quality of one point. Raises KeyError for a point that is not in the plan."""
        i = self.plan.index[key]
        if i in self._stated:
            return self._stated[i], Quality.SUBSTITUTED
        whole = self._whole
        return (self._values[i], self._quality[i]) if whole is None else whole.read(i)

    def reading(self, key: str) -> Reading:
        """One point for people and programs."""
        i = self.plan.index[key]
        heard = self._heard[i] if self._whole is None else self._whole.heard
        value, quality = self.read(key)
        return Reading(f"{self.plan.equipment}.{key}", value, quality, heard.source, heard.received)

    def readings(self) -> tuple[Reading, ...]:
        """All points in the plan's order."""
        return tuple(self.reading(key) for key in self.plan.index)

    def take(self, scan: Scan) -> tuple[Scan, Sequence[int]]:
        """Believe a scan. Returns it as stamped (range judged, old news left out) and the indices that changed."""
        whole = self._whole
        if whole is not None and whole.repeated_by(scan):
            whole.heard = _heard((scan.received.steady, None, scan.received.wall))
            return self._stamped(scan, whole.stamped), ()
        if scan.since is not None or (
            scan.whole and scan.source_time is None and Quality.RETAINED not in scan.bad.values()
        ):
            return self._take_whole(scan, whole)
        self._apart()
        return self._take_each(scan)

    def _apart(self) -> None:
        """From now on each point has its own value, quality and time."""
        whole = self._whole
        if whole is None:
            return
        self._values, self._quality = self._said(whole)
        self._heard = [whole.heard] * len(whole.values)
        self._whole = None

    def _said(self, whole: _Whole) -> tuple[list[Value | None], list[Quality]]:
        """Value and quality of each point."""
        values, quality = list(whole.values), [_GOOD] * len(whole.values)
        for i, reason in whole.stamped.items():
            quality[i] = reason
            if reason in _GONE:
                values[i] = None
        return values, quality  # type: ignore[return-value]  # a whole scan has no ABSENT

    def _stamped(self, scan: Scan, bad: Mapping[int, Quality]) -> Scan:
        return scan if len(bad) == len(scan.bad) else replace(scan, bad=bad)

    def _take_whole(self, scan: Scan, before: _Whole | None) -> tuple[Scan, Sequence[int]]:
        """All points at once: none of them can be old news. `before` is what was said last, if it still stands."""
        heard = _heard((scan.received.steady, None, scan.received.wall))
        if before is not None and (scan.since is before.values or before.bad == scan.bad):
            changed = before.moved(scan)
            bad = self._judge_ranges_of(changed, scan, before)
            now = _Whole(scan.values, before.bad, bad, heard)
            if before.stamped or bad:
                changed = self._differ(now)
        else:
            now = _Whole(scan.values, dict(scan.bad), self._judge_ranges(scan), heard)
            changed = self._differ(now)
            self.revived = True
        self._before_loss.clear()
        self._whole = now
        return self._stamped(scan, now.stamped), changed

    def _differ(self, now: _Whole) -> Sequence[int]:
        """Where it says anything else than is believed."""
        believed = (self._values, self._quality) if self._whole is None else self._said(self._whole)
        values, quality = self._said(now)
        others = map(or_, map(ne, values, believed[0]), map(is_not, quality, believed[1]))
        return list(compress(range(len(values)), others))

    def _judge_ranges(self, scan: Scan) -> Mapping[int, Quality]:
        """What is bad of the scan, with what is good and yet implausible."""
        values, bad = scan.values, dict(scan.bad)
        for i, low, high in self.plan.ranges:
            value = values[i]
            if type(value) is float and low <= value <= high:
                continue
            if i not in scan.bad and _implausible(self.plan.shape[i], value):
                bad[i] = Quality.OUT_OF_RANGE
        return bad

    def _judge_ranges_of(self, changed: Sequence[int], scan: Scan, before: _Whole) -> Mapping[int, Quality]:
        """The same, when only some values are others than before and the device calls the same ones bad."""
        if 2 * len(changed) > len(self.plan.ranges):
            return self._judge_ranges(scan)
        values, points = scan.values, self.plan.shape
        if not before.stamped and not any(_implausible(points[i], values[i]) for i in changed):
            return before.stamped
        bad = dict(before.stamped)
        for i in changed:
            if i not in scan.bad:
                bad.pop(i, None)
                if _implausible(points[i], values[i]):
                    bad[i] = Quality.OUT_OF_RANGE
        return bad

    def _take_each(self, scan: Scan) -> tuple[Scan, Sequence[int]]:
        """Point by point: some are absent, or their time must be compared."""
        changed: list[int] = []
        bad = dict(scan.bad)
        values = list(scan.values)
        for i, value in enumerate(scan.values):
            if value is ABSENT:
                continue
            quality = bad.get(i, Quality.GOOD)
            if self._outdated(i, quality, scan):
                values[i] = ABSENT
                bad.pop(i, None)
                continue
            if quality is Quality.GOOD and _implausible(self.plan.shape[i], value):
                quality = bad[i] = Quality.OUT_OF_RANGE
            if self._put(i, value, quality, scan):
                changed.append(i)
        if len(bad) != len(scan.bad) or tuple(values) != scan.values:
            scan = replace(scan, values=tuple(values), bad=bad, repeats=False, since=None, moved=())
        return scan, changed

    def _outdated(self, i: int, quality: Quality, scan: Scan) -> bool:
        """A retained copy never replaces what was heard live; a late message never replaces a newer one.

        One that was ahead of us does not count as newer: the device's clock has been set back since.
        """
        known = not self._quality[i].bad
        if quality is Quality.RETAINED:
            return known or i in self._before_loss
        before = self._heard[i].source
        at = scan.source_time
        return known and before is not None and at is not None and at < before <= at + scan.age

    def _put(self, i: int, value: Value | None, quality: Quality, scan: Scan) -> bool:
        fresh = scan.measured
        if not quality.bad and scan.age > self.plan.shape[i].stale_after:
            quality = Quality.STALE
        kept = None if quality in _GONE else value
        changed = kept != self._values[i] or quality is not self._quality[i]
        if changed and not quality.bad and self._quality[i].bad:
            self.revived = True
        self._values[i] = kept
        self._quality[i] = quality
        if quality is Quality.RETAINED:
            fresh = self._heard[i].fresh
        self._heard[i] = _Heard(fresh, scan.source_time, scan.received.wall)
        self._before_loss.pop(i, None)
        return changed

    def lose(self, now: Instant) -> Scan | None:
        """The equipment does not answer: every value is only a memory. Returns the loss as a scan, None if known."""
        self._apart()
        lost = {i: Quality.COMM_FAILURE for i, q in enumerate(self._quality) if q is not Quality.COMM_FAILURE}
        for i in lost:
            self._before_loss[i] = self._quality[i]
        return self._mark(lost, now)

    def regain(self, now: Instant) -> Scan | None:
        """The way to a device that speaks by itself is open again: believe what was believed before, if fresh."""
        self._apart()
        back = {
            i: self._aged(i, quality, now)
            for i, quality in self._before_loss.items()
            if self._quality[i] is Quality.COMM_FAILURE
        }
        self._before_loss.clear()
        return self._mark(back, now)

    def age(self, now: Instant) -> Scan | None:
        """Mark what has grown too old. Returns that as a scan, None when nothing has."""
        if self._whole is not None and now.steady - self._whole.heard.fresh <= self._soonest:
            return None  # the usual case of a polled device, whatever the number of points
        self._apart()
        old = {
            i: Quality.STALE
            for i, quality in enumerate(self._quality)
            if quality is not Quality.STALE and self._aged(i, quality, now) is Quality.STALE
        }
        return self._mark(old, now)

    def next_stale(self) -> float | None:
        """Steady time (s) at which a point may grow too old, None when all already are or are lost."""
        whole = self._whole
        if whole is not None and not whole.stamped:  # all are good, and were heard at the same time
            return whole.heard.fresh + self._soonest
        points = self.plan.shape
        each = [whole.read(i)[1] for i in range(len(points))] if whole is not None else self._quality
        return min(
            (
                (self._heard[i] if whole is None else whole.heard).fresh + point.stale_after
                for i, point in enumerate(points)
                if not each[i].bad or each[i] is Quality.NO_DATA
            ),
            default=None,
        )

    def _aged(self, i: int, quality: Quality, now: Instant) -> Quality:
        ages = not quality.bad or quality is Quality.NO_DATA
        too_old = now.steady - self._heard[i].fresh > self.plan.shape[i].stale_after
        return Quality.STALE if ages and too_old else quality

    def _mark(self, marks: Mapping[int, Quality], now: Instant) -> Scan | None:
        """Change qualities only; history gets a row without a value, so that a gap is a gap."""
        if not marks:
            return None
        for i, quality in marks.items():
            self._quality[i] = quality
            if not quality.bad:
                self.revived = True
        values = tuple(
            (self._values[i] if not marks[i].bad else None) if i in marks else ABSENT
            for i in range(len(self._values))
        )
        bad = {i: quality for i, quality in marks.items() if quality is not Quality.GOOD}
        return Scan(self.plan, values, now, bad)


def _implausible(point: Point, value: object) -> bool:
    if point.range is None or isinstance(value, (bool, str)) or not isinstance(value, (int, float)):
        return False
    low, high = point.range
    return not low <= value <= high
