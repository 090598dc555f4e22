"""An hour without the database, then back: `python -m benchmarks backfill` (also the end of `recovery`).

1.8 million values (500 points, one a second each) wait in the spool; 500 more come each second while the daemon's own drain moves
them. Afterwards every point is read back from the historian, and its checksum over time, number and quality is compared with that
of what was put into the spool, the new values included.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.history import BATCH, POINTS, T0, _samples
from benchmarks.history_servers import CATALOGUE, settings_of
from monitor.domain.history import Sample
from monitor.engine.draining import Drain
from monitor.engine.tally import Tally
from monitor.host import SystemClock
from monitor.ports import Historian
from monitor.storage import copying
from monitor.storage.history_influx import InfluxHistorian
from monitor.storage.history_sqlite import SqliteHistorian
from monitor.storage.history_victoria import VictoriaHistorian
from monitor.storage.spool import DiskSpool
from tests.servers.influxdb import InfluxDB
from tests.servers.process import ServerMissing
from tests.servers.victoria import Victoria

OUTAGE = 1_800_000
RATE = 500
_SHOWN = 2.0
"""Seconds after which a server shows what it took."""


def main() -> None:
    """Measure and print."""
    print(
        f"an hour without the database: {OUTAGE:,} values of {POINTS} points wait, {RATE} new ones a second"
    )
    for part in (_embedded, _influxdb, _victoria):
        try:
            asyncio.run(part())
        except ServerMissing as missing:
            print(f"  {missing}")


async def _embedded() -> None:
    with tempfile.TemporaryDirectory(prefix="watchroom-bench-") as name:
        await _back_fill("embedded", SqliteHistorian.open(Path(name) / "h.db"), Path(name))


async def _influxdb() -> None:
    with tempfile.TemporaryDirectory(prefix="watchroom-bench-") as name, InfluxDB() as server:
        historian = InfluxHistorian(f"influxdb1://127.0.0.1:{server.port}/bench", CATALOGUE)
        await _back_fill("InfluxDB 1.6", historian, Path(name))


async def _victoria() -> None:
    with tempfile.TemporaryDirectory(prefix="watchroom-bench-") as name, Victoria() as server:
        await _back_fill("VictoriaMetrics", VictoriaHistorian(settings_of(server), CATALOGUE), Path(name))


async def _back_fill(kind: str, historian: Historian, directory: Path) -> None:
    clock, end = SystemClock(), round(time.time() * 1000)
    spool = DiskSpool.open(directory / "spool")
    given = [s._replace(at_ms=s.at_ms - T0 + end - 3_600_000) for s in _samples(OUTAGE, 1000)]
    for i in range(0, OUTAGE, RATE):
        spool.append(given[i : i + RATE])
    drain = Drain(spool, historian, clock, Tally(), lambda *_: None)
    task = asyncio.create_task(drain.run())
    started = time.perf_counter()
    beat = 0
    while spool.depth > 3 * BATCH:
        at_ms = end + 1000 * beat
        new = [Sample(f"meter-{i // 20}.p{i % 20}", at_ms, float(beat), 0) for i in range(RATE)]
        spool.append(new)
        given += new
        beat += 1
        await asyncio.sleep(max(0.0, started + beat - time.perf_counter()))
    seconds = time.perf_counter() - started
    while spool.depth:  # noqa: ASYNC110  # a spool tells nobody when it is empty
        await asyncio.sleep(0.2)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await asyncio.sleep(_SHOWN)
    equal = await _compare(historian, given)
    print(
        f"  {kind:<16}{seconds:>6.0f} s; checksums over time, number and quality, spool against historian:"
        f" {equal} of {POINTS} points equal; {len(given):,} values given, {spool.lost} lost",
        flush=True,
    )
    spool.close()
    await historian.close()


async def _compare(historian: Historian, given: Sequence[Sample]) -> int:
    """Of how many points the historian holds exactly what was given."""
    points: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in given:
        points[sample.point].append(sample)
    equal = 0
    for point, samples in points.items():
        found = await copying.digest(historian, point, samples[0].at_ms, samples[-1].at_ms + 1)
        equal += (found.count, found.checksum) == (len(samples), _checksum(samples))
    return equal


def _checksum(samples: Sequence[Sample]) -> int:
    """As `copying.digest` makes it, from what was given and not from what is stored."""
    checksum = 0
    for start in range(0, len(samples), copying.BATCH):
        rows = [(s.at_ms, s.value, s.quality) for s in samples[start : start + copying.BATCH]]
        checksum = zlib.crc32(repr(rows)[1:-1].encode(), checksum)
    return checksum


if __name__ == "__main__":
    main()
