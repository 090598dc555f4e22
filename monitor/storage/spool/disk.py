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
from monitor.ports import Permanent, SpoolBatch
from monitor.storage.spool import files
from monitor.storage.spool.codec import MAX_NAMES, encode, learn
from monitor.storage.spool.reader import Reader, Run, end_of, first_time
from monitor.storage.spool.segment import SUFFIX, Segment, file_name, pack

log = structlog.get_logger("spool")

MAX_BYTES = 256 * 1024 * 1024
MAX_AGE = 30 * 86400.0
TAIL_LIMIT = 100_000
"""Samples kept in memory at most while the disk takes nothing."""
_RECORD = 10_000
"""Samples in one record at most."""
_POSITION = "position"
_WATERMARK = "watermark"


class DiskSpool:
    """Implements ports.Spool. `append`, `oldest` and `done` belong to one thread; `sync` may run in another beside them.

    Every sample has a sequence number; `position` is the one up to which all is delivered or given up. What is written
    survives the end of the process at once and a power cut after the next `sync`. Every sample that the position passes
    without having been delivered is counted in `lost`, in the same file, so that no restart counts it again.

    A disk that takes nothing (full, read-only, broken) never raises: samples wait in memory, then the oldest segment
    gives way, which also frees space; `trouble` says what is wrong.
    """

    def __init__(self, directory: Path, max_bytes: int, max_age: float, tail_limit: int) -> None:
        self._directory = directory
        self._max_bytes = max_bytes
        self._segment_bytes = max(16 * 1024, min(4 * 1024 * 1024, max_bytes // 16))
        self._max_age = max_age
        self._tail_limit = tail_limit
        self._lock = threading.RLock()
        self._segments: list[Segment] = []
        self._reader = Reader(self._segments)
        self._file: int | None = None
        self._retired: list[int] = []
        self._tail: deque[Run] = deque()
        self._ahead: deque[Run] = deque()
        self._next = self._position = self._read = self._lost = 0
        self._lost_from_ms: int | None = None
        self._lost_to_ms: int | None = None
        self._watermark: float | None = None
        self._boot = ""
        self._closed = False
        self.gap: tuple[float, float] | None = None
        """After an unclean end of the machine: readings taken between these POSIX seconds may be gone."""
        self.trouble: str | None = None
        """Why the disk takes nothing now; None when it does."""

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
        spool = cls(directory, max_bytes, max_age, tail_limit)
        spool._boot = files.boot() if boot is None else boot
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
                run = samples[start : start + _RECORD]
                if self._tail or not self._store(self._next, run):
                    self._tail.append((self._next, tuple(run)))
                self._next += len(run)
            if self._tail:
                self._flush()
            self._bound()

    def sync(self, now: Instant) -> None:
        """Make everything appended durable and note until when that holds. A disk that refuses shows in `trouble`."""
        with self._lock:
            if self._tail:
                self._flush()
            self._expire(now.wall)
            safe = not self._tail
            descriptors, self._retired = self._retired, []
            if self._file is not None:
                descriptors.append(os.dup(self._file))
        # Outside the lock: a slow disk must not hold up whoever appends.
        try:
            self._sync_files(descriptors)
            if safe:
                self._watermark = now.wall
                self._mark(clean=False)
        except OSError as error:
            self._troubled(error)

    def oldest(self, limit: int) -> SpoolBatch | None:
        """The oldest undelivered samples, at most `limit`; the same ones again until `done`."""
        with self._lock:
            self._fill(limit)
            samples: list[Sample] = []
            position = self._position
            for first, run in self._ahead:
                taken = run[: limit - len(samples)]
                samples += taken
                position = first + len(taken)
                if len(samples) >= limit:
                    break
            return SpoolBatch(tuple(samples), position) if samples else None

    def done(self, batch: SpoolBatch) -> None:
        """Forget up to the batch's position. What had given way while it was under way was delivered after all."""
        with self._lock:
            count = len(batch.samples)
            overlap = max(0, min(self._position - (batch.position - count), count))
            missing = max(0, batch.position - self._position) - (count - overlap)
            self._lost -= overlap
            if missing > 0 and batch.samples:
                self._lose(missing, batch.samples[0].at_ms, batch.samples[-1].at_ms, "damaged records")
            self._move(max(self._position, batch.position))

    @property
    def depth(self) -> int:
        """Samples that wait (unreadable ones included until they are passed)."""
        return self._next - self._position

    @property
    def lost(self) -> int:
        """Samples given up for want of space or because their record was damaged, kept across restarts."""
        return self._lost

    @property
    def lost_span(self) -> tuple[float, float] | None:
        """The time (POSIX seconds) in which all lost samples were measured."""
        if self._lost_from_ms is None or self._lost_to_ms is None:
            return None
        return self._lost_from_ms / 1000, self._lost_to_ms / 1000

    @property
    def corrupt(self) -> int:
        """Damaged stretches found in the files since the spool was opened."""
        return self._reader.corrupt

    def close(self) -> None:
        """Sync and let go; idempotent."""
        if self._closed:
            return
        self._closed = True
        with self._lock:
            if self._tail:
                self._flush()
            descriptors = [*self._retired, *([self._file] if self._file is not None else [])]
            self._retired, self._file = [], None
        try:
            self._sync_files(descriptors)
            self._mark(clean=not self._tail)
        except OSError as error:
            self._troubled(error)

    # Opening

    def _restore(self, started: float) -> None:
        known = files.read(self._directory / _POSITION) or {}
        self._position = self._read = int(known.get("position", 0))
        self._lost = int(known.get("lost", 0))
        self._lost_from_ms, self._lost_to_ms = known.get("lost_from_ms"), known.get("lost_to_ms")
        self._find_segments()
        self._next = max([self._position, *(s.end for s in self._segments[-1:])])
        if self._segments and not known:  # the position was lost: deliver again, which the historian bears
            self._position = self._read = self._segments[0].first
        elif self._segments and self._segments[0].first > self._position:
            oldest = self._segments[0]
            self._lose(oldest.first - self._position, oldest.oldest_ms, oldest.oldest_ms, "segment missing")
            self._position = self._read = oldest.first
        self._forget_delivered()
        self._save_position(durable=True)
        mark = files.read(self._directory / _WATERMARK) or {}
        if mark and not mark.get("clean") and mark.get("boot") != self._boot:
            self.gap = (float(mark["at"]), started)
            log.warning("spool.gap", since=self.gap[0], until=started)
        self._watermark = float(mark["at"]) if mark else started
        self._mark(clean=False)

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
            self._segments.append(Segment(path, first, end, status.st_size, first_time(data), newest_ms))

    # Writing

    def _store(self, sequence: int, samples: Sequence[Sample]) -> bool:
        """One record onto the disk; False when it takes nothing."""
        try:
            segment, file = self._active()
            payload = encode(samples, segment.names)
            record = pack(sequence, len(samples), payload)
            if os.write(file, record) < len(record):
                os.ftruncate(file, segment.size)
                raise OSError(28, os.strerror(28))
        except OSError as error:
            self._troubled(error)
            return False
        learn(payload, segment.names)
        segment.size += len(record)
        segment.end = sequence + len(samples)
        if segment.oldest_ms is None:
            segment.oldest_ms = samples[0].at_ms
        segment.newest_ms = samples[-1].at_ms
        if self.trouble is not None:
            log.warning("spool.writes_again", waiting=len(self._tail))
            self.trouble = None
        return True

    def _active(self) -> tuple[Segment, int]:
        if self._file is not None:
            segment = self._segments[-1]
            if segment.size < self._segment_bytes and len(segment.names.number) < MAX_NAMES:
                return segment, self._file
            self._retire()
        first = self._tail[0][0] if self._tail else self._next
        path = self._directory / file_name(first)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        self._segments.append(Segment(path, first, first, 0))
        return self._segments[-1], self._file

    def _retire(self) -> None:
        if self._file is not None:
            self._retired.append(self._file)
            self._file = None

    def _flush(self) -> None:
        """Bring to disk what waits in memory; the oldest of all gives way when too much does."""
        while self._tail:
            first, run = self._tail[0]
            if self._store(first, run):
                self._tail.popleft()
            elif self._next - self._tail[0][0] <= self._tail_limit:
                return
            elif self._segments and self._segments[0].end > self._segments[0].first:
                self._drop("the disk takes nothing")
            else:
                self._tail.popleft()
                self._give_up(first + len(run), run[0].at_ms, run[-1].at_ms, "the disk takes nothing")

    # Bounds

    def _bound(self) -> None:
        while len(self._segments) > 1 and sum(s.size for s in self._segments) > self._max_bytes:
            self._drop("no space left in the spool")

    def _expire(self, now: float) -> None:
        limit = (now - self._max_age) * 1000
        while self._segments and (self._segments[0].newest_ms or limit) < limit:
            self._drop("older than the spool keeps")

    def _drop(self, reason: str) -> None:
        if len(self._segments) == 1:
            self._retire()
        segment = self._segments.pop(0)
        segment.path.unlink(missing_ok=True)
        self._give_up(segment.end, segment.oldest_ms, segment.newest_ms, reason)

    def _give_up(self, end: int, oldest_ms: int | None, newest_ms: int | None, reason: str) -> None:
        if end > self._position:
            self._lose(end - self._position, oldest_ms, newest_ms, reason)
            self._move(end)

    def _lose(self, count: int, oldest_ms: int | None, newest_ms: int | None, reason: str) -> None:
        self._lost += count
        for at_ms in (oldest_ms, newest_ms):
            if at_ms is not None:
                self._lost_from_ms = min(
                    at_ms, self._lost_from_ms if self._lost_from_ms is not None else at_ms
                )
                self._lost_to_ms = max(at_ms, self._lost_to_ms if self._lost_to_ms is not None else at_ms)
        log.error("spool.lost", samples=count, from_ms=oldest_ms, to_ms=newest_ms, reason=reason)

    # Reading

    def _fill(self, limit: int) -> None:
        have = sum(len(run) for _, run in self._ahead)
        while have < limit:
            try:
                runs = self._reader.more(self._read) if self._segments else []
            except OSError as error:
                self._troubled(error)
                return
            runs = runs or [(first, run) for first, run in self._tail if first >= self._read]
            if not runs:
                return
            self._ahead.extend(runs)
            self._read = runs[-1][0] + len(runs[-1][1])
            have += sum(len(run) for _, run in runs)

    def _move(self, position: int) -> None:
        self._position = position
        self._read = max(self._read, position)
        while self._ahead and self._ahead[0][0] < position:
            first, run = self._ahead.popleft()
            if first + len(run) > position:
                self._ahead.appendleft((position, run[position - first :]))
        while self._tail and self._tail[0][0] < position:
            first, run = self._tail.popleft()
            if first + len(run) > position:
                self._tail.appendleft((position, run[position - first :]))
        self._forget_delivered()
        try:
            self._save_position(durable=False)
        except OSError as error:  # at worst some is delivered twice, which the historian bears
            self._troubled(error)

    def _forget_delivered(self) -> None:
        active = 1 if self._file is not None else 0
        while len(self._segments) > active and self._segments[0].end <= self._position:
            self._segments.pop(0).path.unlink(missing_ok=True)

    # Small files

    def _save_position(self, *, durable: bool) -> None:
        content = {
            "position": self._position,
            "lost": self._lost,
            "lost_from_ms": self._lost_from_ms,
            "lost_to_ms": self._lost_to_ms,
        }
        files.replace(self._directory / _POSITION, content, durable=durable)

    def _mark(self, *, clean: bool) -> None:
        content = {"at": self._watermark, "boot": self._boot, "clean": clean}
        files.replace(self._directory / _WATERMARK, content, durable=True)

    def _sync_files(self, descriptors: list[int]) -> None:
        descriptors = [*descriptors, os.open(self._directory / _POSITION, os.O_RDONLY)]
        try:
            for descriptor in descriptors:
                os.fsync(descriptor)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        files.sync_directory(self._directory)

    def _troubled(self, error: OSError) -> None:
        reason = error.strerror or str(error)
        if self.trouble is None:
            log.error("spool.does_not_write", reason=reason)
        self.trouble = reason


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024 * 1024)
