"""The tests' temporary files in memory, where there is room: a journal's commit waits for its disk, and a slow disk makes
the suite several times as long without testing more. What is synced, and when, is tested by asking for it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
"""Bytes. More than the whole suite ever holds at a time, several test runs beside each other included."""


def use() -> None:
    """From now on, here and in processes started from here, temporary files are kept in memory; a TMPDIR that is set stays."""
    if "TMPDIR" not in os.environ and _fit(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


def _fit(directory: Path) -> bool:
    """Whether files of anybody may be written there, run from there, and have room."""
    try:
        found = os.statvfs(directory)
    except OSError:
        return False
    usable = os.access(directory, os.W_OK | os.X_OK) and not found.f_flag & os.ST_NOEXEC
    return usable and found.f_bavail * found.f_frsize >= ROOM and _free_memory() >= ROOM


def _free_memory() -> int:
    """Bytes that programs could still use."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    kilobytes = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), "0")
    return int(kilobytes) * 1024
