"""Where readings are kept for months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.domain.history import Bucket, Sample


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch: all stored but `rejected`, which can never be and is quarantined with its reason."""

    rejected: tuple[tuple[Sample, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found when a store was looked at: `good` or not, in words."""

    good: bool
    text: str


class Historian(Protocol):
    """Where readings are kept. Writing the same sample twice leaves one."""

    async def write(self, samples: Sequence[Sample]) -> Written:
        """Store a batch. Raises Transient to have it kept and tried again, Permanent when a human must act (the data is kept)."""
        ...

    async def raw(self, point: str, start_ms: int, end_ms: int, limit: int = 100_000) -> Sequence[Sample]:
        """Samples in [start, end), oldest first, preceded by the last one before `start` if there is one."""
        ...

    async def several(
        self, points: Sequence[str], start_ms: int, end_ms: int, limit: int = 100_000
    ) -> Mapping[str, Sequence[Sample]]:
        """As `raw` of each of these points (`limit` is for each); with `end_ms` = `start_ms` what was in force then."""
        ...

    async def buckets(self, point: str, start_ms: int, end_ms: int, count: int) -> Sequence[Bucket]:
        """`count` equal buckets over [start, end); empty ones are gaps."""
        ...

    async def points(self) -> Sequence[str]:
        """Ids of the points that it holds something of, also of those that left the configuration; perhaps a few more."""
        ...

    async def inspect(self) -> Sequence[Finding]:
        """Look whether it is what it should be, may be written and read, and keeps long enough. Stores nothing.

        Raises Transient when it does not answer, Permanent when it is not what its URL says.
        """
        ...

    async def close(self) -> None:
        """Let go of files and sockets; idempotent."""
        ...
