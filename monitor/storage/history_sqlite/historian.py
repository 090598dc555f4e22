"""The embedded historian as the engine sees it. SQLite works in two threads of its own: the loop never waits for a disk."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from monitor.domain.history import Bucket, Sample
from monitor.ports import Finding, Permanent, Written
from monitor.storage.history_sqlite.chores import Chores
from monitor.storage.history_sqlite.opening import connect
from monitor.storage.history_sqlite.query import Query, samples_of
from monitor.storage.history_sqlite.recent import Recent
from monitor.storage.history_sqlite.schema import trouble
from monitor.storage.history_sqlite.store import Store
from monitor.storage.runs import HOLD_MS, Holds, edges, fold

T = TypeVar("T")

AT_ONCE = 50
"""Points that one turn of the reading thread looks up."""

FORGET_EVERY = 600.0
"""Seconds between two rounds of retention."""

CONVERSION_REST = 0.02
"""Seconds between two bites of converting an older file; one takes about as long."""


class SqliteHistorian:
    """Implements ports.Historian. One thread writes, one reads; write-ahead logging keeps them out of each other's way."""

    def __init__(
        self, path: Path, store: Store, reading: sqlite3.Connection, holds: Holds, now: Callable[[], float]
    ) -> None:
        self._path = path
        self._store = store
        self._reading = reading
        self._recent = Recent(reading)
        self._holds = holds
        self._now = now
        self._writer = ThreadPoolExecutor(1, "history-write")
        self._reader = ThreadPoolExecutor(1, "history-read")
        self._chores = Chores(self._writer)
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
        written, seal = await self._in(self._writer, lambda: self._write(samples))
        if seal:
            self._chores.start("sealing", lambda: self._store.seal_some(self._now_ms()))
        if self._store.legacy:
            self._chores.start("converting", self._convert_some)
        self._forget_sometimes(max((s.at_ms for s in samples), default=0))
        return written

    async def raw(self, point: str, start_ms: int, end_ms: int, limit: int = 100_000) -> Sequence[Sample]:
        """Samples in [start, end), at most `limit`, preceded by the last one before `start` if there is one."""
        return await self._read(
            point, lambda query: samples_of(point, query.raw(start_ms, end_ms, limit) if query else [])
        )

    async def several(
        self, points: Sequence[str], start_ms: int, end_ms: int, limit: int = 100_000
    ) -> Mapping[str, Sequence[Sample]]:
        """As `raw` of each, some at a time, so that other readers get their turn."""
        found: dict[str, Sequence[Sample]] = {}
        for first in range(0, len(points), AT_ONCE):
            some = points[first : first + AT_ONCE]
            found |= await self._guarded(partial(self._ask_each, some, start_ms, end_ms, limit))
        return found

    async def buckets(self, point: str, start_ms: int, end_ms: int, count: int) -> Sequence[Bucket]:
        """`count` equal buckets over [start, end), from rollups where raw values are gone or would be too many."""
        at = edges(start_ms, end_ms, count)
        return await self._read(
            point,
            lambda query: query.buckets(start_ms, end_ms, count) if query else fold((), at, HOLD_MS),
        )

    async def points(self) -> Sequence[str]:
        """Ids of all points of the file."""
        sql = "SELECT name FROM point ORDER BY name"
        return await self._in(self._reader, lambda: [name for (name,) in self._reading.execute(sql)])

    async def inspect(self) -> Sequence[Finding]:
        """The file opens, which is checked already; how much it holds and since when."""

        def look() -> tuple[int, int | None]:
            points = self._reading.execute("SELECT count(*) FROM point").fetchone()[0]
            return points, self._reading.execute("SELECT min(first) FROM block").fetchone()[0]

        points, oldest = await self._in(self._reader, look)
        since = f", raw values since {datetime.fromtimestamp(oldest / 1000, UTC):%Y-%m-%d}" if oldest else ""
        size = self._path.stat().st_size / 1e6
        return [Finding(True, f"history {self._path.name}: {size:,.0f} MB, {points} points{since}")]

    async def close(self) -> None:
        """Finish what is being written and close the file; idempotent."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._shut)

    def _shut(self) -> None:
        self._chores.stop()
        self._reader.shutdown()
        self._reading.close()
        self._writer.submit(self._store.close)
        self._writer.shutdown()

    def _now_ms(self) -> int:
        return int(self._now() * 1000)

    def _write(self, samples: Sequence[Sample]) -> tuple[Written, bool]:
        now_ms = self._now_ms()
        return self._store.write(samples, now_ms), self._store.seal_due(now_ms)

    def _convert_some(self) -> bool:
        """Gently: a big file of an older program takes a while, and polling wants the processor as well."""
        more = self._store.convert_some()
        time.sleep(CONVERSION_REST)
        return more

    def _forget_sometimes(self, newest_ms: int) -> None:
        """Start a round of retention, by the older of the clock and the newest data: one wrong clock deletes nothing."""
        now = self._now()
        if self._forgotten_at is not None and 0 <= now - self._forgotten_at < FORGET_EVERY:
            return
        self._forgotten_at = now
        until = min(int(now * 1000), newest_ms)
        self._chores.start("retention", lambda: self._store.forget_some(until))

    async def _read(self, point: str, ask: Callable[[Query | None], T]) -> T:
        return await self._guarded(lambda: self._ask(point, ask))

    async def _guarded(self, work: Callable[[], T]) -> T:
        try:
            return await self._in(self._reader, work)
        except sqlite3.Error as error:
            raise trouble(error, self._path) from error
        except ValueError as error:
            raise Permanent(f"history {self._path.name}: {error}") from error

    def _ask(self, point: str, ask: Callable[[Query | None], T]) -> T:
        """One question to one state of the file; None stands for a point that nothing was ever stored for."""
        with self._standing_still():
            return ask(self._about(point))

    def _ask_each(
        self, points: Sequence[str], start_ms: int, end_ms: int, limit: int
    ) -> dict[str, list[Sample]]:
        """The same question about several, to one state of the file."""
        found: dict[str, list[Sample]] = {}
        with self._standing_still():
            for point in points:
                query = self._about(point)
                found[point] = samples_of(point, query.raw(start_ms, end_ms, limit)) if query else []
        return found

    @contextmanager
    def _standing_still(self) -> Iterator[None]:
        """In one transaction."""
        self._reading.execute("BEGIN")
        try:
            self._recent.look()
            yield
        finally:
            self._reading.execute("ROLLBACK")

    def _about(self, point: str) -> Query | None:
        found = self._reading.execute("SELECT id FROM point WHERE name = ?", (point,)).fetchone()
        if found is None:
            return None
        return Query(self._reading, self._recent, found[0], self._holds.get(point, HOLD_MS))

    async def _in(self, executor: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        if self._closed:
            raise Permanent("the historian is closed")
        return await asyncio.get_running_loop().run_in_executor(executor, work)
