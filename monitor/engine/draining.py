"""Spool to historian, for ever: in order, in batches, through outages of any length."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from monitor.domain.history import Sample
from monitor.domain.rules import Verdict
from monitor.engine.tally import Tally
from monitor.ports import Clock, Historian, Permanent, Spool, SpoolBatch, Transient

log = structlog.get_logger("history")

BATCH = 5_000
"""Samples in one write at most..."""
BULK = 80_000
"""... and this many while much more waits and the historian is quick: writing one part and preparing the next overlap then."""
QUICK = 0.5
"""Seconds that a write may take to be called quick."""
SMALLEST = 50
"""After failures batches shrink to this, so that a database near its limits gets on its feet again."""
IDLE = 1.0
"""Seconds between looks at an empty spool."""
RHYTHM = 10.0
"""Seconds of rest after a batch that left less than another, unless a full one is there before.
Few large batches spare the disk: 0.4 GB a day instead of 1.8 for the demo site (docs/history.md)."""
DEEP = 2 * BATCH
"""When more waits, what is new takes turns with what is old: the trend of this hour must not wait for that of the outage."""
SYNC = 4.0
"""Seconds between syncs of the spool: the promise is 5."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0

LONGEST_REASON = 160
"""Letters of the historian's own words that the alarm shows; the log has all of them."""


class Report(Protocol):
    """Who hears what became of history: the subject, TRUE when it is in trouble, and why."""

    def __call__(self, subject: str, verdict: Verdict, reason: str = "") -> None: ...


Keep = Callable[[Sequence[tuple[Sample, str]]], None]


