"""kill -9 in the middle of writing, a hundred times: counts and checksums of every point are those of what was taken."""

import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from monitor.domain.history import Sample
from monitor.storage.history_sqlite import SqliteHistorian
from monitor.storage.spool import DiskSpool
from tests.storage.killing import POINTS, STEP_MS, T0, numbered

pytestmark = pytest.mark.slow

ROUNDS = 100


def checksum(samples: Iterable[Sample]) -> int:
    return zlib.crc32(repr([tuple(s) for s in samples]).encode())


async def test_a_hundred_deaths_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-m", "tests.storage.killing", str(tmp_path), str(ROUNDS)],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    taken = int(killed.stdout)
    assert taken > ROUNDS * 7

    spool = DiskSpool.open(tmp_path / "spool")
    historian = SqliteHistorian.open(tmp_path / "history.db", retention=10**9)
    while (batch := spool.oldest(1000)) is not None:
        await historian.write(batch.samples)
        spool.done(batch)
    assert (spool.lost, spool.corrupt) == (0, 0)
    spool.close()

    end = T0 + (taken + 100) * STEP_MS
    # A writer may have taken a few more than it could say before it died; the next one took the same again.
    for point in range(POINTS):
        mine = [numbered(number) for number in range(taken) if number % POINTS == point]
        found = list(await historian.raw(f"e.p{point}", T0, end))
        assert len(mine) <= len(found) <= len(mine) + 7
        assert checksum(found[: len(mine)]) == checksum(mine)
        buckets = await historian.buckets(f"e.p{point}", T0, mine[-1].at_ms + 1, 50)
        assert sum(bucket.count for bucket in buckets) == len(mine)
    await historian.close()
    check = sqlite3.connect(tmp_path / "history.db")
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()
