"""What history costs: `python -m benchmarks.history`.

Our ways and the libraries' own are run in turn on the same data, so that the ratios hold on another machine; the absolute
figures do not. The share that change-plus-heartbeat saves is measured on an hour of the simulated plant.
"""

from __future__ import annotations

import asyncio
import math
import random
import sqlite3
import struct
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from influxdb_client import Point as ClientPoint
from influxdb_client import WritePrecision

from drivers.modbus.unit import Unit
from monitor import catalogue
from monitor.domain.history import Sample
from monitor.domain.instant import Instant
from monitor.domain.point import Point
from monitor.domain.scan import Plan, Scan
from monitor.engine.draining import RHYTHM
from monitor.engine.recording import Recorder
from monitor.settings import loader
from monitor.storage.history_influx import PointAddress
from monitor.storage.history_influx.lines import Lines
from monitor.storage.history_sqlite import SqliteHistorian
from monitor.storage.history_sqlite.store import Store
from monitor.storage.spool import DiskSpool, MemorySpool
from simulators.plant import Plant
from simulators.wire.registers import Table

T0 = 1_790_000_000_000
POINTS = 500
BATCH = 5_000
ROUNDS = 5
HOUR = 3600


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="watchroom-bench-") as name:
        directory = Path(name)
        print("history")
        _lines()
        _spool(directory)
        _recorder()
        asyncio.run(_embedded(directory))
        asyncio.run(_month(directory))
        kept = asyncio.run(_saved(directory))
        for rhythm in (1, int(RHYTHM), 60):
            asyncio.run(_rhythm(directory, kept, rhythm))


def _samples(count: int, period_ms: int = 10_000) -> list[Sample]:
    """`count` samples of 500 points, in order of time, rounded as a meter rounds."""
    rng = random.Random(1)
    return [
        Sample(
            f"meter-{i % POINTS // 20}.p{i % 20}",
            T0 + i // POINTS * period_ms,
            round(220 + 10 * math.sin(i) + rng.random(), 2),
            0,
        )
        for i in range(count)
    ]


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _lines() -> None:
    """CPU of line protocol, ours against influxdb-client's Point, interleaved."""
    samples = _samples(20_000)
    addresses = {
        f"meter-{m}.p{p}": PointAddress("meter", f"meter-{m}", "power", f"p{p}", "site")
        for m in range(25)
        for p in range(20)
    }
    lines = Lines(addresses)

    def client() -> None:
        for s in samples:
            a = addresses[s.point]
            ClientPoint(a.type).tag("equipment", a.equipment).tag("site", a.site).tag(
                "system", a.system
            ).field(a.key, s.value).field(a.quality, float(s.quality)).time(
                s.at_ms, WritePrecision.MS
            ).to_line_protocol()

    pairs = [(_seconds(lambda: lines.write(samples)), _seconds(client)) for _ in range(ROUNDS)]
    ours = len(samples) / median(a for a, _ in pairs)
    ratio = median(b / a for a, b in pairs)
    print(
        f"  line protocol     {ours:>12,.0f} samples/s of CPU, {ratio:.1f} x less CPU than influxdb-client's Point"
    )


def _spool(directory: Path) -> None:
    """Append in scans of 50, take out in batches."""
    samples = _samples(200_000)
    spool = DiskSpool.open(directory / "spool")

    def fill() -> None:
        for i in range(0, len(samples), 50):
            spool.append(samples[i : i + 50])
        spool.sync(Instant(T0 / 1000, 0.0))

    def empty() -> None:
        while (batch := spool.oldest(BATCH)) is not None:
            spool.done(batch)

    started = time.perf_counter()
    fill()
    filled = time.perf_counter()
    size = sum(path.stat().st_size for path in (directory / "spool").iterdir())
    empty()
    emptied = time.perf_counter()
    spool.close()
    print(
        f"  spool in          {len(samples) / (filled - started):>12,.0f} samples/s, {size / len(samples):.1f} bytes each"
    )
    print(f"  spool out         {len(samples) / (emptied - filled):>12,.0f} samples/s")


