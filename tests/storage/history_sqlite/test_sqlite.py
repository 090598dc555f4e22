"""What only the embedded historian has: rollups, retention, restarts, readers beside the writer."""

import asyncio
import multiprocessing
import random
import sqlite3
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from monitor.domain.history import Bucket, Sample
from monitor.ports import Permanent, Transient
from monitor.storage.export import pages
from monitor.storage.history_sqlite import SqliteHistorian, query
from monitor.storage.runs import HOLD_MS, edges, fold, sample_runs
from tests.contracts.historian import POINT, T0, sample

DAY = 86_400
HOUR = 3_600_000


def from_raw(
    samples: Sequence[Sample], start_ms: int, end_ms: int, count: int, hold: int = HOLD_MS
) -> list[Bucket]:
    ordered = sorted({s.at_ms: s for s in samples}.values(), key=lambda s: s.at_ms)
    return fold(sample_runs(s for s in ordered if s.at_ms < end_ms), edges(start_ms, end_ms, count), hold)


def assert_same(found: Sequence[Bucket], expected: Sequence[Bucket]) -> None:
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert (a.start_ms, a.end_ms, a.count, a.minimum, a.maximum, a.last) == (
            b.start_ms, b.end_ms, b.count, b.minimum, b.maximum, b.last,
        )  # fmt: skip
        assert a.mean == (None if b.mean is None else pytest.approx(b.mean, rel=1e-9, abs=1e-9))
        assert a.good_share == pytest.approx(b.good_share, abs=1e-9)


def noise(rng: random.Random, count: int, span: float) -> list[Sample]:
    """Values, bad stretches and silences, at odd times."""
    return [
        sample(rng.uniform(0, span), None, 12)
        if rng.random() < 0.1
        else sample(rng.uniform(0, span), rng.uniform(-50, 50), rng.choice([0, 0, 0, 1]))
        for _ in range(count)
    ]


