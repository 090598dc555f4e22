"""Samples that the historian will never take, kept beside with its reason for a human to look at."""

from __future__ import annotations

import json
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


def _row(sample: Sample, reason: str) -> dict[str, object]:
    return {
        "point": sample.point,
        "at_ms": sample.at_ms,
        "value": sample.value,
        "quality": sample.quality,
        "reason": reason,
    }
