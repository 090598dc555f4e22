"""The spool without a disk, for tests and for trying things: bounded, oldest first, losses counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

from monitor.domain.history import Sample
from monitor.domain.instant import Instant
from monitor.ports import SpoolBatch


class MemorySpool:
    """Implements ports.Spool; keeps at most `limit` samples and forgets them when the process ends."""

    def __init__(self, limit: int = 1_000_000) -> None:
        self._limit = limit
        self._samples: deque[Sample] = deque()
        self._first = 0
        self._lost = 0

    def append(self, samples: Sequence[Sample]) -> None:
        """Take samples in order; the oldest give way when there are too many."""
        self._samples.extend(samples)
        while len(self._samples) > self._limit:
            self._samples.popleft()
            self._first += 1
            self._lost += 1

    def sync(self, now: Instant) -> None:
        """Nothing can be made durable here."""

    def oldest(self, limit: int) -> SpoolBatch | None:
        """The oldest samples, at most `limit`."""
        samples = tuple(islice(self._samples, limit))
        return SpoolBatch(samples, self._first + len(samples)) if samples else None

    def done(self, batch: SpoolBatch) -> None:
        """Forget up to the batch's position. What had given way meanwhile was delivered after all."""
        start = batch.position - len(batch.samples)
        if start < self._first:
            self._lost -= min(self._first, batch.position) - start
        while self._first < batch.position and self._samples:
            self._samples.popleft()
            self._first += 1

    @property
    def depth(self) -> int:
        """Samples that wait."""
        return len(self._samples)

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