@pytest.mark.parametrize("seed", range(12))
async def test_rollups_say_what_the_raw_values_say_whatever_the_order_of_arrival(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(seed)
    span = rng.choice([3600, DAY, 5 * DAY])
    samples = noise(rng, 3000, span)
    samples.sort(key=lambda s: s.at_ms + rng.choice([0, 0, 0, rng.uniform(-600_000, 600_000)]))
    historian = SqliteHistorian.open(tmp_path / "h.db")
    done = 0
    while done < len(samples):
        size = rng.choice([1, 7, 100, 700])
        await historian.write(samples[done : done + size])
        done += size
        if rng.random() < 0.05:
            await historian.close()
            historian = SqliteHistorian.open(tmp_path / "h.db")
        if rng.random() < 0.2:
            historian._chores.start("sealing", partial(historian._store.seal_some, T0))
    monkeypatch.setattr(query, "_FEW", rng.choice([0, 10**9]))

    final = {s.at_ms: s for s in samples}
    for _ in range(12):
        start = T0 + rng.randrange(-600_000, span * 500)
        end = start + rng.randrange(1000, span * 1000)
        count = rng.choice([1, 2, 7, 30, 100])
        found = await historian.buckets(POINT, start, end, count)
        assert_same(found, from_raw(list(final.values()), start, end, count))
    await historian.close()


async def test_types_come_back_exactly(tmp_path: Path) -> None:
    values = [True, False, 0, 1, -1, 2**62, 2**70, -(2**70), 1.0, 0.5, -0.0, 1e-300, "", "1", "門", None]
    historian = SqliteHistorian.open(tmp_path / "h.db")
    await historian.write([sample(i, value) for i, value in enumerate(values)])
    found = [s.value for s in await historian.raw(POINT, T0, T0 + 60_000)]
    await historian.close()

    assert [(type(v), repr(v)) for v in found] == [(type(v), repr(v)) for v in values]


async def test_a_point_that_speaks_once_a_day_is_in_force_until_it_is_stale(tmp_path: Path) -> None:
    historian = SqliteHistorian.open(tmp_path / "h.db", holds={POINT: 25 * 3_600_000})
    await historian.write([sample(0, False), sample(DAY, True)])
    buckets = await historian.buckets(POINT, T0, T0 + 3 * DAY * 1000, 36)
    await historian.close()

    means = [b.mean for b in buckets]
    assert means[:12] == [0.0] * 12
    assert means[12:24] == [1.0] * 12
    assert means[24] == 1.0
    assert means[25:] == [None] * 11


async def settled(historian: SqliteHistorian) -> None:
    """Wait until no chore has anything left to do: their bites stand in the writer's queue."""
    while historian._chores._under_way:
        await asyncio.get_running_loop().run_in_executor(historian._writer, lambda: None)


async def sealed(historian: SqliteHistorian) -> None:
    """Everything written has become blocks, as it does every hour, and then retention went round once."""
    await settled(historian)
    now_ms = historian._now_ms()
    historian._chores.start("sealing", lambda: historian._store.seal_some(now_ms))
    await settled(historian)
    historian._store._retention._resting.clear()
    historian._chores.start("retention", lambda: historian._store.forget_some(now_ms))
    await settled(historian)


async def test_raw_values_go_after_the_retention_and_rollups_stay(tmp_path: Path) -> None:
    now = T0 / 1000
    historian = SqliteHistorian.open(tmp_path / "h.db", retention=15 * DAY, now=lambda: now)
    samples = [sample(-i * 600, float(i % 11)) for i in range(40 * 144)]
    samples.sort(key=lambda s: s.at_ms)
    await historian.write(samples)
    await sealed(historian)
    start = T0 - 40 * DAY * 1000

    kept = await historian.raw(POINT, start, T0 + 1)
    horizon = (T0 - 15 * DAY * 1000) // HOUR * HOUR  # whole hours
    assert kept == [s for s in samples if s.at_ms >= horizon]
    assert_same(
        await historian.buckets(POINT, start, T0 + 60_000, 41), from_raw(samples, start, T0 + 60_000, 41)
    )
    # Whole minutes are still known one by one where raw values are gone.
    hour = start + 7 * DAY * 1000
    found = await historian.buckets(POINT, hour, hour + 3_600_000, 60)
    assert_same(found, from_raw(samples, hour, hour + 3_600_000, 60))
    await historian.close()


async def test_a_point_that_fell_silent_long_ago_keeps_its_last_hour(tmp_path: Path) -> None:
    clock = [T0 / 1000]
    historian = SqliteHistorian.open(tmp_path / "h.db", retention=15 * DAY, now=lambda: clock[0])
    old = [sample(i * 60, float(i)) for i in range(180)]
    await historian.write(old)
    await sealed(historian)
    clock[0] += 40 * DAY
    await historian.write([sample(40 * DAY, 1.0, point="another.point")])
    await sealed(historian)

    assert [s.value for s in await historian.raw(POINT, T0 + DAY * 1000, T0 + 2 * DAY * 1000)] == [179.0]
    newest = old[-1].at_ms // HOUR
    assert await historian.raw(POINT, T0, T0 + DAY * 1000) == [s for s in old if s.at_ms // HOUR == newest]
    day = await historian.buckets(POINT, T0, T0 + DAY * 1000, 1)
    assert_same(day, from_raw(old, T0, T0 + DAY * 1000, 1))
    await historian.write([sample(40 * DAY, 5.0)])
    assert_same(await historian.buckets(POINT, T0, T0 + DAY * 1000, 1), day)
    await historian.close()


async def test_what_comes_later_than_the_retention_spoils_no_rollup(tmp_path: Path) -> None:
    now = T0 / 1000
    historian = SqliteHistorian.open(tmp_path / "h.db", retention=15 * DAY, now=lambda: now)
    old = [sample(-20 * DAY + i, float(i)) for i in range(60)]
    await historian.write([*old, sample(0, 1.0)])
    await sealed(historian)
    late = sample(-20 * DAY + 30.5, 1000.0)
    written = await historian.write([late, sample(1, 2.0)])

    assert [(s, "summed up" in reason) for s, reason in written.rejected] == [(late, True)]
    (bucket,) = await historian.buckets(POINT, old[0].at_ms, old[0].at_ms + 60_000, 1)
    assert (bucket.count, bucket.maximum) == (60, 59.0)
    await historian.close()


async def test_old_history_can_be_brought_in_bit_by_bit(tmp_path: Path) -> None:
    historian = SqliteHistorian.open(tmp_path / "h.db", retention=15 * DAY, now=lambda: T0 / 1000)
    await historian.write([sample(0, 1.0)])
    old = [sample(-20 * DAY + i * 10, float(i)) for i in range(3000)]
    for i in range(0, 3000, 100):
        assert (await historian.write(old[i : i + 100])).rejected == ()
        if i % 700 == 0:
            await settled(historian)
            historian._chores.start("sealing", lambda: historian._store.seal_some(T0))
            historian._chores.start("retention", lambda: historian._store.forget_some(T0))
            await settled(historian)
    end = old[-1].at_ms + 60_000
    assert_same(
        await historian.buckets(POINT, old[0].at_ms, end, 8),
        from_raw([*old, sample(0, 1.0)], old[0].at_ms, end, 8),
    )
    await historian.close()


async def test_a_clock_far_in_the_future_deletes_nothing(tmp_path: Path) -> None:
    historian = SqliteHistorian.open(
        tmp_path / "h.db", retention=15 * DAY, now=lambda: T0 / 1000 + 3650 * DAY
    )
    await historian.write([sample(0, 1.0)])
    await settled(historian)
    assert len(await historian.raw(POINT, T0, T0 + 1)) == 1
    await historian.close()


def count_stored(path: Path) -> int:
    async def count() -> int:
        historian = SqliteHistorian.open(path)
        found = await historian.raw(POINT, T0, T0 + 10**8)
        await historian.close()
        return len(found)

    return asyncio.run(count())


async def test_it_is_read_by_another_program_while_it_is_written(tmp_path: Path) -> None:
    historian = SqliteHistorian.open(tmp_path / "h.db")
    counts = []
    with multiprocessing.get_context("spawn").Pool(1) as other:
        for i in range(20):
            await historian.write([sample(i * 100 + j, float(j)) for j in range(100)])
            if i % 7 == 3:
                historian._chores.start("sealing", lambda: historian._store.seal_some(T0))
            counts.append(await asyncio.to_thread(other.apply, count_stored, (tmp_path / "h.db",)))
    await historian.close()
    assert counts == [100 * (i + 1) for i in range(20)]


async def test_a_lock_held_by_another_program_is_transient_and_nothing_is_half_done(tmp_path: Path) -> None:
    historian = SqliteHistorian.open(tmp_path / "h.db")
    await historian.write([sample(0, 1.0)])
    historian._store._connection.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(tmp_path / "h.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Transient, match="locked"):
        await historian.write([sample(1, 2.0), sample(1, 2.0, point="new.point")])
    other.execute("ROLLBACK")
    other.close()
    await historian.write([sample(1, 2.0), sample(1, 3.0, point="new.point")])

    assert [s.value for s in await historian.raw("new.point", T0, T0 + 60_000)] == [3.0]
    (bucket,) = await historian.buckets(POINT, T0, T0 + 2000, 1)
    assert (bucket.count, bucket.mean) == (2, 1.5)
    await historian.close()


def test_a_file_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database, but long enough to look like something" * 40)
    with pytest.raises(Permanent, match="not a database"):
        SqliteHistorian.open(tmp_path / "text.db")
    foreign = sqlite3.connect(tmp_path / "foreign.db")
    foreign.execute("CREATE TABLE theirs (x)")
    foreign.close()
    with pytest.raises(Permanent, match="not a Watchroom history"):
        SqliteHistorian.open(tmp_path / "foreign.db")


async def test_a_newer_programs_file_is_refused(tmp_path: Path) -> None:
    historian = SqliteHistorian.open(tmp_path / "h.db")
    await historian.close()
    newer = sqlite3.connect(tmp_path / "h.db")
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(Permanent, match="newer Watchroom"):
        SqliteHistorian.open(tmp_path / "h.db")


async def test_two_processes_may_write_into_one_file(tmp_path: Path) -> None:
    """A copy or an import beside the daemon: names, batches and blocks of both are there."""
    ours, theirs = (SqliteHistorian.open(tmp_path / "h.db", now=lambda: T0 / 1000) for _ in range(2))
    for i in range(40):
        await ours.write([sample(i * 60, float(i)), sample(i, float(i), point=f"a.p{i}")])
        await theirs.write([sample(i * 60 + 30, -float(i)), sample(i, -float(i), point=f"b.p{i}")])
        if i % 9 == 5:
            for one in (ours, theirs):
                one._chores.start("sealing", partial(one._store.seal_some, T0))
    await settled(ours)
    await settled(theirs)
    found = await ours.raw(POINT, T0, T0 + HOUR)
    assert [s.value for s in found] == [value for i in range(40) for value in (float(i), -float(i))]
    assert [s.value for s in await theirs.raw("a.p39", T0, T0 + HOUR)] == [39.0]
    assert [s.value for s in await ours.raw("b.p7", T0, T0 + HOUR)] == [-7.0]
    expected = [sample(i * 30, float(i // 2) * (-1) ** i) for i in range(80)]
    assert_same(await theirs.buckets(POINT, T0, T0 + HOUR, 7), from_raw(expected, T0, T0 + HOUR, 7))
    await ours.close()
    await theirs.close()


async def test_a_damaged_block_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    historian = SqliteHistorian.open(tmp_path / "h.db", now=lambda: T0 / 1000)
    await historian.write([sample(i * 60, float(i)) for i in range(240)])
    await sealed(historian)
    other = sqlite3.connect(tmp_path / "h.db")
    first = other.execute("SELECT min(first) FROM block").fetchone()[0]
    other.execute("UPDATE block SET data = x'ffff00' WHERE first = ?", (first,))
    other.commit()
    other.close()
    with pytest.raises(Permanent, match="damaged"):
        await historian.raw(POINT, T0, T0 + 60_000)
    assert len(await historian.raw(POINT, T0 + 3 * HOUR, T0 + 4 * HOUR)) > 50
    await historian.close()


@pytest.mark.parametrize("seed", range(4))
async def test_pages_give_every_sample_once_whatever_is_in_blocks_and_what_came_late(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    samples = noise(rng, 1500, DAY)
    samples.sort(key=lambda s: s.at_ms + rng.choice([0, 0, rng.uniform(-7_200_000, 7_200_000)]))
    historian = SqliteHistorian.open(tmp_path / "h.db", now=lambda: T0 / 1000)
    for i in range(0, 1500, 50):
        await historian.write(samples[i : i + 50])
        if i in (400, 900):
            await settled(historian)
            historian._chores.start("sealing", partial(historian._store.seal_some, T0))
    await settled(historian)
    expected = sorted({s.at_ms: s for s in samples}.values(), key=lambda s: s.at_ms)
    for size in (1, 37, 700, 5000):
        found = [s async for page in pages(historian, POINT, T0, T0 + DAY * 1000, size) for s in page]
        assert found == expected
    await historian.close()
