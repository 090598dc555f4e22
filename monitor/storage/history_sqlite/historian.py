"""The embedded historian as the engine sees it. SQLite works in two threads of its own: the loop never waits for a disk."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

import structlog

from monitor.domain.history import Bucket, Sample
from monitor.ports import Permanent, Transient, Written
from monitor.storage.history_sqlite.query import read_buckets, read_raw
from monitor.storage.history_sqlite.schema import connect, trouble
from monitor.storage.history_sqlite.store import Store
from monitor.storage.runs import HOLD_MS, Holds

log = structlog.get_logger("history")
T = TypeVar("T")

FORGET_EVERY = 600.0
"""Seconds between two rounds of retention."""


class SqliteHistorian:
    """Implements ports.Historian. One thread writes, one reads; write-ahead logging keeps them out of each other's way."""

    def __init__(
        self, path: Path, store: Store, reading: sqlite3.Connection, holds: Holds, now: Callable[[], float]
    ) -> None:
        self._path = path
        self._store = store
        self._reading = reading
        self._holds = holds
        self._now = now
        self._writer = ThreadPoolExecutor(1, "history-write")
        self._reader = ThreadPoolExecutor(1, "history-read")
        self._forgotten_at: float | None = None
        self._closed = False

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        retention: float = 90 * 86400.0,
        holds: Holds | None = None,
        now: Callable[[], float] = time.time,
    ) -> Self:
        """Open or make the file. `retention` of raw values in seconds; `holds` as in `runs`; `now` POSIX seconds.

        Raises Permanent for a file that is damaged, not ours or too new, Transient for a disk that cannot write now.
        """
        holds = holds or {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Permanent(f"history {path}: {error.strerror or error}") from error
        store = Store(path, int(retention * 1000), holds)
        return cls(path, store, connect(path, writes=False), holds, now)

    async def write(self, samples: Sequence[Sample]) -> Written:
        """Store a batch in one transaction."""
        written = await self._in(self._writer, lambda: self._store.write(samples, int(self._now() * 1000)))
        self._forget_sometimes(max((s.at_ms for s in samples), default=0) / 1000)
        return written

    async def raw(self, point: str, start_ms: int, end_ms: int, limit: int = 100_000) -> Sequence[Sample]:
        """Samples in [start, end), at most `limit`, preceded by the last one before `start` if there is one."""
        return await self._read(lambda: read_raw(self._reading, point, start_ms, end_ms, limit))

    async def buckets(self, point: str, start_ms: int, end_ms: int, count: int) -> Sequence[Bucket]:
        """`count` equal buckets over [start, end), from rollups where raw values are gone or would be too many."""
        hold = self._holds.get(point, HOLD_MS)
        return await self._read(lambda: read_buckets(self._reading, point, start_ms, end_ms, count, hold))

    async def close(self) -> None:
        """Finish what is being written and close the file; idempotent."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._shut)

    def _shut(self) -> None:
        self._reader.shutdown()
        self._reading.close()
        self._writer.submit(self._store.close)
        self._writer.shutdown()

    def _forget_sometimes(self, newest: float) -> None:
        """Start a round of retention, by the older of the clock and the newest data: one wrong clock deletes nothing."""
        now = self._now()
        if self._closed or (self._forgotten_at is not None and 0 <= now - self._forgotten_at < FORGET_EVERY):
            return
        self._forgotten_at = now
        self._writer.submit(self._forget, int(min(now, newest) * 1000))

    def _forget(self, now_ms: int) -> None:
        """One bite; the next stands behind the writes that came meanwhile."""
        try:
            if self._store.forget_some(now_ms) and not self._closed:
                self._writer.submit(self._forget, now_ms)
        except (Transient, Permanent) as error:
            log.warning("history.retention_failed", reason=str(error))
        except RuntimeError:  # closed between two bites: the rest goes next time
            return

    async def _read(self, work: Callable[[], T]) -> T:
        try:
            return await self._in(self._reader, work)
        except sqlite3.Error as error:
            raise trouble(error, self._path) from error

    async def _in(self, executor: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        if self._closed:
            raise Permanent("the historian is closed")
        return await asyncio.get_running_loop().run_in_executor(executor, work)
