"""Reads segments in order, from the oldest sample that was not delivered."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from monitor.domain.history import Sample
from monitor.storage.spool.codec import Names, decode, learn
from monitor.storage.spool.segment import Record, Segment, records, torn, unpack

Run = tuple[int, Sequence[Sample]]
"""Sequence number of the first sample, and the samples."""

_STRETCH = 64 * 1024
"""Bytes decoded at once (about 3,000 samples)."""


class Reader:
    """Follows the list of segments, which its owner shortens in front and lengthens behind."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._current: Segment | None = None
        self._offset = 0
        self.corrupt = 0
        """Damaged stretches met since it was made."""

    def more(self, wanted: int) -> list[Run]:
        """Decoded records that hold samples from sequence number `wanted` on; empty at the end. Raises OSError."""
        while (segment := self._segment(wanted)) is not None:
            runs = self._read(segment, wanted)
            if runs:
                return runs
            following = self._following(segment)
            if following is None:
                return []
            self._current, self._offset = following, 0
        return []

    def _segment(self, wanted: int) -> Segment | None:
        if self._current is None or not any(s is self._current for s in self._segments):
            self._offset = 0
            self._current = next((s for s in self._segments if s.end > wanted), None)
        return self._current

    def _following(self, segment: Segment) -> Segment | None:
        return next((s for s in self._segments if s.first > segment.first), None)

    def _read(self, segment: Segment, wanted: int) -> list[Run]:
        """The next records of a segment that are wanted; empty at its end."""
        while self._offset < segment.size:
            runs = self._stretch(segment, wanted, _STRETCH)
            if runs:
                return runs
        return []

    def _stretch(self, segment: Segment, wanted: int, size: int) -> list[Run]:
        """A bounded piece, so that nobody waits long for a backlog to be decoded."""
        with segment.path.open("rb") as file:
            file.seek(self._offset)
            data = file.read(min(size, segment.size - self._offset))
        found = list(records(data))
        whole = [record for record in found if record is not None]
        at = whole[-1].end if whole else 0
        last = self._offset + len(data) >= segment.size or not data
        if not whole and not last:
            return self._stretch(segment, wanted, size * 4)
        self.corrupt += len(found) - len(whole) + (last and at < len(data) and not torn(data, at))
        self._offset = segment.size if last else self._offset + at
        return [run for record in whole if (run := self._decode(record, segment, wanted)) is not None]

    def _decode(self, record: Record, segment: Segment, wanted: int) -> Run | None:
        if record.sequence + record.number <= wanted:
            learn(record.payload, segment.names)
            return None
        try:
            samples = tuple(decode(record.payload, segment.names))
        except (struct.error, ValueError):  # a right checksum over nonsense: written by another program
            self.corrupt += 1
            return None
        if len(samples) == record.number and record.sequence < wanted:
            return wanted, samples[wanted - record.sequence :]
        # Samples whose name was lost with a damaged record are missing: the rest stands at the record's end.
        return record.sequence + record.number - len(samples), samples


def end_of(data: bytes, first: int) -> int:
    """Sequence number behind the last right record of a whole file that begins with `first`."""
    end = first
    for record in records(data):
        if record is not None:
            end = record.sequence + record.number
    return end


def first_time(data: bytes) -> int | None:
    """Time (ms) of the first sample in the data of a file, None when its first record is damaged."""
    record = unpack(data, 0)
    if record is None:
        return None
    samples = decode(record.payload, Names())
    return samples[0].at_ms if samples else None
