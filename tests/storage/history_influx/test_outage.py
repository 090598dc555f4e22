"""The real thing: InfluxDB stopped for two minutes of data, then back. An InfluxQL query of the server's own is the judge."""

import asyncio
import math
from pathlib import Path

import pytest

from monitor.domain.history import Sample
from monitor.domain.instant import Instant
from monitor.domain.point import Point
from monitor.domain.rules import Verdict
from monitor.domain.scan import Plan, Scan
from monitor.engine.draining import Drain
from monitor.engine.recording import Recorder
from monitor.engine.tally import Tally
from monitor.storage.history_influx import InfluxHistorian, PointAddress
from monitor.storage.spool import DiskSpool
from tests.servers.influxdb import InfluxDB
from tests.support.clock import VirtualClock

KEYS = ("level", "flow", "current")
PLAN = Plan("pit-1", tuple(Point("pit-1", key) for key in KEYS))
CATALOGUE = {f"pit-1.{key}": PointAddress("sump-pit", "pit-1", "pumps", key, "riverside") for key in KEYS}


class Plant:
    def __init__(self, server: InfluxDB, directory: Path) -> None:
        self.server = server
        self.clock = VirtualClock()
        self.spool = DiskSpool.open(directory)
        self.reports: list[tuple[str, Verdict]] = []
        self.recorder = Recorder([PLAN], self.spool, self.clock)
        self.historian = InfluxHistorian(f"influxdb1://127.0.0.1:{server.port}/watchroom", CATALOGUE)
        self.drain = Drain(
            self.spool, self.historian, self.clock, Tally(), self.hear, jitter=lambda: 1.0
        )  # fmt: skip
        self.expected: dict[str, dict[int, float]] = {key: {} for key in KEYS}

    def hear(self, subject: str, verdict: Verdict, reason: str = "") -> None:
        self.reports.append((subject, verdict))

    async def live(self, first: int, last: int) -> None:
        """Seconds of scans, the drain trying all the while."""
        for second in range(first, last):
            now = self.clock.now()
            values = (math.sin(second), float(second), 5.0 if second % 100 else 6.0)
            self.recorder.take(Scan(PLAN, values, Instant(now.wall, now.steady)))
            for key, value in zip(KEYS[:2], values, strict=False):
                self.expected[key][round(now.wall * 1000)] = value
            await self.clock.advance(1)
            await asyncio.sleep(0.002)  # the server's answer takes real time

    async def until_empty(self) -> None:
        for _ in range(2000):
            if not self.spool.depth:
                return
            await self.clock.advance(1)
            await asyncio.sleep(0.01)
        raise AssertionError(f"{self.spool.depth} samples were never delivered")

    async def until_reported(self, verdict: Verdict) -> None:
        """Real time for a real answer; data's time stands still."""
        for _ in range(500):
            if self.reports and self.reports[-1] == ("historian", verdict):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(self.reports)

    def judged(self, key: str) -> dict[int, float]:
        """What the server itself says it has, ms -> value."""
        found = self.server.query(
            f'SELECT "{key}" FROM "sump-pit" WHERE "equipment" = \'pit-1\'', "watchroom"
        )
        return {time // 1_000_000: value for time, value in found[0]["values"] if value is not None}


@pytest.mark.real
async def test_two_minutes_without_the_database_lose_nothing(influxdb: InfluxDB, tmp_path: Path) -> None:
    plant = Plant(influxdb, tmp_path)
    task = asyncio.create_task(plant.drain.run())
    await plant.live(0, 60)
    await plant.until_empty()
    await asyncio.to_thread(influxdb.stop)
    await plant.live(60, 180)
    await plant.until_reported(Verdict.TRUE)
    assert plant.spool.depth > 200
    assert plant.reports == [("historian", Verdict.FALSE), ("historian", Verdict.TRUE)]
    await asyncio.to_thread(influxdb.start)
    await plant.live(180, 240)
    await plant.until_empty()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert plant.reports[-1] == ("historian", Verdict.FALSE)
    assert plant.spool.lost == 0
    for key in KEYS[:2]:
        assert plant.judged(key) == plant.expected[key]
        assert len(plant.judged(key)) == 240
    # current: first, a change and its end at 100 and 200 s, a heartbeat each 60 s
    assert 6 <= len(plant.judged("current")) <= 10
    times = plant.expected["flow"]
    (bucket,) = await plant.historian.buckets("pit-1.flow", min(times), max(times) + 1000, 1)
    judge = influxdb.query('SELECT count("flow"), min("flow"), max("flow") FROM "sump-pit"', "watchroom")
    assert [bucket.count, bucket.minimum, bucket.maximum] == judge[0]["values"][0][1:]
    await plant.historian.close()
    plant.spool.close()


@pytest.mark.real
async def test_a_conflicting_field_rejects_its_point_alone(influxdb: InfluxDB) -> None:
    """Another program wrote `level` as a whole number: InfluxDB then refuses fractions of that field for ever."""
    influxdb.create_database("watchroom")
    t0 = 1_790_000_000_000
    influxdb.write("watchroom", f"sump-pit,equipment=pit-1 level=5i {t0}000000")
    historian = InfluxHistorian(f"influxdb1://127.0.0.1:{influxdb.port}/watchroom", CATALOGUE)
    batch = [Sample(f"pit-1.{key}", t0 + i, float(i), 0) for i in range(5) for key in KEYS]
    written = await historian.write(batch)

    assert {s.point for s, _ in written.rejected} == {"pit-1.level"}
    assert all("field type conflict" in reason for _, reason in written.rejected)
    for key in ("flow", "current"):
        assert [s.value for s in await historian.raw(f"pit-1.{key}", t0, t0 + 10)] == [
            0.0,
            1.0,
            2.0,
            3.0,
            4.0,
        ]
    await historian.close()


@pytest.mark.real
async def test_long_ranges_are_read_page_by_page(influxdb: InfluxDB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.storage.history_influx.reading.PAGE", 100)
    historian = InfluxHistorian(f"influxdb1://127.0.0.1:{influxdb.port}/watchroom", CATALOGUE)
    batch = [Sample("pit-1.flow", 1_790_000_000_000 + i * 10, float(i), 0) for i in range(1000)]
    await historian.write(batch)
    assert list(await historian.raw("pit-1.flow", batch[0].at_ms, batch[-1].at_ms + 1)) == batch
    (bucket,) = await historian.buckets("pit-1.flow", batch[0].at_ms, batch[-1].at_ms + 10, 1)
    assert (bucket.count, bucket.mean) == (1000, 499.5)
    await historian.close()
