"""Several points at once, of a server that is asked about each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from monitor.domain.history import Sample

AT_ONCE = 8
"""Questions under way: enough to hide the way there and back, few enough for a server that has other work."""

Ask = Callable[[str], Awaitable[Sequence[Sample]]]


async def each(points: Sequence[str], ask: Ask) -> dict[str, Sequence[Sample]]:
    """The answer about each point. Raises what the first failing question raises; the others are given up."""
    waiting = iter(points)
    found: dict[str, Sequence[Sample]] = {}

    async def work() -> None:
        for point in waiting:
            found[point] = await ask(point)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(points))):
                group.create_task(work())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return found
