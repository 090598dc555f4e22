"""The drain in virtual time, with a historian that fails when told to."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from monitor.domain.history import Sample
from monitor.domain.rules import Verdict
from monitor.engine.draining import BATCH, BULK, LONGEST_PAUSE, QUICK, RHYTHM, SMALLEST, Drain
from monitor.engine.tally import Tally
from monitor.ports import Permanent, Transient, Written
from monitor.storage.spool import DiskSpool, MemorySpool, Quarantine
from tests.contracts.spool import samples
from tests.support.clock import VirtualClock, settle
from tests.support.fake_historian import FakeHistorian


async def inline(work: Any, *arguments: Any) -> None:
    work(*arguments)


class Plant:
    def __init__(self, spool: MemorySpool | DiskSpool | None = None) -> None:
        self.clock = VirtualClock()
        self.spool = spool or MemorySpool()
        self.historian = FakeHistorian()
        self.tally = Tally()
        self.reports: list[tuple[str, Verdict]] = []
        self.quarantined: list[tuple[Sample, str]] = []
        self.drain = Drain(
            self.spool,
            self.historian,
            self.clock,
            self.tally,
            lambda subject, verdict, reason="": self.reports.append((subject, verdict)),
            quarantine=self.quarantined.extend,
            jitter=lambda: 1.0,
            offload=inline,
        )
        self.task = asyncio.create_task(self.drain.run())

    async def stop(self) -> None:
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task

    @property
    def stored(self) -> list[Sample]:
        return sorted(self.historian.stored.values(), key=lambda s: s.at_ms)


@pytest.fixture
async def plant() -> AsyncIterator[Plant]:
    plant = Plant()
    yield plant
    if not plant.task.done():
        await plant.stop()


async def test_what_waits_is_written_in_order_and_leaves_the_spool(plant: Plant) -> None:
    plant.spool.append(samples(12_000))
    await plant.clock.advance(2)
    assert plant.stored == samples(10_000)
    await plant.clock.advance(RHYTHM)

    assert plant.stored == samples(12_000)
    assert [len(b) for b in plant.historian.batches] == [5000, 5000, 2000]
    assert plant.spool.depth == 0
    assert plant.tally.get("history_written_total") == 12_000
    assert plant.tally.get("spool_depth") == 0


async def test_few_samples_are_gathered_and_written_at_a_calm_rhythm(plant: Plant) -> None:
    for _ in range(60):
        plant.spool.append([Sample("e-0.p", round(plant.clock.now().wall * 1000), 1.5, 0)])
        await plant.clock.advance(1)
    assert 60 / RHYTHM <= len(plant.historian.batches) <= 60 / RHYTHM + 1
    assert len(plant.stored) >= 60 - RHYTHM


async def test_the_first_samples_after_a_silence_are_written_within_a_second(plant: Plant) -> None:
    await plant.clock.advance(100)
    plant.spool.append(samples(1))
    await plant.clock.advance(1)
    assert len(plant.stored) == 1


async def test_an_outage_is_reported_once_and_back_filled_in_order(plant: Plant) -> None:
    plant.historian.down = Transient("connection refused")
    for i in range(120):
        plant.spool.append(samples(100, i * 100))
        await plant.clock.advance(1)
    assert plant.reports == [("historian", Verdict.TRUE)]
    assert plant.tally.get("spool_depth") >= 12_000 - 500
    plant.historian.down = None
    plant.historian.batches.clear()
    await plant.clock.advance(LONGEST_PAUSE)

    assert plant.stored == samples(12_000)
    assert [s for b in plant.historian.batches for s in b] == samples(12_000)
    assert plant.reports == [("historian", Verdict.TRUE), ("historian", Verdict.FALSE)]


async def test_pauses_double_up_to_a_minute(plant: Plant) -> None:
    plant.historian.down = Transient("timeout")
    plant.spool.append(samples(10))
    seen = []
    for second in range(200):
        await plant.clock.advance(1)
        seen += [second + 1] * (len(plant.historian.batches) - len(seen))
    gaps = [b - a for a, b in pairwise(seen)]
    assert gaps == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_jitter_keeps_the_pause_between_half_and_whole() -> None:
    plant = Plant()
    plant.drain._jitter = random.Random(1).random
    pauses = [plant.drain._failed("x", None) for _ in range(8)]
    for i, pause in enumerate(pauses):
        assert min(60, 2**i) / 2 <= pause <= min(60, 2**i)
    await plant.stop()


async def test_the_servers_own_patience_is_kept(plant: Plant) -> None:
    class Busy(Transient):
        retry_after = 17.0

    plant.historian.failures.append(Busy("429"))
    plant.spool.append(samples(1))
    await plant.clock.advance(1)
    await plant.clock.advance(16)
    assert plant.stored == []
    await plant.clock.advance(1)
    assert plant.stored == samples(1)


async def test_a_permanent_error_keeps_the_data_and_tries_each_minute(plant: Plant) -> None:
    plant.historian.down = Permanent("wrong token")
    plant.spool.append(samples(10))
    await plant.clock.advance(181)
    assert len(plant.historian.batches) == 4
    assert plant.reports == [("historian", Verdict.TRUE)]
    assert plant.spool.depth == 10
    plant.historian.down = None
    await plant.clock.advance(60)
    assert plant.stored == samples(10)


async def test_a_fault_in_the_historian_stops_nothing(plant: Plant) -> None:
    plant.historian.failures.append(RuntimeError("a bug"))
    plant.spool.append(samples(10))
    await plant.clock.advance(61)
    assert plant.stored == samples(10)


async def test_batches_shrink_while_it_fails_and_grow_again(plant: Plant) -> None:
    plant.historian.failures.extend(Transient("timeout") for _ in range(9))
    plant.spool.append(samples(20_000))
    await plant.clock.advance(400)

    sizes = [len(b) for b in plant.historian.batches]
    assert sizes[:10] == [5000, 2500, 1250, 625, 312, 156, 78, SMALLEST, SMALLEST, SMALLEST]
    assert sizes[10:14] == [100, 200, 400, 800]
    assert max(sizes[14:]) == BATCH
    assert plant.stored == samples(20_000)


@pytest.mark.parametrize(("seconds", "largest"), [(0.0, BULK), (QUICK, BATCH)])
async def test_only_a_quick_historian_gets_larger_batches_while_much_waits(
    plant: Plant, seconds: float, largest: int
) -> None:
    write = plant.historian.write

    async def take(batch: Sequence[Sample]) -> Written:
        await plant.clock.sleep(seconds)
        return await write(batch)

    plant.historian.write = take  # type: ignore[method-assign]
    plant.spool.append(samples(400_000))
    await plant.clock.advance(60)

    sizes = [len(b) for b in plant.historian.batches]
    assert max(sizes) == largest
    assert sizes[-1] <= BATCH  # when little is left, as always
    assert plant.stored == samples(400_000)


async def test_rejected_samples_go_aside_and_the_others_on(plant: Plant, tmp_path: Path) -> None:
    plant.drain._quarantine = Quarantine(tmp_path / "quarantine.jsonl")
    plant.historian.refuse = {"e-1.p"}
    plant.spool.append(samples(10))
    await plant.clock.advance(1)

    assert plant.stored == [s for s in samples(10) if s.point != "e-1.p"]
    assert plant.spool.depth == 0
    assert plant.tally.get("history_rejected_total") == 2
    assert plant.tally.get("history_written_total") == 8
    lines = (tmp_path / "quarantine.jsonl").read_text().splitlines()
    assert len(lines) == 2
    assert '"reason": "refused by the test"' in lines[0]


async def test_a_quarantine_that_cannot_be_written_keeps_the_batch(plant: Plant, tmp_path: Path) -> None:
    plant.drain._quarantine = Quarantine(tmp_path / "missing" / "quarantine.jsonl")
    plant.historian.refuse = {"e-1.p"}
    plant.spool.append(samples(10))
    await plant.clock.advance(1)
    assert plant.spool.depth == 10


async def test_losses_are_alarmed_and_the_alarm_clears_an_hour_after_the_last() -> None:
    plant = Plant(MemorySpool(limit=100))
    plant.historian.down = Transient("down")
    plant.spool.append(samples(130))
    await plant.clock.advance(3)
    assert ("spool_loss", Verdict.TRUE) in plant.reports
    assert plant.tally.get("spool_lost_total") == 30
    plant.historian.down = None
    await plant.clock.advance(3500)
    assert ("spool_loss", Verdict.FALSE) not in plant.reports
    await plant.clock.advance(200)
    assert plant.reports.count(("spool_loss", Verdict.FALSE)) == 1
    await plant.stop()


async def test_the_gap_of_a_power_cut_is_alarmed_once_and_clears_after_an_hour() -> None:
    clock, reports = VirtualClock(), []
    drain = Drain(
        MemorySpool(), FakeHistorian(), clock, Tally(), lambda *r: reports.append(r), gap=(1.0, 60.0), offload=inline
    )  # fmt: skip
    task = asyncio.create_task(drain.run())
    await clock.advance(100)
    assert reports == [("spool_loss", Verdict.TRUE)]
    await clock.advance(3700)
    assert reports == [("spool_loss", Verdict.TRUE), ("spool_loss", Verdict.FALSE)]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_spool_is_synced_at_least_every_five_seconds_however_slow_the_historian(
    tmp_path: Path,
) -> None:
    spool = DiskSpool.open(tmp_path, boot="one", started=1.0)
    plant = Plant(spool)
    never: asyncio.Future[Written] = asyncio.get_running_loop().create_future()

    async def hang(samples: Sequence[Sample]) -> Written:
        return await never

    plant.historian.write = hang  # type: ignore[method-assign]
    spool.append(samples(5))
    await plant.clock.advance(100)
    gap = DiskSpool.open(tmp_path, boot="two", started=2e9).gap
    assert gap is not None
    assert plant.clock.now().wall - gap[0] <= 5
    await plant.stop()


async def test_cancelled_in_the_middle_of_a_write_nothing_is_forgotten(plant: Plant) -> None:
    never: asyncio.Future[Written] = asyncio.get_running_loop().create_future()

    async def hang(samples: Sequence[Sample]) -> Written:
        return await never

    plant.historian.write = hang  # type: ignore[method-assign]
    plant.spool.append(samples(10))
    await plant.clock.advance(1)
    await settle()
    await plant.stop()
    assert plant.spool.depth == 10


async def test_a_clean_stop_writes_what_waits(plant: Plant) -> None:
    await plant.stop()
    plant.spool.append(samples(7000))
    assert await plant.drain.flush()
    assert plant.stored == samples(7000)
    plant.spool.append(samples(1, 7000))
    plant.historian.down = Transient("down")
    assert not await plant.drain.flush()
    assert plant.spool.depth == 1


@pytest.mark.slow
async def test_what_is_new_does_not_wait_for_an_hours_back_fill(plant: Plant) -> None:
    """An hour without the database, into one that then takes ten times what comes: drained within ten minutes, while what
    comes meanwhile is written within some rhythms."""
    plant.historian.down = Transient("connection refused")
    rate, made = 50, 0

    def second() -> list[Sample]:
        nonlocal made
        at_ms = round(plant.clock.now().wall * 1000)
        made += rate
        return [Sample(f"e.p{i}", at_ms, float(made), 0) for i in range(rate)]

    write = plant.historian.write

    async def slowly(batch: Sequence[Sample]) -> Written:
        await plant.clock.sleep(10 * len(batch) / BATCH)
        return await write(batch)

    plant.historian.write = slowly  # type: ignore[method-assign]
    for _ in range(360):
        plant.spool.append([s for _ in range(10) for s in second()])
        await plant.clock.advance(10)
    plant.historian.down = None
    newest_waited = []
    for _ in range(600):
        plant.spool.append(second())
        await plant.clock.advance(1)
        newest = max((at_ms for _, at_ms in plant.historian.stored), default=0) / 1000
        newest_waited.append(plant.clock.now().wall - newest)
        if plant.spool.depth < 2 * BATCH:
            break
    else:
        pytest.fail(f"{plant.spool.depth} still wait")
    assert max(newest_waited[LONGEST_WAIT:]) < 3 * RHYTHM
    assert plant.spool.lost == 0


LONGEST_WAIT = 120
"""Seconds until the database is tried again, batches have grown again and the first new ones had their turn."""


async def test_a_second_outage_in_the_middle_of_a_back_fill(plant: Plant) -> None:
    given = samples(90_000)
    plant.spool.append(given[:40_000])
    plant.historian.failures.extend([Transient("busy")] * 2)
    for i in range(40_000, 60_000, 100):
        plant.spool.append(given[i : i + 100])
        await plant.clock.advance(0.01)
    plant.historian.down = Transient("gone")
    for i in range(60_000, 90_000, 1000):
        plant.spool.append(given[i : i + 1000])
        await plant.clock.advance(1)
    plant.historian.down = None
    await plant.clock.advance(3 * LONGEST_PAUSE)

    assert plant.stored == given
    assert (plant.spool.depth, plant.spool.lost) == (0, 0)


@pytest.mark.slow
async def test_at_a_large_site_a_full_batch_does_not_wait_for_the_rhythm(plant: Plant) -> None:
    for second in range(60):
        plant.spool.append(samples(BATCH // 2, second * BATCH // 2))
        await plant.clock.advance(1)
        assert plant.spool.depth <= 2 * BATCH
    sizes = [len(batch) for batch in plant.historian.batches]
    assert sizes.count(BATCH) >= len(sizes) - 2
