"""Appends records to the newest segment; begins another when that is full."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import structlog

from monitor.domain.history import Sample
from monitor.storage.spool.codec import MAX_NAMES, encode
from monitor.storage.spool.segment import Segment, file_name, pack

log = structlog.get_logger("spool")


class SegmentWriter:
    """Owns the open file. A segment of an earlier process is never continued, so a torn end stays at an end."""

    def __init__(self, directory: Path, segments: list[Segment], max_bytes: int) -> None:
        self._directory = directory
        self._segments = segments
        self._segment_bytes = max(16 * 1024, min(4 * 1024 * 1024, max_bytes // 16))
        self._file: int | None = None
        self._retired: list[int] = []
        self.trouble: str | None = None
        """Why the disk takes nothing now; None when it does."""

    @property
    def writing(self) -> bool:
        """True while the last segment is open."""
        return self._file is not None

    def store(self, sequence: int, samples: Sequence[Sample]) -> bool:
        """One record onto the disk, whole or not at all; False when it takes nothing."""
        try:
            segment, file = self._active(sequence)
            payload, new = encode(samples, segment.names)
            record = pack(sequence, len(samples), payload)
            if os.write(file, record) < len(record):
                os.ftruncate(file, segment.size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            self.troubled(error)
            return False
        segment.names.number.update(new)
        segment.size += len(record)
        segment.end = sequence + len(samples)
        if segment.oldest_ms is None:
            segment.oldest_ms = samples[0].at_ms
        segment.newest_ms = samples[-1].at_ms
        if self.trouble is not None:
            log.warning("spool.writes_again")
            self.trouble = None
        return True

    def retire(self) -> None:
        """The last segment is finished; its file is closed after the next sync."""
        if self._file is not None:
            self._retired.append(self._file)
            self._file = None

    def to_sync(self) -> list[int]:
        """Descriptors of everything that may not be durable yet; the caller syncs and closes them."""
        descriptors, self._retired = self._retired, []
        if self._file is not None:
            descriptors.append(os.dup(self._file))
        return descriptors

    def troubled(self, error: OSError) -> None:
        """Remember, and log when it begins."""
        reason = error.strerror or str(error)
        if self.trouble is None:
            log.error("spool.does_not_write", reason=reason)
        self.trouble = reason

    def _active(self, sequence: int) -> tuple[Segment, int]:
        if self._file is not None:
            segment = self._segments[-1]
            if segment.size < self._segment_bytes and len(segment.names.number) < MAX_NAMES:
                return segment, self._file
            self.retire()
        path = self._directory / file_name(sequence)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        self._segments.append(Segment(path, sequence, sequence, 0))
        return self._segments[-1], self._file
