"""History from one historian into another, verified: what the one holds, the other holds afterwards, value by value."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from monitor.domain.history import Sample
from monitor.domain.point import Value
from monitor.ports import Historian, Transient
from monitor.storage.export import pages

BATCH = 5_000
TRIES = 6
FIRST_PAUSE = 1.0
"""A server that is busy is asked again after 1, 2, 4, ... seconds."""


@dataclass(slots=True)
class Progress:
    """How far a copy is."""

    points: int
    point: str = ""
    done: int = 0
    samples: int = 0
    rejected: int = 0
    reason: str = ""
    """Why the first of the rejected can never be there."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What one historian holds of a point: equal when each time, number and quality is equal."""

    count: int
    checksum: int
    texts: int
    """Texts among them: a server that keeps none has their quality all the same."""


Tell = Callable[[Progress], None]


async def copy(
    source: Historian, target: Historian, points: Sequence[str], start_ms: int, end_ms: int, tell: Tell
) -> Progress:
    """Copy every sample of `points` in [start, end), point by point in order of time. Doing it again changes nothing.

    Raises Transient when a server stays away, Permanent for what only a human can mend.
    """
    progress = Progress(len(points))
    for point in points:
        progress.point = point
        async for page in _pages(source, point, start_ms, end_ms):
            written = await _patiently(target, page)
            progress.samples += len(page)
            progress.rejected += len(written)
            if written and not progress.reason:
                progress.reason = written[0][1]
            tell(progress)
        progress.done += 1
        tell(progress)
    return progress


async def digest(historian: Historian, point: str, start_ms: int, end_ms: int) -> Digest:
    """Count and checksum of one point over [start, end); numbers as floats, as every server keeps them."""
    count = texts = checksum = 0
    async for page in _pages(historian, point, start_ms, end_ms):
        count += len(page)
        texts += sum(isinstance(sample.value, str) for sample in page)
        rows = [(sample.at_ms, _figure(sample.value), sample.quality) for sample in page]
        checksum = zlib.crc32(repr(rows)[1:-1].encode(), checksum)
    return Digest(count, checksum, texts)


async def _pages(
    historian: Historian, point: str, start_ms: int, end_ms: int
) -> AsyncIterator[Sequence[Sample]]:
    """Pages of one size, whoever gives them, so that checksums can be compared."""
    rest: list[Sample] = []
    async for page in pages(historian, point, start_ms, end_ms, 2 * BATCH):
        rest += page
        while len(rest) >= BATCH:
            yield rest[:BATCH]
            rest = rest[BATCH:]
    if rest:
        yield rest


async def _patiently(target: Historian, page: Sequence[Sample]) -> Sequence[tuple[Sample, str]]:
    pause = FIRST_PAUSE
    for attempt in range(TRIES):
        try:
            return (await target.write(page)).rejected
        except Transient:
            if attempt + 1 == TRIES:
                raise
            await asyncio.sleep(pause)
            pause *= 2
    raise AssertionError("unreachable")


def _figure(value: Value | None) -> float | None:
    """What all historians keep of a value; text has none."""
    return None if value is None or isinstance(value, str) else float(value)
