"""What history costs towards a real server: `python -m benchmarks.history_servers`.

Ours and influxdb-client's own way (`Point` and the batching WriteApi) write the same values into the same VictoriaMetrics
in turn, so that the ratio of CPU holds on another machine. The servers share the processors with us: what they take a
second is theirs as much as ours. Then an hour without the database at 500 values a second is back-filled while new values
go on coming.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from influxdb_client import InfluxDBClient, WriteOptions, WritePrecision
from influxdb_client import Point as ClientPoint

from benchmarks.history import BATCH, POINTS, T0, _samples
from monitor.domain.history import Sample
from monitor.engine.draining import Drain
from monitor.engine.tally import Tally
from monitor.host import SystemClock
from monitor.ports import Historian
from monitor.settings.site import HistorianSettings
from monitor.storage.copying import digest
from monitor.storage.history_influx import InfluxHistorian, PointAddress
from monitor.storage.history_sqlite import SqliteHistorian
from monitor.storage.history_victoria import VictoriaHistorian
from monitor.storage.spool import DiskSpool
from tests.servers.influxdb import InfluxDB
from tests.servers.process import ServerMissing
from tests.servers.victoria import Victoria

ROUNDS = 3
CATALOGUE = {
    f"meter-{m}.p{p}": PointAddress("meter", f"meter-{m}", "power", f"p{p}", "site")
    for m in range(25)
    for p in range(20)
}
OUTAGE = 1_800_000
RATE = 500


def main() -> None:
    """Measure and print."""
    print("history towards servers")
    for part in (_against_the_client, _influxdb, _after_an_hour):
        try:
            asyncio.run(part())
        except ServerMissing as missing:
            print(f"  {missing}")


async def _against_the_client() -> None:
    samples = _samples(400_000)
    few = samples[:40_000]
    with Victoria() as server:
        historian = VictoriaHistorian(_victoria(server), CATALOGUE, now=lambda: T0 / 1000)
        ours, theirs, walls = [], [], []
        for _ in range(ROUNDS):
            started, cpu = time.perf_counter(), time.process_time()
            await _write(historian, samples)
            walls.append(len(samples) / (time.perf_counter() - started))
            ours.append((time.process_time() - cpu) / len(samples))
            cpu = time.process_time()
            await asyncio.to_thread(_by_the_client, server.port, few)
            theirs.append((time.process_time() - cpu) / len(few))
        await historian.close()
    print(
        f"  VictoriaMetrics   {max(walls):>12,.0f} values/s (and the quality of each) with the server beside us"
    )
    print(f"  VictoriaMetrics   {1 / median(ours):>12,.0f} values a second of our CPU")
    ratio = median(b / a for a, b in zip(ours, theirs, strict=True))
    print(f"  VictoriaMetrics   {ratio:>12.1f} x less CPU a value than influxdb-client's Point and batching")


def _by_the_client(port: int, samples: Sequence[Sample]) -> None:
    with (
        InfluxDBClient(f"http://127.0.0.1:{port}", token="-", org="-") as client,
        client.write_api(WriteOptions(batch_size=BATCH, flush_interval=1_000)) as api,
    ):
        for s in samples:
            a = CATALOGUE[s.point]
            point = (
                ClientPoint(a.type).tag("equipment", a.equipment).tag("site", a.site).tag("system", a.system)
            )
            point.field(a.key, s.value).field(a.quality, float(s.quality)).time(s.at_ms, WritePrecision.MS)
            api.write("b", record=point, write_precision=WritePrecision.MS)


async def _influxdb() -> None:
    samples = _samples(400_000)
    with InfluxDB() as server:
        historian = InfluxHistorian(f"influxdb1://127.0.0.1:{server.port}/bench", CATALOGUE)
        started, cpu = time.perf_counter(), time.process_time()
        await _write(historian, samples)
        wall, cpu = time.perf_counter() - started, time.process_time() - cpu
        await historian.close()
    print(
        f"  InfluxDB 1.6      {len(samples) / wall:>12,.0f} values/s (and the quality of each) with the server beside us"
    )
    print(f"  InfluxDB 1.6      {len(samples) / cpu:>12,.0f} values a second of our CPU")


async def _after_an_hour() -> None:
    """1.8 million values wait; 500 more come each second."""
    with tempfile.TemporaryDirectory(prefix="watchroom-bench-") as name:
        file = SqliteHistorian.open(Path(name) / "h.db")
        await _back_fill("embedded", file, Path(name) / "a")
        await file.close()
        with Victoria() as server:
            historian = VictoriaHistorian(_victoria(server), CATALOGUE)
            await _back_fill("VictoriaMetrics", historian, Path(name) / "b")
            await historian.close()


async def _back_fill(kind: str, historian: Historian, directory: Path) -> None:
    clock, end = SystemClock(), round(time.time() * 1000)
    spool = DiskSpool.open(directory)
    waiting = [s._replace(at_ms=s.at_ms - T0 + end - 3_600_000) for s in _samples(OUTAGE, 1000)]
    for i in range(0, OUTAGE, RATE):
        spool.append(waiting[i : i + RATE])
    drain = Drain(spool, historian, clock, Tally(), lambda *_: None)
    task = asyncio.create_task(drain.run())
    started = time.perf_counter()
    beat = 0
    while spool.depth > 3 * BATCH:
        at_ms = end + 1000 * beat
        spool.append([Sample(f"meter-{i // 20}.p{i % 20}", at_ms, float(beat), 0) for i in range(POINTS)])
        beat += 1
        await asyncio.sleep(max(0.0, started + beat - time.perf_counter()))
    seconds = time.perf_counter() - started
    while spool.depth:  # noqa: ASYNC110  # a spool tells nobody when it is empty
        await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.sleep(2.0)  # a server shows what it took a little later
    point = "meter-7.p7"
    mine = [s for s in waiting if s.point == point]
    found = await digest(historian, point, mine[0].at_ms, mine[-1].at_ms + 1)
    whole = found.count == len(mine) and spool.lost == 0
    spool.close()
    print(
        f"  {kind:<17} {seconds:>12.0f} s to back-fill {OUTAGE:,} values with {RATE} new ones a second;"
        f" {'complete' if whole else f'NOT COMPLETE: {found.count} of {len(mine)}'}"
    )


def _victoria(server: Victoria) -> HistorianSettings:
    return HistorianSettings(f"victoriametrics://127.0.0.1:{server.port}", 90 * 86_400.0)


async def _write(historian: Historian, samples: Sequence[Sample]) -> None:
    for i in range(0, len(samples), BATCH):
        await historian.write(samples[i : i + BATCH])


if __name__ == "__main__":
    main()
