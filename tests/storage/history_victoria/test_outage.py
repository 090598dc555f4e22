"""The real thing: VictoriaMetrics stopped, killed, started wrongly. Its own `/api/v1/export` is the judge."""

import asyncio
import time
from pathlib import Path

import pytest

from monitor.domain.history import Sample
from monitor.domain.rules import Verdict
from monitor.engine.draining import Drain
from monitor.engine.tally import Tally
from monitor.ports import Permanent
from monitor.settings.site import HistorianSettings, Secret
from monitor.storage.history_influx import PointAddress
from monitor.storage.history_victoria import VictoriaHistorian
from monitor.storage.spool import DiskSpool
from tests.servers.influxdb import InfluxDB
from tests.servers.victoria import FLAGS, Victoria
from tests.support.clock import VirtualClock

CATALOGUE = {
    f"pit-1.{key}": PointAddress("sump-pit", "pit-1", "pumps", key, "riverside") for key in ("level", "flow")
}
START = round(time.time() * 1000) - 3_600_000


def settings(server: Victoria, **more: object) -> HistorianSettings:
    return HistorianSettings(f"victoriametrics://127.0.0.1:{server.port}", 90 * 86_400.0, **more)  # type: ignore[arg-type]


def reading(second: int) -> list[Sample]:
    return [
        Sample("pit-1.level", START + second * 1000, second + 0.25, 0),
        Sample("pit-1.flow", START + second * 1000, None if second % 10 == 3 else float(second), 12 if second % 10 == 3 else 0),
    ]  # fmt: skip


@pytest.mark.real
async def test_stopped_and_killed_in_the_middle_nothing_is_lost_or_doubled(
    victoria: Victoria, tmp_path: Path
) -> None:
    clock = VirtualClock(START / 1000)
    reports: list[tuple[str, Verdict]] = []
    spool = DiskSpool.open(tmp_path)
    historian = VictoriaHistorian(settings(victoria), CATALOGUE)
    drain = Drain(
        spool,
        historian,
        clock,
        Tally(),
        lambda subject, verdict, reason="": reports.append((subject, verdict)),
        jitter=lambda: 1.0,
    )
    task = asyncio.create_task(drain.run())

    async def live(first: int, last: int) -> None:
        for second in range(first, last):
            spool.append(reading(second))
            await clock.advance(1)
            await asyncio.sleep(0.002)

    async def until_empty() -> None:
        for _ in range(2000):
            if not spool.depth:
                return
            await clock.advance(1)
            await asyncio.sleep(0.01)
        raise AssertionError(f"{spool.depth} samples were never delivered")

    await live(0, 60)
    await asyncio.to_thread(victoria.stop)
    await live(60, 180)
    for _ in range(500):
        if reports[-1] == ("historian", Verdict.TRUE):
            break
        await asyncio.sleep(0.02)
    await asyncio.to_thread(victoria.start)
    await live(180, 240)
    await until_empty()
    # An answer that was lost: the same batches once more, before and after a restart.
    again = [sample for second in range(240) for sample in reading(second)]
    await historian.write(again)
    await asyncio.to_thread(victoria.restart)
    await historian.write(again)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    victoria.flush()
    assert reports[-1] == ("historian", Verdict.FALSE)
    assert spool.lost == 0
    for point in CATALOGUE:
        expected = [s for second in range(240) for s in reading(second) if s.point == point]
        assert list(await historian.raw(point, START, START + 240_000)) == expected
        [bucket] = await historian.buckets(point, START, START + 240_000, 1)
        assert bucket.count == 240
        selector = f'{{__name__="sump-pit_{point.split(".")[1]}",equipment="pit-1"}}'
        judged = await asyncio.to_thread(victoria.merged, selector)
        assert judged == {s.at_ms: [s.value] for s in expected if s.value is not None}
    await historian.close()
    spool.close()


