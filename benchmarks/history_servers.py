"""What history costs towards a real server: `python -m benchmarks history_servers`.

Ours and influxdb-client's own way (`Point` and the batching WriteApi) write the same values into the same VictoriaMetrics
in turn, so that the ratio of CPU holds on another machine. What a server takes at all, and what of it we reach, is told by
`python -m benchmarks store_path`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from statistics import median

from influxdb_client import InfluxDBClient, WriteOptions, WritePrecision
from influxdb_client import Point as ClientPoint

from benchmarks.history import BATCH, T0, _samples
from monitor.domain.history import Sample
from monitor.ports import Historian
from monitor.settings.site import HistorianSettings
from monitor.storage.history_influx import PointAddress
from monitor.storage.history_victoria import VictoriaHistorian
from tests.servers.process import ServerMissing
from tests.servers.victoria import Victoria

ROUNDS = 3
CATALOGUE = {
    f"meter-{m}.p{p}": PointAddress("meter", f"meter-{m}", "power", f"p{p}", "site")
    for m in range(25)
    for p in range(20)
}


def main() -> None:
    """Measure and print."""
    print("history towards servers")
    try:
        asyncio.run(_against_the_client())
    except ServerMissing as missing:
        print(f"  {missing}")


async def _against_the_client() -> None:
    samples = _samples(400_000)
    few = samples[:40_000]
    with Victoria() as server:
        historian = VictoriaHistorian(settings_of(server), CATALOGUE, now=lambda: T0 / 1000)
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


def settings_of(server: Victoria) -> HistorianSettings:
    """As site.yaml would name it."""
    return HistorianSettings(f"victoriametrics://127.0.0.1:{server.port}", 90 * 86_400.0)


async def _write(historian: Historian, samples: Sequence[Sample]) -> None:
    for i in range(0, len(samples), BATCH):
        await historian.write(samples[i : i + BATCH])


if __name__ == "__main__":
    main()
