"""One append-only file of records: magic, checksum, length, sequence number, samples.

A record is whole or it is not there: a torn one at the end is ignored, a damaged one in the middle is stepped over by
looking for the next magic with a right checksum.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from monitor.storage.spool.codec import Names

MAGIC = b"\xa5W"
_HEAD = struct.Struct("<2sI")
_BODY = struct.Struct("<IQH")
HEADER = _HEAD.size + _BODY.size
SUFFIX = ".seg"


class Record(NamedTuple):
    """`sequence` numbers the first of its `number` samples; `end` is the offset behind it in the file."""

    sequence: int
    number: int
    payload: bytes
    end: int


@dataclass(slots=True)
class Segment:
    """What is known of one file."""

    path: Path
    first: int
    """Sequence number of its first sample."""
    end: int
    """Sequence number behind its last sample."""
    size: int
    oldest_ms: int | None = None
    newest_ms: int | None = None
    written_end: int = -1
    written_at: float = 0.0
    """POSIX seconds of the sync that first saw it end at `written_end`: its age, whatever the samples' own clocks show."""
    names: Names = field(default_factory=Names)
    """As far as it was read or written by this process."""


def file_name(first: int) -> str:
    """Sorts by sequence number."""
    return f"{first:020d}{SUFFIX}"


def pack(sequence: int, count: int, payload: bytes) -> bytes:
    """One record as it stands in the file."""
    body = _BODY.pack(len(payload), sequence, count) + payload
    return _HEAD.pack(MAGIC, zlib.crc32(body)) + body


def unpack(data: bytes, at: int) -> Record | None:
    """The record at `at`, None when there is no whole and right one."""
    if len(data) - at < HEADER or data[at : at + 2] != MAGIC:
        return None
    _, checksum = _HEAD.unpack_from(data, at)
    length, sequence, count = _BODY.unpack_from(data, at + _HEAD.size)
    end = at + HEADER + length
    if end > len(data) or zlib.crc32(data[at + _HEAD.size : end]) != checksum:
        return None
    return Record(sequence, count, data[at + HEADER : end], end)


def records(data: bytes, at: int = 0) -> Iterator[Record | None]:
    """Records from offset `at`; None stands for a damaged stretch between two right ones."""
    while at < len(data):
        record = unpack(data, at)
        if record is None:
            at = _next(data, at + 1)
            if at < 0:
                return
            yield None
            continue
        yield record
        at = record.end


def torn(data: bytes, at: int) -> bool:
    """Whether what stands at `at` is the beginning of a record that was never finished, rather than a damaged one."""
    if len(data) - at < HEADER:
        return True
    length, _, _ = _BODY.unpack_from(data, at + _HEAD.size)
    return data[at : at + 2] == MAGIC and at + HEADER + length > len(data)


def _next(data: bytes, at: int) -> int:
    while (at := data.find(MAGIC, at)) >= 0:
        if unpack(data, at) is not None:
            return at
        at += 1
    return -1
