from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from monitor.domain.history import Bucket, Sample
from monitor.settings.site import HistorianSettings
from monitor.storage.history_victoria import VictoriaHistorian
from tests.contracts.historian import HistorianContract
from tests.servers.victoria import Victoria
from tests.storage.history_influx.test_contract import CATALOGUE


class Flushed(VictoriaHistorian):
    """Reads at once what was just written: the server shows it about a second later."""

    server: Victoria

    async def raw(self, point: str, start_ms: int, end_ms: int, limit: int = 100_000) -> Sequence[Sample]:
        self.server.flush()
        return await super().raw(point, start_ms, end_ms, limit)

    async def several(
        self, points: Sequence[str], start_ms: int, end_ms: int, limit: int = 100_000
    ) -> Mapping[str, Sequence[Sample]]:
        self.server.flush()
        return await super().several(points, start_ms, end_ms, limit)

    async def buckets(self, point: str, start_ms: int, end_ms: int, count: int) -> Sequence[Bucket]:
        self.server.flush()
        return await super().buckets(point, start_ms, end_ms, count)

    async def points(self) -> Sequence[str]:
        self.server.flush()
        return await super().points()


@pytest.mark.real
class TestVictoriaHistorian(HistorianContract):
    keeps_text = False
    numbers = (
        41,
        1e9,
        -1e-6,
    )  # a block of values shares one exponent: 18 digits between the largest and the smallest

    @pytest.fixture
    async def historian(self, victoria: Victoria) -> AsyncIterator[VictoriaHistorian]:
        settings = HistorianSettings(f"victoriametrics://127.0.0.1:{victoria.port}", 90 * 86_400.0)
        historian = Flushed(settings, CATALOGUE)
        historian.server = victoria
        yield historian
        await historian.close()
