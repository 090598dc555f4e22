"""Replay over the embedded historian: every point as it was at a moment, and what is played at 1x to 600x.

The peer of a moment is the same question asked point by point; the peer of playing is every sample of the span read
and turned into a step, which is what a replay without thinning would do. CPU time of this process, interleaved.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
import time
from pathlib import Path

from monitor.domain.history import Sample
from monitor.domain.point import Point
from monitor.domain.replay.values import reading_at
from monitor.engine.playing import play
from monitor.engine.replaying import moment
from monitor.storage.history_sqlite import SqliteHistorian
from monitor.storage.journal import SqlJournal

POINTS = [Point(f"e{i // 20}", f"p{i % 20}") for i in range(500)]
EVERY = 10
HOURS = 3
BEGIN = 1_790_000_000
ROUNDS = 5
WATCHED = 8.0
"""Seconds in front of the screen."""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="watchroom-bench-") as name:
        asyncio.run(_measure(Path(name)))


async def _measure(home: Path) -> None:
    historian = await _filled(home)
    journal = await SqlJournal.open("sqlite:journal.db", home)
    at = BEGIN + 3600.0
    ours = peer = 0.0
    for turn in range(ROUNDS):
        started = time.process_time()
        await moment(journal, historian, POINTS, at + turn * 7)
        ours += time.process_time() - started
        started = time.process_time()
        for point in POINTS:
            await historian.raw(
                point.id, round((at + turn * 7) * 1000) + 1, round((at + turn * 7) * 1000) + 1
            )
        peer += time.process_time() - started
    print(f"{len(POINTS)} points, one sample in {EVERY} s each, every one another value")
    print(f"a moment: {ours / ROUNDS * 1000:.0f} ms of CPU; point by point {peer / ours:.1f} x")
    print(f"{'speed':<7}{'steps/s':>9}{'share of a core':>17}{'every sample as a step':>25}")
    for speed in (1, 10, 60, 600):
        await _played(journal, historian, at, speed)
    await historian.close()
    await journal.close()


async def _played(journal: SqlJournal, historian: SqliteHistorian, at: float, speed: int) -> None:
    end = at + min(WATCHED * speed, 3600.0)
    watched = (end - at) / speed
    started, steps, since = time.process_time(), 0, at
    while since < end:
        found = await play(journal, historian, POINTS, (since, end), every=max(1.0, speed / 4))
        steps, since = steps + len(found.changes), found.until
    ours = time.process_time() - started
    started = time.process_time()
    for point in POINTS:
        rows = await historian.raw(point.id, round(at * 1000), round(end * 1000))
        [reading_at(point, row, row.at_ms) for row in rows]
    peer = time.process_time() - started
    print(f"{speed:>4} x{steps / watched:>10.0f}{ours / watched:>17.1%}{peer / ours:>23.1f} x", flush=True)


async def _filled(home: Path) -> SqliteHistorian:
    clock = [float(BEGIN)]
    historian = SqliteHistorian.open(home / "history.db", now=lambda: clock[0])
    for start in range(0, HOURS * 3600, 600):
        clock[0] = BEGIN + start + 600.0
        await historian.write(
            [
                Sample(point.id, (BEGIN + s) * 1000, round(20 + 5 * math.sin((s + i * 37) / 300), 2), 0)
                for s in range(start, start + 600, EVERY)
                for i, point in enumerate(POINTS)
            ]
        )
    return historian