class Drain:
    """Moves what waits in the spool into the historian. A batch leaves the spool only after it is written.

    `report` hears "historian" TRUE when it does not take data and FALSE when it does, "spool_loss" TRUE when samples
    were given up and FALSE an hour after the last loss. `quarantine` keeps samples that the historian refuses for ever.
    `gap` is the time (POSIX seconds) whose readings a power cut may have taken, as the spool found it: a loss as well.
    """

    def __init__(
        self,
        spool: Spool,
        historian: Historian,
        clock: Clock,
        tally: Tally,
        report: Report,
        *,
        quarantine: Keep | None = None,
        gap: tuple[float, float] | None = None,
        jitter: Callable[[], float] = random.random,
        offload: Callable[..., Awaitable[None]] = asyncio.to_thread,
    ) -> None:
        self._spool = spool
        self._historian = historian
        self._clock = clock
        self._tally = tally
        self._report = report
        self._quarantine = quarantine
        self._jitter = jitter
        self._offload = offload
        self._limit = BATCH
        self._failures = 0
        self._down: bool | None = None
        self._turns = _Turns(spool)
        self._losses = _Losses(spool, tally, report, gap is not None)
        self.turned_at = clock.now().steady
        """Steady time (s) of the last attempt, whatever came of it."""

    async def run(self) -> None:
        """Drain and sync until cancelled; nothing that is not written is forgotten then."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sync_for_ever())
            tasks.create_task(self._drain_for_ever())

    async def flush(self) -> bool:
        """For a clean stop: write what waits, up to the first failure. True when nothing is left."""
        while (batch := self._spool.oldest(self._limit)) is not None:
            if await self._attempt(batch) is not None:
                return False
        return True

    async def _drain_for_ever(self) -> None:
        while True:
            limit = self._limit
            batch = self._next(limit)
            self._measure()
            pause = IDLE if batch is None else await self._attempt(batch)
            self.turned_at = self._clock.now().steady
            if pause is None:
                # While much waits the next one follows at once; sleep(0) lets everybody else run in between.
                if batch is not None and self._spool.depth < limit:
                    await self._rest()
                    continue
                pause = 0.0
            await self._clock.sleep(pause)

    async def _rest(self) -> None:
        """For RHYTHM, or until there is a full batch: at a large site that is sooner, and it must not pile up."""
        now = self._clock.now().steady
        until = now + RHYTHM
        while now < until and self._spool.depth < BATCH:
            await self._clock.sleep(min(IDLE, until - now))
            now = self._clock.now().steady

    def _next(self, limit: int) -> SpoolBatch | None:
        """What is written next; while nothing can be written, always the oldest."""
        now = self._clock.now()
        oldest = self._spool.oldest(limit)
        age = now.wall - oldest.samples[0].at_ms / 1000 if oldest else 0.0
        self._tally.set("spool_age_seconds", max(0.0, age))
        return self._turns.next(oldest, limit, now.steady) if not self._down else oldest

    async def _sync_for_ever(self) -> None:
        while True:
            await self._clock.sleep(SYNC)
            await self._offload(self._spool.sync, self._clock.now())
            self._measure()

    async def _attempt(self, batch: SpoolBatch) -> float | None:
        """Write one batch. None when it is done, else how long (s) to wait."""
        began = self._clock.now().steady
        try:
            written = await self._historian.write(batch.samples)
            self._put_aside(written.rejected)
        except Transient as error:
            return self._failed(str(error), getattr(error, "retry_after", None))
        except Permanent as error:
            return self._failed(str(error), LONGEST_PAUSE)
        except (
            Exception
        ) as error:  # a fault of ours must not stop history for ever, nor lose what it fell over
            log.exception("historian.fault")
            return self._failed(repr(error), LONGEST_PAUSE)
        self._spool.done(batch)
        self._succeeded(len(batch.samples) - len(written.rejected), self._clock.now().steady - began)
        self._measure()
        return None

    def _put_aside(self, rejected: Sequence[tuple[Sample, str]]) -> None:
        if not rejected:
            return
        self._tally.add("history_rejected_total", len(rejected))
        sample, reason = rejected[0]
        log.warning("historian.rejected", count=len(rejected), point=sample.point, reason=reason)
        if self._quarantine is not None:
            try:
                self._quarantine(rejected)
            except OSError as error:
                raise Transient(f"quarantine: {error.strerror or error}") from error

    def _succeeded(self, count: int, seconds: float) -> None:
        self._tally.add("history_written_total", count)
        self._failures = 0
        much = self._spool.depth > 2 * BULK and seconds < QUICK
        self._limit = min(BULK if much else BATCH, self._limit * 2)
        if self._down is not False:
            if self._down:
                log.warning("historian.back", waiting=self._spool.depth)
                self._turns.begin_anew()
            self._down = False
            self._report("historian", Verdict.FALSE)

    def _failed(self, reason: str, pause: float | None) -> float:
        self._tally.add("history_failures_total")
        self._limit = max(SMALLEST, self._limit // 2)
        if not self._down:
            self._down = True
            log.error("historian.down", reason=reason, waiting=self._spool.depth)
            self._report("historian", Verdict.TRUE, reason[:LONGEST_REASON])
        if pause is None:
            backoff = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures, 10))
            pause = backoff * (0.5 + 0.5 * self._jitter())
        self._failures += 1
        return min(pause, LONGEST_PAUSE)

    def _measure(self) -> None:
        self._tally.set("spool_depth", self._spool.depth)
        self._losses.look(self._clock.now().steady)


class _Turns:
    """Old and new in turn while a back-fill is under way: what is new every RHYTHM, or after each old batch when it is much."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._fresh_from: int | None = None
        self._due = 0.0
        self._old_next = True

    def begin_anew(self) -> None:
        """An outage is over: what it left is old from now on."""
        self._fresh_from = None

    def next(self, oldest: SpoolBatch | None, limit: int, steady: float) -> SpoolBatch | None:
        """`oldest`, or newer samples when it is their turn."""
        if oldest is None or self._spool.depth <= DEEP:
            self._fresh_from = None
            return oldest
        if self._fresh_from is None:
            self._fresh_from, self._due, self._old_next = self._spool.appended, steady + RHYTHM, True
        if self._old_next or steady < self._due:
            self._old_next = False
            return oldest
        fresh = self._spool.after(self._fresh_from, limit)
        if fresh is None or fresh.start < oldest.position:
            return oldest
        self._old_next = True
        # Whatever came of it, the next is as old as this or older than what comes then: its numbers say so.
        self._due = steady if len(fresh.samples) >= limit else steady + RHYTHM
        return fresh


class _Losses:
    """Notices that the spool gave samples up."""

    CALM = 3600.0
    """Seconds without a further loss after which the alarm may clear."""

    def __init__(self, spool: Spool, tally: Tally, report: Report, begin: bool) -> None:
        self._spool = spool
        self._tally = tally
        self._report = report
        self._known = spool.lost
        self._begin = begin
        self._at: float | None = None
        tally.add("spool_lost_total", spool.lost)

    def look(self, steady: float) -> None:
        """Compare with what was known."""
        more = self._spool.lost - self._known
        if more > 0 or self._begin:
            self._begin = False
            self._known += more
            self._tally.add("spool_lost_total", more)
            self._at = steady
            self._report("spool_loss", Verdict.TRUE)
        elif self._at is not None and steady - self._at > self.CALM:
            self._at = None
            self._report("spool_loss", Verdict.FALSE)
