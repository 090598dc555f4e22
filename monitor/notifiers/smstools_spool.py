"""smsd's directories: what is put in, what is drawn back, what has come. Blocks: call it in a thread."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from monitor.notifiers.smstools_files import Report, SpoolFile, read

OURS = "watchroom-"
"""How the names of our files begin."""
SETTLED = 0.5
"""Seconds after which a file that smsd wrote is whole."""
KEPT = 3 * 86_400.0
"""Seconds that a sent file waits for its report."""


@dataclass(frozen=True, slots=True)
class Found:
    """One file that came, with its path."""

    path: Path
    file: SpoolFile
    age: float


class Spool:
    """One smsd's spool. Every method raises OSError when the directories are not there or not ours."""

    def __init__(self, root: Path) -> None:
        self._waiting = (root / "outgoing", root / "checked")
        self._sent, self._failed = root / "sent", root / "failed"
        self._came = (root / "report", root / "incoming")

    def put(self, name: str, content: bytes) -> None:
        """A new message, there at once or not at all. What is left of one with the same name goes first."""
        for folder in (self._sent, self._failed):
            if not folder.is_dir():
                raise FileNotFoundError(errno.ENOENT, "smsd must be told to keep this directory", str(folder))
            (folder / name).unlink(missing_ok=True)
        outgoing = self._waiting[0]
        hidden = outgoing / f"{name}.LOCK"  # smsd passes over locks
        with hidden.open("wb") as file:
            os.fchmod(file.fileno(), 0o660)
            file.write(content)
        hidden.rename(outgoing / name)

    def sent(self, name: str) -> bool:
        """The modem's network took it."""
        return (self._sent / name).exists()

    def failure(self, name: str) -> str | None:
        """Why smsd gave it up; None when it did not. The file is gone afterwards."""
        path = self._failed / name
        try:
            headers = read(path.read_bytes()).headers
        except (FileNotFoundError, ValueError):
            return None
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        return headers.get("Fail_reason") or "the modem did not take it"

    def draw_back(self, name: str) -> bool:
        """Take a message out again; True when it surely was not sent and will not be."""
        for folder in self._waiting:
            if (folder / f"{name}.LOCK").exists():
                return False
            with contextlib.suppress(FileNotFoundError):
                (folder / name).unlink()
                return True
        return False

    def came(self) -> list[Found]:
        """Reports and messages that are whole, oldest first."""
        found = [one for folder in self._came if folder.is_dir() for one in _whole(folder)]
        return sorted(found, key=lambda one: -one.age)

    def message(self, report: Report) -> Path | None:
        """Our sent message that a report is about: the newest, for modems count to 255 and begin again."""
        about = [
            one
            for one in _whole(self._sent, OURS)
            if one.file.headers.get("Message_id", "").split(" ")[-1] == report.message_id
            and one.file.headers.get("To") == report.number
        ]
        return min(about, key=lambda one: one.age).path if about else None

    def tidy(self) -> None:
        """Forget sent messages of ours for which no report came in three days."""
        for path in self._sent.glob(f"{OURS}*"):
            if time.time() - path.stat().st_mtime > KEPT:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)


def _whole(folder: Path, beginning: str = "") -> Iterator[Found]:
    for path in folder.iterdir():
        if not path.name.startswith(beginning) or path.name.endswith(".LOCK") or not path.is_file():
            continue
        with contextlib.suppress(FileNotFoundError, ValueError):
            age = time.time() - path.stat().st_mtime
            if age >= SETTLED or beginning:
                yield Found(path, read(path.read_bytes()), age)
