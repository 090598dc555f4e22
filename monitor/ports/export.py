"""Readings as files for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from monitor.domain.aligned import Aligned
from monitor.domain.history import Sample


class Format(StrEnum):
    """What history can be taken away as."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class Samples(Protocol):
    """Whoever can be asked for samples: of a historian as much as an export needs."""

    async def raw(self, point: str, start_ms: int, end_ms: int, limit: int = ..., /) -> Sequence[Sample]:
        """As `Historian.raw`."""
        ...


class Exporter(Protocol):
    """Writes history into files for spreadsheets and for those who calculate."""

    def missing(self, format: Format) -> str | None:
        """What is to be done before files of this kind can be made; None when they can."""
        ...

    async def samples(
        self,
        historian: Samples,
        format: Format,
        points: Sequence[str],
        span: tuple[int, int],
        out: Path,
        *,
        bom: bool = False,
        tell: Callable[[str, int, int], None] = ...,
    ) -> int:
        """Every sample in [start, end) ms, point by point, into the file `out`; returns how many rows.

        `tell` hears the point, the rows so far and the time (ms) of the last. Raises what the historian raises, OSError, and
        Permanent where a part is not installed.
        """
        ...

    async def aligned(self, format: Format, table: Aligned, out: Path, *, bom: bool = False) -> None:
        """Several points in the same buckets into the file `out`. Raises OSError and Permanent."""
        ...
