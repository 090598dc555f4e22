from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.storage.spool import DiskSpool, MemorySpool, disk
from monitor.storage.spool.disk import RECENT
from tests.contracts.spool import SpoolContract


class TestDiskSpool(SpoolContract):
    @pytest.fixture(autouse=True, params=[0, 40, RECENT])
    def recent(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """Read from the files always, now and then, and hardly ever."""
        monkeypatch.setattr(disk, "RECENT", request.param)

    @pytest.fixture
    def spool(self, tmp_path: Path) -> Iterator[DiskSpool]:
        spool = DiskSpool.open(tmp_path / "spool")
        yield spool
        spool.close()

    @pytest.fixture
    def small_spool(self, tmp_path: Path) -> Iterator[DiskSpool]:
        spool = DiskSpool.open(tmp_path / "spool", max_bytes=256 * 1024)
        yield spool
        spool.close()


class TestMemorySpool(SpoolContract):
    @pytest.fixture
    def spool(self) -> MemorySpool:
        return MemorySpool()

    @pytest.fixture
    def small_spool(self) -> MemorySpool:
        return MemorySpool(limit=10_000)
