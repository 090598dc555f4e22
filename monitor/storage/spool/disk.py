"""The spool on disk: append-only segments, a position, a watermark."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Self

import structlog

from monitor.domain.history import Sample
from monitor.domain.instant import Instant
from monitor.domain.rows import Rows
from monitor.ports import Permanent, SpoolBatch
from monitor.storage.spool import files
from monitor.storage.spool.cursor import Cursor, cut
from monitor.storage.spool.position import Position
from monitor.storage.spool.reader import Run, end_of, first_time
from monitor.storage.spool.segment import SUFFIX, Segment
from monitor.storage.spool.watermark import Watermark
from monitor.storage.spool.writer import SegmentWriter

log = structlog.get_logger("spool")

MAX_BYTES = 256 * 1024 * 1024
MAX_AGE = 30 * 86400.0
TAIL_LIMIT = 100_000
"""Samples kept in memory at most while the disk takes nothing."""
RECENT = 100_000
"""Samples kept in memory although they are on disk, so that a historian that keeps up costs no reading: a good second's worth
of the largest site, since the drain looks every second; some 6 MB in rows, and only while they wait."""
_RECORD = 10_000
"""Samples in one record at most."""


class DiskSpool:
    """Implements ports.Spool. `append`, `oldest` and `done` belong to one thread; `sync` may run in another beside them.

    Every sample has a sequence number; `position` is the one up to which all is delivered or given up. What is written
    survives the end of the process at once and a power cut after the next `sync`. Every sample that the position passes
    without having been delivered is counted in `lost`, in the same file, so that no restart counts it again.

    A disk that takes nothing (full, read-only, broken) never raises: samples wait in memory, then the oldest segment
    gives way, which also frees space; `trouble` says what is wrong.
    """

    def __init__(self, directory: Path, max_bytes: int, max_age: float, tail_limit: int, boot: str) -> None:
        self._directory = directory
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._tail_limit = tail_limit
        self._lock = threading.RLock()
        self._syncing = threading.Lock()
        self._durable = 0
        self._unsure = False
        """A sync failed half-way: what it was for is synced again by name."""
        self._segments: list[Segment] = []
        self._writer = SegmentWriter(directory, self._segments, max_bytes)
        self._tail: deque[Run] = deque()
        self._recent: deque[Run] = deque()
        self._oldest = Cursor(self._segments, self._recent, self._tail)
        self._newer = Cursor(self._segments, self._recent, self._tail)
        self._next = 0
        self._position = Position(directory)
        self._watermark = Watermark(directory, boot)
        self._closed = False
        self.gap: tuple[float, float] | None = None
        """After an unclean end of the machine: readings taken between these POSIX seconds may be gone."""

    @classmethod
    def open(
        cls,
        directory: Path,
        max_bytes: int = MAX_BYTES,
        *,
        max_age: float = MAX_AGE,
        tail_limit: int = TAIL_LIMIT,
        started: float | None = None,
        boot: str | None = None,
    ) -> Self:
        """Open or make the spool in `directory`; `max_age` in seconds, `started` is now (POSIX seconds).

        Raises Permanent when the directory cannot be used at all.
        """
        spool = cls(directory, max_bytes, max_age, tail_limit, files.boot() if boot is None else boot)
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            spool._restore(time.time() if started is None else started)
        except OSError as error:
            raise Permanent(f"spool {directory}: {error.strerror or error}") from error
        return spool

    # ports.Spool

    def append(self, samples: Sequence[Sample]) -> None:
        """Take samples in order. Safe from the end of the process at once, from a power cut after the next `sync`."""
        if self._closed:
            raise ValueError("the spool is closed")
        with self._lock:
            for start in range(0, len(samples), _RECORD):
                some = samples[start : start + _RECORD]
                run = some if isinstance(some, Rows) else tuple(some)
                if self._tail or not self._writer.store(self._next, run):
                    self._tail.append((self._next, run))
                else:
                    self._remember(self._next, run)
                self._next += len(run)
            if self._tail:
                self._flush()
            self._bound()

    def sync(self, now: Instant) -> None:
        """Make everything appended durable and note until when that holds. A disk that refuses shows in `trouble`.

        Several may call at once; the next one finds less to do.
        """
        with self._syncing:
            self._sync(now)

    def _sync(self, now: Instant) -> None:
        with self._lock:
            if self._tail:
                self._flush()
            self._expire(now.wall)
            safe = not self._tail
            written = self._next if safe else self._tail[0][0]
            descriptors = self._writer.to_sync()
            unsure = [s.path for s in self._segments if s.end > self._durable] if self._unsure else []
        # Outside the lock: a slow disk must not hold up whoever appends.
        try:
            self._unsure = True
            again = [os.open(path, os.O_RDONLY) for path in (*unsure, self._position.path)]
            files.sync([*descriptors, *again], self._directory)
            self._unsure = False
            self._durable = written
            if safe:
                self._watermark.move(now.wall)
        except OSError as error:
            self._writer.troubled(error)

    def oldest(self, limit: int) -> SpoolBatch | None:
        """The oldest undelivered samples, at most `limit`; the same ones again until `done`."""
        with self._lock:
            while (batch := self._take(self._oldest, self._position.at, limit)) is None:
                until = self._position.ahead.free_until(self._position.at)
                if until is None or not self._oldest.found_from(until):
                    return None
                # Nothing of what lies before what is delivered already can be read.
                self._give_up(until, None, None, "damaged records")
            return batch

    def after(self, position: int, limit: int) -> SpoolBatch | None:
        """The oldest undelivered samples numbered from `position` on, at most `limit`."""
        with self._lock:
            start = self._position.ahead.behind(max(position, self._position.at))
            if start < self._newer.at:
                self._newer = Cursor(self._segments, self._recent, self._tail)
            self._newer.move(start)
            return self._take(self._newer, start, limit)

    def done(self, batch: SpoolBatch) -> None:
        """Forget the batch. What of it had given way while it was under way was delivered after all."""
        with self._lock:
            position, count = self._position, len(batch.samples)
            overlap = max(0, min(position.at - (batch.position - count), count))
            missing = max(0, batch.position - max(position.at, batch.start)) - (count - overlap)
            position.lost -= overlap
            if missing > 0 and batch.samples:
                position.lose(missing, batch.samples[0].at_ms, batch.samples[-1].at_ms, "damaged records")
            if batch.position > position.at:
                position.ahead.add(max(batch.start, position.at), batch.position)
            self._move(position.at)

    @property
    def depth(self) -> int:
        """Samples that wait (unreadable ones included until they are passed)."""
        position = self._position
        return self._next - position.at - position.ahead.within(position.at, self._next)

    @property
    def lost(self) -> int:
        """Samples given up for want of space or because their record was damaged, kept across restarts."""
        return self._position.lost

    @property
    def appended(self) -> int:
        """Sequence number of the next sample."""
        return self._next

    @property
    def durable(self) -> int:
        """Everything below this sequence number survives a power cut."""
        return self._durable

    @property
    def lost_span(self) -> tuple[float, float] | None:
        """The time (POSIX seconds) in which all lost samples were measured."""
        return self._position.lost_span

    @property
    def trouble(self) -> str | None:
        """Why the disk takes nothing now; None when it does."""
        return self._writer.trouble

    @property
    def fill(self) -> float:
        """Share (0 to 1, a little more while a segment is under way) of its space that is taken."""
        with self._lock:
            return sum(segment.size for segment in self._segments) / self._max_bytes

    @property
    def corrupt(self) -> int:
        """Damaged stretches found in the files since the spool was opened."""
        return self._oldest.reader.corrupt

    def close(self) -> None:
        """Sync and let go; idempotent."""
        if self._closed:
            return
        self._closed = True
        with self._lock:
            if self._tail:
                self._flush()
            self._writer.retire()
            descriptors = self._writer.to_sync()
        try:
            files.sync([*descriptors, os.open(self._position.path, os.O_RDONLY)], self._directory)
            self._watermark.save(clean=not self._tail)
        except OSError as error:
            self._writer.troubled(error)

    # Opening

    def _restore(self, started: float) -> None:
        position = self._position
        position.restore()
        self._find_segments()
        self._next = max([position.at, *(s.end for s in self._segments[-1:])])
        if self._segments and self._segments[0].first > position.at:
            oldest = self._segments[0]
            if position.known:
                position.lose(oldest.first - position.at, oldest.oldest_ms, oldest.oldest_ms, "file missing")
            position.at = oldest.first
        position.at = position.ahead.absorb(position.at)
        self._oldest.move(position.at)
        self._forget_delivered()
        position.save(durable=True)
        self.gap = self._watermark.restore(started)

    def _find_segments(self) -> None:
        paths = sorted(self._directory.glob(f"*{SUFFIX}"))
        for path, following in zip_longest(paths, paths[1:]):
            data = path.read_bytes() if following is None else _head(path)
            first = int(path.stem)
            end = end_of(data, first) if following is None else int(following.stem)
            if end <= first:
                path.unlink()
                continue
            status = path.stat()
            newest_ms = int(status.st_mtime * 1000)
            segment = Segment(path, first, end, status.st_size, first_time(data), newest_ms)
            segment.written_end, segment.written_at = end, status.st_mtime
            self._segments.append(segment)

    # Writing

    def _flush(self) -> None:
        """Bring to disk what waits in memory; the oldest of all gives way when too much does."""
        while self._tail:
            first, run = self._tail[0]
            if self._writer.store(first, run):
                self._remember(first, run)
                self._tail.popleft()
            elif self._next - self._tail[0][0] <= self._tail_limit:
                return
            elif self._segments and self._segments[0].end > self._segments[0].first:
                self._drop("the disk takes nothing")
            else:
                self._tail.popleft()
                self._give_up(first + len(run), run[0].at_ms, run[-1].at_ms, "the disk takes nothing")

    def _remember(self, first: int, run: Sequence[Sample]) -> None:
        """Keep what was just written for a historian that is close behind: the newest, without a hole."""
        recent = self._recent
        if recent and recent[-1][0] + len(recent[-1][1]) != first:
            recent.clear()
        recent.append((first, run))
        while recent and first + len(run) - recent[0][0] > RECENT:
            recent.popleft()

    # Bounds

    def _bound(self) -> None:
        while len(self._segments) > 1 and sum(s.size for s in self._segments) > self._max_bytes:
            self._drop("no space left in the spool")

    def _expire(self, now: float) -> None:
        for segment in self._segments:
            if segment.written_end != segment.end:
                segment.written_end, segment.written_at = segment.end, now
        while self._segments and self._segments[0].written_at < now - self._max_age:
            self._drop("older than the spool keeps")

    def _drop(self, reason: str) -> None:
        if len(self._segments) == 1:
            self._writer.retire()
        segment = self._segments.pop(0)
        segment.path.unlink(missing_ok=True)
        self._give_up(segment.end, segment.oldest_ms, segment.newest_ms, reason)

    def _give_up(self, end: int, oldest_ms: int | None, newest_ms: int | None, reason: str) -> None:
        position = self._position
        if end > position.at:
            count = end - position.at - position.ahead.within(position.at, end)
            if count:
                position.lose(count, oldest_ms, newest_ms, reason)
            self._move(end)

    # Reading

    def _take(self, cursor: Cursor, start: int, limit: int) -> SpoolBatch | None:
        try:
            samples, position = cursor.take(limit, self._position.ahead.free_until(start))
        except OSError as error:
            self._writer.troubled(error)
            return None
        return SpoolBatch(samples, position, start) if samples else None

    def _move(self, position: int) -> None:
        self._position.at = position = self._position.ahead.absorb(position)
        self._oldest.move(position)
        cut(self._tail, position)
        cut(self._recent, position)
        self._forget_delivered()
        try:
            self._position.save(durable=False)
        except OSError as error:  # at worst some is delivered twice, which the historian bears
            self._writer.troubled(error)

    def _forget_delivered(self) -> None:
        active = 1 if self._writer.writing else 0
        while len(self._segments) > active and self._segments[0].end <= self._position.at:
            self._segments.pop(0).path.unlink(missing_ok=True)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024 * 1024)
