"""A batch handed over whole, or in halves until only the guilty samples are left out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from monitor.domain.history import Sample
from monitor.ports import Written
from monitor.storage.history_influx.answers import LineFault, TooLarge
from monitor.storage.history_influx.lines import Lines

Send = Callable[[bytes], Awaitable[None]]
"""Hands over line protocol. Raises Transient, Permanent, TooLarge or LineFault."""
Refuse = Callable[[Sample], str | None]
"""Why a sample can never be stored; None when it can."""

SLICE = 500
"""Samples written as text at once, about 2 ms: between two slices everybody else has a turn."""


async def store(samples: Sequence[Sample], lines: Lines, send: Send, refuse: Refuse) -> Written:
    """Write what can be written. Halved while it is too large, and down to the guilty where lines are refused."""
    rejected: list[tuple[Sample, str]] = []
    storable: list[Sample] = []
    for sample in samples:
        reason = refuse(sample)
        if reason is None:
            storable.append(sample)
        else:
            rejected.append((sample, reason))
    await _put(storable, lines, send, rejected)
    return Written(tuple(rejected))


async def _put(
    samples: Sequence[Sample], lines: Lines, send: Send, rejected: list[tuple[Sample, str]]
) -> None:
    if not samples:
        return
    text, count = await _text(samples, lines)
    try:
        await send(text)
    except (TooLarge, LineFault) as fault:
        if len(samples) == 1 or (isinstance(fault, LineFault) and fault.all_too_old(count)):
            rejected += [(sample, str(fault)) for sample in samples]
            return
        # Writing a line again changes nothing, so halves find the guilty without understanding the server's words.
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
