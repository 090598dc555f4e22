"""A historian in memory that fails when told to; held to the same contract as the real ones."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence

from monitor.domain.history import Bucket, Sample
from monitor.ports import Finding, Permanent, Written
from monitor.storage.runs import HOLD_MS, edges, fold, sample_runs


class FakeHistorian:
    """Implements ports.Historian. Each entry of `failures` is raised by one write, in order."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, int], Sample] = {}
        self.failures: deque[Exception] = deque()
        self.down: Exception | None = None
        """Raised by every write for as long as it is set."""
        self.batches: list[tuple[Sample, ...]] = []
        """Every batch that was offered, failed ones included."""
        self.refuse: set[str] = set()
        """Points whose samples are rejected."""
        self.closed = False

    async def write(self, samples: Sequence[Sample]) -> Written:
        if self.closed:
            raise Permanent("the historian is closed")
        self.batches.append(tuple(samples))
        if self.down is not None:
            raise self.down
        if self.failures:
            raise self.failures.popleft()
        rejected = []
        for sample in samples:
            if isinstance(sample.value, float) and not math.isfinite(sample.value):
                rejected.append((sample, f"{sample.value} is not a finite number"))
            elif sample.point in self.refuse:
                rejected.append((sample, "refused by the test"))
            else:
                self.stored[(sample.point, sample.at_ms)] = sample
        return Written(tuple(rejected))

    async def raw(self, point: str, start_ms: int, end_ms: int, limit: int = 100_000) -> Sequence[Sample]:
        samples = self._of(point)
        before = [s for s in samples if s.at_ms < start_ms][-1:]
        return before + [s for s in samples if start_ms <= s.at_ms < end_ms][:limit]

    async def several(
        self, points: Sequence[str], start_ms: int, end_ms: int, limit: int = 100_000
    ) -> Mapping[str, Sequence[Sample]]:
        return {point: await self.raw(point, start_ms, end_ms, limit) for point in points}

    async def buckets(self, point: str, start_ms: int, end_ms: int, count: int) -> Sequence[Bucket]:
        at = edges(start_ms, end_ms, count)
        return fold(sample_runs(s for s in self._of(point) if s.at_ms < end_ms), at, HOLD_MS)

    async def points(self) -> Sequence[str]:
        return sorted({point for point, _ in self.stored})

    async def inspect(self) -> Sequence[Finding]:
        return (Finding(True, "in memory"),)

    async def close(self) -> None:
        self.closed = True

    def _of(self, point: str) -> list[Sample]:
        return sorted((s for s in self.stored.values() if s.point == point), key=lambda s: s.at_ms)
