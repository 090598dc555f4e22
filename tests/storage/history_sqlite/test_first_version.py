"""A file of the first version is taken over: everything is there at once, at every step of the way, and afterwards."""

import random
import sqlite3
from pathlib import Path

import pytest

from monitor.domain.history import Sample
from monitor.storage.history_sqlite import SqliteHistorian
from tests.contracts.historian import POINT, T0, sample
from tests.storage.history_sqlite.first_version import write_first_version
from tests.storage.history_sqlite.test_sqlite import DAY, HOUR, assert_same, from_raw, settled

OTHER = "lift-1.fault"
RAW_FROM = T0 - 3 * DAY * 1000 + 7 * 3_600_000 + 23 * 60_000


def house() -> list[Sample]:
    """Five days of a level with bad stretches, and of a fault text; three of them with raw values."""
    rng = random.Random(4)
    level = [
        sample(-i * 60 + rng.uniform(0, 50), None, 12)
        if rng.random() < 0.05
        else sample(-i * 60 + rng.uniform(0, 50), round(rng.uniform(0, 5), 2), rng.choice([0, 0, 1]))
        for i in range(5 * 1440)
    ]
    texts = [
        sample(-i * 600, rng.choice(["E-07", "", "門", True, 2**70, 7]), point=OTHER) for i in range(5 * 144)
    ]
    return sorted(
        {(s.point, s.at_ms): s for s in [*level, *texts]}.values(), key=lambda s: (s.point, s.at_ms)
    )


async def assert_whole(historian: SqliteHistorian, samples: list[Sample]) -> None:
    start, end = T0 - 5 * DAY * 1000, T0 + 3_600_000
    for point in (POINT, OTHER):
        mine = [s for s in samples if s.point == point]
        found = list(await historian.raw(point, RAW_FROM, end))
        expected = [s for s in mine if s.at_ms >= RAW_FROM]
        assert [(type(s.value), s) for s in found] == [(type(s.value), s) for s in expected]
    mine = [s for s in samples if s.point == POINT]
    for count in (1, 6, 121):
        assert_same(await historian.buckets(POINT, start, end, count), from_raw(mine, start, end, count))
    hour = RAW_FROM // HOUR * HOUR
    assert_same(
        await historian.buckets(POINT, hour - HOUR, hour + HOUR, 120),
        from_raw(mine, hour - HOUR, hour + HOUR, 120),
    )


@pytest.mark.slow
async def test_nothing_is_lost_on_the_way(tmp_path: Path) -> None:
    path, samples = tmp_path / "h.db", house()
    write_first_version(path, samples, RAW_FROM)
    historian = SqliteHistorian.open(path, retention=30 * DAY, now=lambda: T0 / 1000)
    await assert_whole(historian, samples)

    more = [sample(i, float(i)) for i in range(1, 60)]
    changed = sample(-86_400, 4.75)  # late, in the place of an old one or among them
    steps = 0
    samples = sorted(
        {(s.point, s.at_ms): s for s in [*samples, *more, changed]}.values(), key=lambda s: (s.point, s.at_ms)
    )
    historian._store._legacy = False  # its own chore stands still: the steps are made here
    await historian.write([*more, changed])
    await settled(historian)
    while historian._store.convert_some():
        steps += 1
        await assert_whole(historian, samples)
    assert steps >= 6
    await historian.close()

    historian = SqliteHistorian.open(path, retention=30 * DAY, now=lambda: T0 / 1000)
    await assert_whole(historian, samples)
    await historian.close()
    check = sqlite3.connect(path)
    assert check.execute("SELECT name FROM sqlite_master WHERE name LIKE 'old_%'").fetchall() == []
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


@pytest.mark.slow
async def test_the_conversion_goes_on_by_itself_behind_the_writes_and_after_a_stop(tmp_path: Path) -> None:
    path, samples = tmp_path / "h.db", house()
    write_first_version(path, samples, RAW_FROM)
    for _ in range(2):
        historian = SqliteHistorian.open(path, retention=30 * DAY, now=lambda: T0 / 1000)
        await historian.write([sample(1, 1.0)])
        await historian.close()
    historian = SqliteHistorian.open(path, retention=30 * DAY, now=lambda: T0 / 1000)
    await historian.write([sample(1, 1.0)])
    await settled(historian)
    assert not historian._store.legacy
    await assert_whole(historian, sorted([*samples, sample(1, 1.0)], key=lambda s: (s.point, s.at_ms)))
    await historian.close()


async def test_a_reader_sees_old_rows_without_converting(tmp_path: Path) -> None:
    path, samples = tmp_path / "h.db", house()
    write_first_version(path, samples, RAW_FROM)
    historian = SqliteHistorian.open(path)
    (before, first) = (await historian.raw(POINT, T0 - HOUR, T0, limit=1))[:2]
    assert before.at_ms < T0 - HOUR <= first.at_ms
    assert historian._store.legacy
    await historian.close()


@pytest.mark.parametrize("after", [0, 1, 5, 9])
async def test_a_stop_in_the_middle_loses_nothing(tmp_path: Path, after: int) -> None:
    path, samples = tmp_path / "h.db", house()
    write_first_version(path, samples, RAW_FROM)
    historian = SqliteHistorian.open(path, retention=30 * DAY, now=lambda: T0 / 1000)
    for _ in range(after):
        historian._store.convert_some()
    await historian.close()
    historian = SqliteHistorian.open(path, retention=30 * DAY, now=lambda: T0 / 1000)
    await assert_whole(historian, samples)
    await historian.close()
