"""What the tests of the stores share: live readings to compare with, databases as judges, full disks."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.integration.house import House

Json = dict[str, Any]
LEVEL = "pit-1.level"
HEARTBEAT_MS = 60_000


def milliseconds(stamp: str) -> int:
    """POSIX ms of an RFC 3339 time."""
    return round(datetime.fromisoformat(stamp).timestamp() * 1000)


def look_on(home: House, seconds: float, point: str = LEVEL) -> dict[int, float]:
    """What the console showed meanwhile: ms of the reading -> value."""
    seen: dict[int, float] = {}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        reading = home.get(f"/api/v1/points/{point}")
        if reading["quality"] == "good":
            seen[milliseconds(reading["received_time"])] = float(reading["value"])
        time.sleep(0.25)
    return seen


def raw(home: House, start_ms: int, end_ms: int, point: str = LEVEL) -> dict[int, float]:
    """Raw history of the API in [start, end), ms -> value."""
    query = {"point": point, "from": _iso(start_ms), "to": _iso(end_ms)}
    items = home.items("/api/v1/history", limit=5000, **query)
    found = {milliseconds(one["at"]): one["value"] for one in items}
    return {at: value for at, value in found.items() if at >= start_ms}


def _iso(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000).astimezone().isoformat(timespec='milliseconds')}"


def in_force(stored: Mapping[int, float], at_ms: int) -> float | None:
    """The value of the last sample at or before a time."""
    earlier = [at for at in stored if at <= at_ms]
    return stored[max(earlier)] if earlier else None


def acknowledge(home: House, alarm: Json) -> int:
    """Acknowledge through the API; the status of the answer."""
    body = {"occurrence": alarm["occurrence"], "annunciation": alarm["annunciation"], "note": "seen"}
    return home.request("POST", f"/api/v1/alarms/{alarm['id']}/ack", json=body).status_code


def sent_once(home: House) -> list[Json]:
    """Every message that was tried; fails when one went out twice."""
    tried = [m for m in home.items("/api/v1/messages") if m["attempts"]]
    named = ("alarm", "occurrence", "annunciation", "step", "recipient", "channel", "event")
    keys = [tuple(m[name] for name in named) for m in tried]
    assert len(keys) == len(set(keys)), "a message was made twice"
    assert [m for m in tried if m["attempts"] > 1] == [], "a message was sent twice"
    return tried


def health(home: House) -> int:
    """Status of /healthz."""
    return httpx.get(f"{home.url}/healthz", trust_env=False, verify=False).status_code


def counts(file: Path) -> dict[str, int]:
    """Rows of every table of a SQLite journal, by sqlite3 itself."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        tables = [
            n
            for (n,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
        return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}


def sound(file: Path) -> bool:
    """SQLite's own full check."""
    with contextlib.closing(sqlite3.connect(file)) as database:
        return bool(database.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


# A disk without room


class FullDisk:
    """`fill` and `free` the disk under a running house's state directory."""

    def __init__(self, fill: Callable[[House], None], free: Callable[[House], None]) -> None:
        self.fill, self.free = fill, free


@contextlib.contextmanager
def small_disk(mount: Path) -> Iterator[FullDisk]:
    """A tmpfs of 24 MiB, filled by a file of rubbish. Needs root."""
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "watchroom-test", str(mount)], check=True)
    rubbish = mount / "rubbish"

    def fill(_: House) -> None:
        with rubbish.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4096)

    try:
        yield FullDisk(fill, lambda _: rubbish.unlink())
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


def file_limit() -> FullDisk:
    """No file of the daemon may grow beyond what the journal's log has now: for those who are not root."""

    def limit(home: House, size: int) -> None:
        resource.prlimit(home.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def fill(home: House) -> None:
        limit(home, (home.state / "journal.db-wal").stat().st_size)

    return FullDisk(fill, lambda home: limit(home, resource.RLIM_INFINITY))


def may_mount() -> bool:
    """Whether a tmpfs can be had here: as root, outside of a container that forbids it."""
    if os.geteuid() != 0:
        return False
    done = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True)
    return done.returncode == 0
