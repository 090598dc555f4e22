"""How far the spool is delivered and what it lost, in one file, so that no restart counts a loss twice."""

from __future__ import annotations

from pathlib import Path

import structlog

from monitor.storage.spool import files
from monitor.storage.spool.ranges import Ranges

log = structlog.get_logger("spool")

NAME = "position"


class Position:
    """`at` is the sequence number up to which all is delivered or given up."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / NAME
        self.at = 0
        self.lost = 0
        self.known = False
        """False when there was no readable file: then everything that is found is delivered once more."""
        self.ahead = Ranges()
        """What is delivered behind `at`."""
        self._from_ms: int | None = None
        self._to_ms: int | None = None

    def restore(self) -> None:
        """Read the file. Raises OSError."""
        content = files.read(self.path)
        if content is None:
            return
        self.known = True
        self.at, self.lost = int(content["position"]), int(content["lost"])
        self.ahead = Ranges((start, end) for start, end in content.get("ahead", ()))
        self._from_ms, self._to_ms = content["lost_from_ms"], content["lost_to_ms"]

    def save(self, *, durable: bool) -> None:
        """Write the file. Raises OSError."""
        content = {
            "position": self.at,
            "lost": self.lost,
            "lost_from_ms": self._from_ms,
            "lost_to_ms": self._to_ms,
            "ahead": list(self.ahead),
        }
        files.replace(self.path, content, durable=durable)

    def lose(self, count: int, oldest_ms: int | None, newest_ms: int | None, reason: str) -> None:
        """Count samples that were measured between these times (ms) and are gone."""
        self.lost += count
        times = [ms for ms in (oldest_ms, newest_ms) if ms is not None]
        if times:
            self._from_ms = min([*times, *([self._from_ms] if self._from_ms is not None else [])])
            self._to_ms = max([*times, *([self._to_ms] if self._to_ms is not None else [])])
        log.error("spool.lost", samples=count, from_ms=oldest_ms, to_ms=newest_ms, reason=reason)

    @property
    def lost_span(self) -> tuple[float, float] | None:
        """The time (POSIX seconds) in which all lost samples were measured."""
        if self._from_ms is None or self._to_ms is None:
            return None
        return self._from_ms / 1000, self._to_ms / 1000