def _recorder() -> None:
    """A scan of 100 unchanged values, and one of 100 changed ones."""
    plan = Plan("e", tuple(Point("e", f"p{i}") for i in range(100)))
    recorder = Recorder([plan], MemorySpool(), None)  # type: ignore[arg-type]  # the clock is not read
    still = [Scan(plan, tuple(map(float, range(100))), Instant(1e9, i * 1e-3)) for i in range(2000)]
    moving = [Scan(plan, tuple(i + j / 7 for j in range(100)), Instant(1e9, i * 1e-3)) for i in range(2000)]
    for name, scans, changed in (("unchanged", still, ()), ("all changed", moving, range(100))):
        recorder.take(scans[0])
        started = time.process_time()
        for scan in scans:
            recorder.take(scan, changed)
        each = (time.process_time() - started) / len(scans)
        print(f"  recorder          {each * 1e6:>12,.1f} us for a scan of 100 values, {name}")


async def _embedded(directory: Path) -> None:
    """Writing, batches becoming blocks and rollups on the way."""
    samples = _samples(1_000_000)
    historian = SqliteHistorian.open(directory / "history.db", now=lambda: T0 / 1000)
    started, cpu = time.perf_counter(), time.process_time()
    for i in range(0, len(samples), BATCH):
        await historian.write(samples[i : i + BATCH])
    await historian.close()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(
        f"  embedded          {len(samples) / seconds:>12,.0f} samples/s, {len(samples) / cpu:,.0f} a second of CPU"
    )


async def _month(directory: Path) -> None:
    """130 million values: 500 points, every 10 s, 30 days; and the two questions people ask most.

    One point is written through the historian, the others are copies of what that made: the same file in a minute.
    """
    path, count = directory / "month.db", 30 * 8640
    historian = SqliteHistorian.open(path, now=lambda: T0 / 1000)
    rng = random.Random(1)
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        # A voltage as a meter gives it, polled with a few ms of unrest.
        batch = [
            Sample(
                "m.p0",
                T0 + i * 10_000 + rng.randrange(10),
                round(225 + 8 * math.sin(i / 900) + rng.random(), 1),
                0,
            )
            for i in numbers
        ]
        await historian.write(batch)
    await historian.close()
    _seal(path)
    _copy_points(path)
    historian = SqliteHistorian.open(path, now=lambda: T0 / 1000)
    end = T0 + count * 10_000
    point = f"m.p{POINTS // 2}"
    day, day_cpu = await _best(lambda: historian.raw(point, end - 86_400_000, end))
    month, month_cpu = await _best(lambda: historian.buckets(point, T0, end, 1000))
    await historian.close()
    file = sqlite3.connect(path)
    blocks = file.execute(
        "SELECT sum(length(data)) * 1.0 / sum(count) FROM block WHERE point = 1"
    ).fetchone()[0]
    file.close()
    total = path.stat().st_size / (POINTS * count)
    print(
        f"  embedded          {POINTS * count:>12,} values in a file of {path.stat().st_size / 1e6:,.0f} MB"
    )
    print(
        f"  embedded          {blocks:>12.2f} bytes a raw value, {total:.2f} with all rollups and the file's own order"
    )
    print(f"  embedded          {day * 1e3:>12.1f} ms ({day_cpu * 1e3:.1f} of CPU) for 24 h raw of one point")
    print(
        f"  embedded          {month * 1e3:>12.1f} ms ({month_cpu * 1e3:.1f} of CPU) for 30 days in 1,000 buckets"
    )


def _seal(path: Path) -> None:
    """As at the end of every hour."""
    store = Store(path, 90 * 86_400_000, {})
    while store.seal_some(T0):
        pass
    store.close()


