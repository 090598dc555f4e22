"""A device that chatters fills neither the spool nor the history: everything it says is judged, not everything is kept.

Between the pipeline and the recorder, for equipment that speaks when it likes. What is left out is counted, logged when it
begins and ends, and stands as an alarm of that equipment; the newest value of every point is always kept, a second later at
the latest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import structlog

from monitor.domain.instant import Instant
from monitor.domain.rules import Verdict
from monitor.domain.scan import ABSENT, Scan
from monitor.engine.tally import Tally
from monitor.engine.thinning_rules import chatter_id

log = structlog.get_logger("thinning")

BURST = 60.0
"""Seconds' worth of messages that may come at once: a broker hands over what it held while we were away."""
CALM = 60.0
"""Seconds in which everything was kept, after which the alarm ends."""


class Keep(Protocol):
    """The outlet to history."""

    def take(self, scan: Scan, changed: Sequence[int] | None = None) -> None: ...


class _Bucket:
    """What one equipment may still bring (messages), and the newest of what was left out, by point."""

    __slots__ = ("at", "since", "thinned", "tokens", "waiting")

    def __init__(self, tokens: float) -> None:
        self.tokens = tokens
        self.at = float("-inf")
        self.waiting: dict[int, Scan] = {}
        self.thinned = 0
        self.since = 0.0
        """Steady time at which something was last left out."""


class Thinning:
    """Implements the pipeline's outlet to history. `rates` are messages a second by equipment; others pass untouched.

    The rate is that of the device's own clock where it sends one, so that an hour held by a broker is not thinned for
    coming at once.
    """

    def __init__(
        self,
        keep: Keep,
        rates: Mapping[str, float],
        tally: Tally,
        report: Callable[[str, Verdict], object],
    ) -> None:
        """`report` hears the id of an equipment's alarm and its verdict."""
        self._keep = keep
        self._rates = rates
        self._tally = tally
        self._report = report
        self._buckets = {id_: _Bucket(rate * BURST) for id_, rate in rates.items()}
        self._chattering: dict[str, _Bucket] = {}

    def take(self, scan: Scan, changed: Sequence[int] | None = None) -> None:
        """Keep this scan, or the newest of its points a little later."""
        bucket = self._buckets.get(scan.plan.equipment)
        if bucket is None or (changed is not None and not changed and not bucket.waiting):
            self._keep.take(scan, changed)
        elif self._admits(bucket, scan):
            if bucket.waiting:
                bucket.waiting = {i: of for i, of in bucket.waiting.items() if scan.values[i] is ABSENT}
                self._flush(bucket)
                changed = None  # the recorder has not seen every change
            self._keep.take(scan, changed)
        else:
            self._leave_out(bucket, scan)

    def tick(self, now: Instant) -> None:
        """Keep the newest of what was left out; end the alarm of who has become calm. Called every second or oftener."""
        for equipment, bucket in list(self._chattering.items()):
            self._flush(bucket)
            if now.steady - bucket.since > CALM:
                log.warning("equipment.calm_again", equipment=equipment, thinned=bucket.thinned)
                del self._chattering[equipment]
                self._report(chatter_id(equipment), Verdict.FALSE)

    def settle(self) -> None:
        """Keep the newest of everything now."""
        for bucket in self._chattering.values():
            self._flush(bucket)

    def _admits(self, bucket: _Bucket, scan: Scan) -> bool:
        rate = self._rates[scan.plan.equipment]
        at = scan.measured
        if at > bucket.at:
            bucket.tokens = min(rate * BURST, bucket.tokens + (at - bucket.at) * rate)
            bucket.at = at
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def _leave_out(self, bucket: _Bucket, scan: Scan) -> None:
        equipment = scan.plan.equipment
        bucket.waiting |= {i: scan for i, value in enumerate(scan.values) if value is not ABSENT}
        bucket.thinned += 1
        self._tally.add("history_thinned_total", equipment=equipment)
        if equipment not in self._chattering:
            bucket.thinned = 1
            self._chattering[equipment] = bucket
            log.warning("equipment.chatters", equipment=equipment, kept=f"{self._rates[equipment]:g}/s")
            self._report(chatter_id(equipment), Verdict.TRUE)
        bucket.since = scan.received.steady

    def _flush(self, bucket: _Bucket) -> None:
        """Oldest first; each point with the time at which it was said."""
        waiting, bucket.waiting = bucket.waiting, {}
        scans = {id(scan): scan for scan in waiting.values()}
        for scan in sorted(scans.values(), key=lambda one: one.received.steady):
            self._keep.take(_only(scan, [i for i, of in waiting.items() if of is scan]))


def _only(scan: Scan, indices: Sequence[int]) -> Scan:
    """A scan that speaks of these points only."""
    values = tuple(value if i in indices else ABSENT for i, value in enumerate(scan.values))
    bad = {i: quality for i, quality in scan.bad.items() if i in indices}
    return Scan(scan.plan, values, scan.received, bad, scan.source_time, scan.reckoned)
