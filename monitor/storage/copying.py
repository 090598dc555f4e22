"""History from one historian into another, verified: what the one holds, the other holds afterwards, value by value."""

from __future__ import annotations

import asyncio
import math
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
    waiting: list[Sample] = []  # of several points: most have few
    for point in points:
        progress.point = point
        async for page in _pages(source, point, start_ms, end_ms):
            waiting += page
            while len(waiting) >= BATCH:
                await _put(target, waiting[:BATCH], progress)
                del waiting[:BATCH]
                tell(progress)
        progress.done += 1
        tell(progress)
    if waiting:
        await _put(target, waiting, progress)
        tell(progress)
    return progress


async def _put(target: Historian, batch: Sequence[Sample], progress: Progress) -> None:
    rejected = await _patiently(target, batch)
    progress.samples += len(batch)
    progress.rejected += len(rejected)
    if rejected and not progress.reason:
        progress.reason = rejected[0][1]


async def missing(
    source: Historian, target: Historian, point: str, start_ms: int, end_ms: int, digits: int | None = None
) -> int:
    """How many samples of `source` in [start, end) are not in `target` with the same number and quality: for where `digest`
    differs, since a target that is written to has values of its own. `digits` as there."""
    absent = 0
    async for page in pages(source, point, start_ms, end_ms, BATCH):
        there: dict[int, Sample] = {}
        async for other in pages(target, point, page[0].at_ms, page[-1].at_ms + 1, BATCH):
            there.update((sample.at_ms, sample) for sample in other)
        absent += sum(not _same(sample, there.get(sample.at_ms), digits) for sample in page)
    return absent


def _same(one: Sample, other: Sample | None, digits: int | None) -> bool:
    if other is None or one.quality != other.quality:
        return False
    a, b = _figure(one.value), _figure(other.value)
    if digits is None or a is None or b is None:
        return a == b
    return math.isclose(a, b, rel_tol=10.0**-digits)


async def digest(
    historian: Historian, point: str, start_ms: int, end_ms: int, digits: int | None = None
) -> Digest:
    """Count and checksum of one point over [start, end); numbers as floats, as every server keeps them, or as so many `digits`
    of them where one server keeps no more (two that are nearly the same may then still differ in the last)."""
    count = texts = checksum = 0
    async for page in _pages(historian, point, start_ms, end_ms):
        count += len(page)
        texts += sum(isinstance(sample.value, str) for sample in page)
        rows = [(sample.at_ms, _shortened(_figure(sample.value), digits), sample.quality) for sample in page]
        checksum = zlib.crc32(repr(rows)[1:-1].encode(), checksum)
    return Digest(count, checksum, texts)


def _shortened(value: float | None, digits: int | None) -> float | None:
    return value if digits is None or value is None else float(f"{value:.{digits}g}")


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
