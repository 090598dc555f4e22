"""Until when everything is known to be on the disk."""

from __future__ import annotations

from pathlib import Path

import structlog

from monitor.storage.spool import files

log = structlog.get_logger("spool")

NAME = "watermark"


class Watermark:
    """`boot` names the run of the operating system: within one, what was written is there even after `kill -9`."""

    def __init__(self, directory: Path, boot: str) -> None:
        self._path = directory / NAME
        self._boot = boot
        self._at: float | None = None

    def restore(self, started: float) -> tuple[float, float] | None:
        """The gap that an unclean end of the machine left, POSIX seconds, if any. Raises OSError."""
        mark = files.read(self._path) or {}
        self._at = float(mark["at"]) if mark else started
        self.save(clean=False)
        if not mark or mark["clean"] or mark["boot"] == self._boot:
            return None
        log.warning("spool.gap", since=self._at, until=started)
        return self._at, started

    def move(self, now: float) -> None:
        """Everything taken until `now` is on the disk. Raises OSError."""
        self._at = now
        self.save(clean=False)

    def save(self, *, clean: bool) -> None:
        """Write the file, durably. Raises OSError."""
        files.replace(self._path, {"at": self._at, "boot": self._boot, "clean": clean}, durable=True)
