"""A file system of one megabyte that fills up: nothing stops, nothing is lost that can be kept, and it goes on by itself."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.domain.history import Sample
from monitor.domain.instant import Instant
from monitor.ports import Transient
from monitor.storage.history_sqlite import SqliteHistorian
from monitor.storage.spool import DiskSpool
from tests.contracts.spool import T0, drain, samples


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system with a real quota; only root may mount one."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    where = tmp_path / "disk"
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(where)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small file system here: {mounted.stderr.strip()}")
    yield where
    subprocess.run(["umount", str(where)], check=True)


def fill(where: Path) -> None:
    """Take every byte that is left."""
    with (where / "ballast").open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass


def test_the_spool_waits_in_memory_while_the_disk_is_full(small_disk: Path) -> None:
    spool = DiskSpool.open(small_disk / "spool", started=T0 / 1000)
    given = samples(20_000)
    spool.append(given[:5000])
    fill(small_disk)
    for i in range(5000, 15_000, 100):
        spool.append(given[i : i + 100])
        spool.sync(Instant(T0 / 1000 + i, float(i)))
    assert spool.trouble is not None
    assert (spool.depth, spool.lost) == (15_000, 0)
    (small_disk / "ballast").unlink()
    spool.append(given[15_000:])
    assert spool.trouble is None
    spool.close()

    spool = DiskSpool.open(small_disk / "spool", started=T0 / 1000 + 20_000)
    assert drain(spool) == given
    assert spool.lost == 0
    spool.close()


def test_a_spool_larger_than_its_disk_gives_up_the_oldest_and_counts_them(small_disk: Path) -> None:
    spool = DiskSpool.open(small_disk / "spool", tail_limit=2000, started=T0 / 1000)
    given = samples(120_000)
    for i in range(0, len(given), 100):
        spool.append(given[i : i + 100])
    taken = drain(spool)
    assert 0 < len(taken) < len(given)
    assert taken == given[-len(taken) :]
    assert spool.lost == len(given) - len(taken)
    spool.close()


async def test_the_embedded_historian_says_so_and_goes_on_when_there_is_space(small_disk: Path) -> None:
    historian = SqliteHistorian.open(small_disk / "history.db", now=lambda: T0 / 1000)
    fill(small_disk)
    waiting = [Sample(f"e.p{i % 50}", T0 + i, float(i), 0) for i in range(3000)]
    with pytest.raises(Transient, match="full"):
        await historian.write(waiting)
    assert await historian.raw("e.p7", T0, T0 + 10**6) == []
    (small_disk / "ballast").unlink()
    await historian.write(waiting)
    assert list(await historian.raw("e.p7", T0, T0 + 10**6)) == waiting[7::50]
    await historian.close()