@pytest.mark.real
async def test_started_without_the_flag_it_gets_nothing_and_with_it_everything(victoria: Victoria) -> None:
    historian = VictoriaHistorian(settings(victoria), CATALOGUE)
    await asyncio.to_thread(victoria.start_with, "-retentionPeriod=10y")
    with pytest.raises(Permanent, match=r"-dedup\.minScrapeInterval=1ms"):
        await historian.write(reading(0))
    await asyncio.to_thread(victoria.start_with, "-dedup.minScrapeInterval=1m", "-retentionPeriod=10y")
    with pytest.raises(Permanent, match="only one reading of each 1m"):
        await historian.write(reading(0))
    await asyncio.to_thread(victoria.start_with, *FLAGS)
    await historian.write(reading(0))
    found = await asyncio.to_thread(victoria.export, '{equipment="pit-1"}')
    assert {at: sorted(values, reverse=True) for at, values in found.items()} == {
        START: [0.25, 0.0, 0.0, 0.0]
    }
    await historian.close()


@pytest.mark.real
async def test_it_is_entered_with_username_and_password(victoria: Victoria) -> None:
    await asyncio.to_thread(
        victoria.start_with, *FLAGS, "-httpAuth.username=room", "-httpAuth.password=s3cret"
    )
    stranger = VictoriaHistorian(settings(victoria), CATALOGUE)
    with pytest.raises(Permanent, match="401"):
        await stranger.write(reading(0))
    await stranger.close()
    historian = VictoriaHistorian(settings(victoria, username="room", password=Secret("s3cret")), CATALOGUE)
    assert (await historian.write(reading(0))).rejected == ()
    await historian.close()


@pytest.mark.real
async def test_an_influxdb_is_told_apart_from_it(influxdb: InfluxDB) -> None:
    where = HistorianSettings(f"victoriametrics://127.0.0.1:{influxdb.port}", 86_400.0)
    historian = VictoriaHistorian(where, CATALOGUE)
    with pytest.raises(Permanent, match="not VictoriaMetrics"):
        await historian.write(reading(0))
    await historian.close()


@pytest.mark.real
async def test_long_ranges_are_read_in_windows(victoria: Victoria, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.storage.history_victoria.reading.PAGE", 100)
    monkeypatch.setattr("monitor.storage.history_victoria.reading.FIRST_WINDOW_MS", 10_000)
    historian = VictoriaHistorian(settings(victoria), CATALOGUE)
    old = Sample("pit-1.flow", START - 90 * 86_400_000, 5.0, 0)
    batch = [Sample("pit-1.flow", START + i * 10, float(i), 0) for i in range(3000)]
    await historian.write([old, *batch])
    victoria.flush()
    assert list(await historian.raw("pit-1.flow", START, START + 40_000)) == [old, *batch]
    assert list(await historian.raw("pit-1.flow", old.at_ms, START + 40_000)) == [old, *batch]
    assert list(await historian.raw("pit-1.flow", START + 1, START + 40_000, limit=150)) == batch[:151]
    (bucket,) = await historian.buckets("pit-1.flow", START, START + 30_000, 1)
    assert (bucket.count, bucket.mean) == (3000, 1499.5)
    await historian.close()


@pytest.mark.real
async def test_a_point_that_left_the_configuration_is_still_found(victoria: Victoria) -> None:
    full = {
        **CATALOGUE,
        "pit-1.low_level": PointAddress("sump-pit", "pit-1", "pumps", "low_level", "riverside"),
    }
    before = VictoriaHistorian(settings(victoria), full)
    kept = [Sample("pit-1.level", START, 7.5, 0), Sample("pit-1.low_level", START, 1.0, 0)]
    await before.write(kept)
    await before.close()
    victoria.flush()
    after = VictoriaHistorian(settings(victoria), {"pit-1.flow": CATALOGUE["pit-1.flow"]})
    for sample in kept:
        assert list(await after.raw(sample.point, START, START + 1)) == [sample]
    assert list(await after.raw("pit-1.never", START, START + 1)) == []
    await after.close()
