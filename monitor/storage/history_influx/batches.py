"""A batch handed over part by part, or in halves until only the guilty samples are left out."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any

from monitor.domain.history import Sample
from monitor.domain.rows import Rows
from monitor.ports import Written
from monitor.storage.history_influx.answers import LineFault, TooLarge
from monitor.storage.history_influx.lines import Lines

Send = Callable[[bytes], Awaitable[None]]
"""Hands over line protocol. Raises Transient, Permanent, TooLarge or LineFault."""
Refuse = Callable[[Sample], str | None]
"""Why a sample can never be stored; None when it can."""
Rejected = list[tuple[Sample, str]]

PART = 20_000
"""Samples in one request: with 5,000 InfluxDB takes a quarter more time for a sample, with 500 three times as much."""
SLICE = 500
"""Samples written as text at once, about 2 ms: between two slices everybody else has a turn."""
_at_ms, _value = itemgetter(1), itemgetter(2)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Within which no sample can be refused: the size of its value, and its time in [oldest, newest] ms."""

    largest: float = math.inf
    oldest_ms: float = -math.inf
    newest_ms: float = math.inf

    def hold(self, samples: Sequence[Sample]) -> bool:
        """True when all are numbers within the bounds: told of many at a time, since nearly always they are."""
        try:
            # No part of a sum of sizes is larger than it, nor is it finite where one of them is not.
            finite: bool = sum(map(abs, _values(samples))) < self.largest
        except (TypeError, OverflowError):  # text, or no value
            return False
        times = (
            [row.at_ms for row in samples.rows] if isinstance(samples, Rows) else list(map(_at_ms, samples))
        )
        return finite and self.oldest_ms <= min(times) and max(times) <= self.newest_ms


def _values(samples: Sequence[Sample]) -> Iterable[Any]:
    if isinstance(samples, Rows):
        return chain.from_iterable([row.values for row in samples.rows])
    return map(_value, samples)


async def store(
    samples: Sequence[Sample], lines: Lines, send: Send, refuse: Refuse, bounds: Bounds
) -> Written:
    """Write what can be written: while the server reads one part, the next one is made, and never are two on their way.

    A part is halved while it is too large, and down to the guilty where lines are refused. `refuse` is asked only of
    samples that are not within `bounds`.
    """
    rejected: Rejected = []
    storable = _sieve(samples, refuse, bounds, rejected)
    sent: _Sent | None = None
    try:
        for start in range(0, len(storable), PART):
            part = storable[start : start + PART]
            text, count = await _text(part, lines)
            if sent is not None:
                await sent.settle(lines, send, rejected)
            sent = _Sent(part, count, send(text))
        if sent is not None:
            await sent.settle(lines, send, rejected)
    finally:
        if sent is not None:
            await sent.abandon()
    return Written(tuple(rejected))


def _sieve(samples: Sequence[Sample], refuse: Refuse, bounds: Bounds, rejected: Rejected) -> Sequence[Sample]:
    if isinstance(samples, Rows) and bounds.hold(samples):
        return samples
    storable: list[Sample] = []
    for start in range(0, len(samples), SLICE):
        piece = samples[start : start + SLICE]
        if bounds.hold(piece):
            storable += piece
            continue
        for sample in piece:
            reason = refuse(sample)
            if reason is None:
                storable.append(sample)
            else:
                rejected.append((sample, reason))
    return storable


class _Sent:
    """A part on its way to the server."""

    def __init__(self, samples: Sequence[Sample], lines: int, request: Awaitable[None]) -> None:
        self._samples = samples
        self._count = lines
        self._request = asyncio.ensure_future(request)

    async def settle(self, lines: Lines, send: Send, rejected: Rejected) -> None:
        """Wait for the answer, and do what it asks for."""
        try:
            await self._request
        except (TooLarge, LineFault) as fault:
            await _halve(self._samples, self._count, fault, lines, send, rejected)

    async def abandon(self) -> None:
        """Nobody waits for the answer any more."""
        self._request.cancel()
        await asyncio.gather(self._request, return_exceptions=True)


async def _put(samples: Sequence[Sample], lines: Lines, send: Send, rejected: Rejected) -> None:
    text, count = await _text(samples, lines)
    try:
        await send(text)
    except (TooLarge, LineFault) as fault:
        await _halve(samples, count, fault, lines, send, rejected)


async def _halve(
    samples: Sequence[Sample],
    count: int,
    fault: TooLarge | LineFault,
    lines: Lines,
    send: Send,
    rejected: Rejected,
) -> None:
    """Writing a line again changes nothing, so halves find the guilty without understanding the server's words."""
    if len(samples) == 1 or (isinstance(fault, LineFault) and fault.all_too_old(count)):
        rejected += [(sample, str(fault)) for sample in samples]
        return
    middle = len(samples) // 2
    await _put(samples[:middle], lines, send, rejected)
    await _put(samples[middle:], lines, send, rejected)


async def _text(samples: Sequence[Sample], lines: Lines) -> tuple[bytes, int]:
    """Line protocol, and how many lines. A scan that two slices share has two lines, which the server joins."""
    texts: list[bytes] = []
    count = 0
    for start in range(0, len(samples), SLICE):
        if start:
            await asyncio.sleep(0)
        text, number = lines.write(samples[start : start + SLICE])
        texts.append(text)
        count += number
    return b"\n".join(texts), count
