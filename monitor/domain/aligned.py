"""Several points side by side in the same buckets of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.domain.history import Bucket
from monitor.domain.point import Value


@dataclass(frozen=True, slots=True)
class Aligned:
    """`titles` name the `columns`, each of which has a value (None for a gap) for each of the `buckets`."""

    titles: Sequence[str]
    buckets: Sequence[Bucket]
    columns: Sequence[Sequence[Value | None]]
