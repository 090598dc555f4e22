"""Samples that the historian will never take, kept beside with its reason for a human to look at."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from monitor.domain.history import Sample


class Quarantine:
    """A file of JSON lines. At `max_bytes` it is renamed to `.1` (replacing an older one) and begun anew."""

    def __init__(self, path: Path, max_bytes: int = 16 * 1024 * 1024) -> None:
        self._path = path
        self._max_bytes = max_bytes

    def __call__(self, rejected: Sequence[tuple[Sample, str]]) -> None:
        """Keep rejected samples. Raises OSError."""
        if self._path.exists() and self._path.stat().st_size > self._max_bytes:
            self._path.replace(self._path.with_name(self._path.name + ".1"))
        with self._path.open("a", encoding="utf-8") as file:
            for sample, reason in rejected:
                file.write(json.dumps(_row(sample, reason)) + "\n")

    def newest(self, limit: int) -> list[tuple[Sample, str]]:
        """The last rejected samples with their reasons, newest first. Raises OSError."""
        lines: deque[str] = deque(maxlen=limit)
        for path in (self._path.with_name(self._path.name + ".1"), self._path):
            if path.exists():
                with path.open(encoding="utf-8") as file:
                    lines.extend(file)
        return [found for line in reversed(lines) if (found := _sample(line)) is not None]


def _sample(line: str) -> tuple[Sample, str] | None:
    """A line of the file; None for one that a power cut tore."""
    try:
        row = json.loads(line)
        return Sample(row["point"], row["at_ms"], row["value"], row["quality"]), row["reason"]
    except (ValueError, LookupError, TypeError):
        return None


def _row(sample: Sample, reason: str) -> dict[str, object]:
    return {
        "point": sample.point,
        "at_ms": sample.at_ms,
        "value": sample.value,
        "quality": sample.quality,
        "reason": reason,
    }
