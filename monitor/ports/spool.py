"""The durable buffer between readings and the historian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.domain.history import Sample
from monitor.domain.instant import Instant


@dataclass(frozen=True, slots=True)
class SpoolBatch:
    """Samples that wait: those that could be read of the numbers [`start`, `position`)."""

    samples: Sequence[Sample]
    position: int
    start: int


class Spool(Protocol):
    """The durable buffer in front of the historian: bounded, oldest first; any loss is counted and dated."""

    def append(self, samples: Sequence[Sample]) -> None:
        """Take samples in order. Cheap: durable after the next `sync`."""
        ...

    def sync(self, now: Instant) -> None:
        """Make everything appended durable, with a watermark of `now`; called at least every 5 s."""
        ...

    def oldest(self, limit: int) -> SpoolBatch | None:
        """The oldest undelivered samples, at most `limit`; None when there are none."""
        ...

    def after(self, position: int, limit: int) -> SpoolBatch | None:
        """As `oldest`, of the samples numbered from `position` on: what is new need not wait for what is old."""
        ...

    def done(self, batch: SpoolBatch) -> None:
        """The batch is safe elsewhere and may be forgotten, also when it was not the oldest."""
        ...

    @property
    def depth(self) -> int:
        """Samples that wait."""
        ...

    @property
    def lost(self) -> int:
        """Samples given up for want of space since the spool was made, kept across restarts."""
        ...

    @property
    def appended(self) -> int:
        """Number of the next sample: how many were ever taken."""
        ...

    @property
    def durable(self) -> int:
        """Every sample taken by this process with a number below this survives a power cut. Never falls."""
        ...

    def close(self) -> None:
        """Sync and let go; idempotent."""
        ...
