"""History as files: which formats there are here, and who writes each."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.domain.aligned import Aligned
from monitor.ports import Format, Permanent, Samples
from monitor.storage import export_parquet
from monitor.storage.export import Tell, export_csv, harmless, local_time, quiet, shown
from monitor.storage.export_xlsx import aligned_xlsx, export_xlsx


class FileExporter:
    """Implements ports.Exporter for the times of one site."""

    def __init__(self, timezone: str) -> None:
        self._timezone = timezone

    def missing(self, format: Format) -> str | None:
        """What is to be done before files of this kind can be made; None when they can."""
        return None if format is not Format.PARQUET or export_parquet.available() else export_parquet.REMEDY

    async def samples(
        self,
        historian: Samples,
        format: Format,
        points: Sequence[str],
        span: tuple[int, int],
        out: Path,
        *,
        bom: bool = False,
        tell: Tell = quiet,
    ) -> int:
        """Every sample in the span into the file `out`; returns how many rows.

        Raises what the historian raises, OSError, and Permanent where a part is not installed.
        """
        self._need(format)
        zone = self._timezone
        if format is Format.PARQUET:
            return await export_parquet.export_parquet(
                historian, points, *span, out, timezone=zone, tell=tell
            )
        if format is Format.XLSX:
            return await export_xlsx(historian, points, *span, out, timezone=zone, tell=tell)
        with out.open("w", encoding="utf-8", newline="") as file:  # at once, on a local disk
            return await export_csv(historian, points, *span, file, timezone=zone, bom=bom, tell=tell)

    async def aligned(self, format: Format, table: Aligned, out: Path, *, bom: bool = False) -> None:
        """Several points in the same buckets into the file `out`. Raises OSError, and Permanent as `samples` does."""
        self._need(format)
        if format is Format.PARQUET:
            await asyncio.to_thread(export_parquet.aligned_parquet, table, out, self._timezone)
        elif format is Format.XLSX:
            await asyncio.to_thread(aligned_xlsx, table, out, self._timezone)
        else:
            await asyncio.to_thread(self._aligned_csv, table, out, bom)

    def _need(self, format: Format) -> None:
        missing = self.missing(format)
        if missing is not None:
            raise Permanent(missing)

    def _aligned_csv(self, table: Aligned, out: Path, bom: bool) -> None:
        zone = ZoneInfo(self._timezone)
        with out.open("w", encoding="utf-8", newline="") as file:
            if bom:
                file.write("\ufeff")
            writer = csv.writer(file)
            writer.writerow(["start", *map(harmless, table.titles)])
            for bucket, *values in zip(table.buckets, *table.columns, strict=True):
                writer.writerow([local_time(bucket.start_ms, zone), *map(shown, values)])
