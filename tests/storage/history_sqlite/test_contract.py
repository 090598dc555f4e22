from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from monitor.storage.history_sqlite import SqliteHistorian
from tests.contracts.historian import HistorianContract


class TestSqliteHistorian(HistorianContract):
    @pytest.fixture
    async def historian(self, tmp_path: Path) -> AsyncIterator[SqliteHistorian]:
        historian = SqliteHistorian.open(tmp_path / "history.db")
        yield historian
        await historian.close()
