"""The spool without a disk, for tests and for trying things: bounded, oldest first, losses counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

from monitor.domain.history import Sample
from monitor.domain.instant import Instant
from monitor.ports import SpoolBatch
from monitor.storage.spool.ranges import Ranges


class MemorySpool:
    """Implements ports.Spool; keeps at most `limit` samples and forgets them when the process ends."""

    def __init__(self, limit: int = 1_000_000) -> None:
        self._limit = limit
        self._samples: deque[Sample] = deque()
        self._first = 0
        self._lost = 0
        self._delivered = Ranges()

    def append(self, samples: Sequence[Sample]) -> None:
        """Take samples in order; the oldest give way when there are too many."""
        self._samples.extend(samples)
        while len(self._samples) > self._limit:
            self._lost += not self._delivered.within(self._first, self._first + 1)
            self._move(self._first + 1)

    def sync(self, now: Instant) -> None:
        """Nothing can be made durable here."""

    def oldest(self, limit: int) -> SpoolBatch | None:
        """The oldest samples, at most `limit`."""
        return self.after(self._first, limit)

    def after(self, position: int, limit: int) -> SpoolBatch | None:
        """The oldest undelivered samples numbered from `position` on, at most `limit`."""
        start = self._delivered.behind(max(position, self._first))
        until = self._delivered.free_until(start)
        stop = start + limit if until is None else min(until, start + limit)
        samples = tuple(islice(self._samples, start - self._first, stop - self._first))
        return SpoolBatch(samples, start + len(samples), start) if samples else None

    def done(self, batch: SpoolBatch) -> None:
        """Forget the batch. What of it had given way meanwhile was delivered after all."""
        self._lost -= max(0, min(self._first, batch.position) - batch.start)
        if batch.position > self._first:
            self._delivered.add(max(batch.start, self._first), batch.position)
        self._move(self._first)

    def _move(self, position: int) -> None:
        position = self._delivered.absorb(position)
        for _ in range(min(position - self._first, len(self._samples))):
            self._samples.popleft()
        self._first = position

    @property
    def depth(self) -> int:
        """Samples that wait."""
        return len(self._samples) - self._delivered.within(self._first, self.appended)

    @property
    def lost(self) -> int:
        """Samples that gave way."""
        return self._lost

    @property
    def appended(self) -> int:
        """How many were ever taken."""
        return self._first + len(self._samples)

    @property
    def durable(self) -> int:
        """Nothing here outlives the process: what was taken is as safe as it gets."""
        return self.appended

    def close(self) -> None:
        """Nothing to let go of."""