def _used(path: Path) -> int:
    """Bytes of a file without the pages that wait to be used again."""
    file = sqlite3.connect(path)
    pages, free, size = (
        file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    file.close()
    return int((pages - free) * size)


def _copy_points(path: Path) -> None:
    file = sqlite3.connect(path)
    file.executemany("INSERT INTO point VALUES (?, ?)", [(i + 1, f"m.p{i}") for i in range(1, POINTS)])
    file.execute("INSERT INTO block SELECT p.id, first, last, count, data FROM point p, block WHERE p.id > 1")
    file.execute("INSERT INTO rollup SELECT p.id, width, start, runs FROM point p, rollup WHERE p.id > 1")
    file.commit()
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()


async def _best(ask: Callable[[], Any]) -> tuple[float, float]:
    """Wall time and CPU (s) of the quickest of some tries."""
    times = []
    for _ in range(2 * ROUNDS):
        started, cpu = time.perf_counter(), time.process_time()
        await ask()
        times.append((time.perf_counter() - started, time.process_time() - cpu))
    return min(times)


class _PlantLink:
    """The simulated plant's registers without a wire: answers what a Modbus link would."""

    def __init__(self, plant: Plant) -> None:
        self._units = plant.units

    async def ask(self, unit: int, block: Any, timeout: float | None = None) -> bytes:
        cells = self._units[unit].bank.read(Table(int(block.table)), block.start, block.count)
        assert cells is not None
        if block.table.bits:
            bits = sum(bit << i for i, bit in enumerate(cells))
            return bits.to_bytes((len(cells) + 7) // 8, "little")
        return struct.pack(f">{len(cells)}H", *cells)


class _PlantClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Instant:
        return Instant(T0 / 1000 + self.seconds, self.seconds)

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


async def _saved(directory: Path) -> Sequence[Sample]:
    """An hour of the demo site's Modbus equipment, faults included, by its own driver."""
    site = loader.load(
        catalogue.shipped_site(),
        catalogue.driver_settings(),
        catalogue.notifier_settings(),
        types=catalogue.shipped_types(),
    )
    plant = Plant.from_file(
        Path(__file__).parent.parent / "simulators/plants/riverside.yaml",
        datetime.fromtimestamp(T0 / 1000, UTC),
    )
    clock, link, spool = _PlantClock(), _PlantLink(plant), MemorySpool()
    sources = [e.source for e in site.equipment.values() if e.connection == "plantroom"]
    units = [(source, Unit(source, clock, 1.0)) for source in sources]
    recorder = Recorder([source.plan for source in sources], spool, clock)
    seen = 0
    for second in range(HOUR):
        plant.step(1.0)
        clock.seconds = second
        for source, unit in units:
            if second % source.interval == 0:
                scan = await unit.read(link)  # type: ignore[arg-type]
                seen += len(scan.values)
                recorder.take(scan)
    kept = _all(spool)
    historian = SqliteHistorian.open(directory / "saved.db", now=lambda: T0 / 1000)
    for i in range(0, len(kept), BATCH):
        await historian.write(kept[i : i + BATCH])
    await historian.close()
    _seal(directory / "saved.db")
    size = _used(directory / "saved.db")
    print(
        f"  demo site, 1 h    {seen:>12,} values read, {len(kept):,} kept: change and heartbeat save"
        f" {1 - len(kept) / seen:.0%}; {size / len(kept):.1f} bytes a kept value with rollups, {size / seen:.1f} a read one"
    )
    return kept


async def _rhythm(directory: Path, kept: Sequence[Sample], seconds: int) -> None:
    """What that hour makes the embedded historian write, in batches of so many seconds."""
    historian = SqliteHistorian.open(directory / f"rhythm-{seconds}.db", now=lambda: T0 / 1000)
    before = _written()
    for _, batch in groupby(kept, lambda sample: sample.at_ms // (seconds * 1000)):
        await historian.write(list(batch))
    await historian.close()
    _seal(directory / f"rhythm-{seconds}.db")
    a_day = (_written() - before) * 24
    print(f"  demo site, 1 h    {a_day / 1e9:>12.1f} GB a day to the disk when written every {seconds} s")


def _written() -> int:
    """Bytes this process has handed to the kernel for files (proc(5))."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["wchar"])


def _all(spool: MemorySpool) -> Sequence[Sample]:
    batch = spool.oldest(spool.depth)
    return batch.samples if batch else ()


if __name__ == "__main__":
    main()
