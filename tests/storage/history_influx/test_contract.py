from collections.abc import AsyncIterator

import pytest

from monitor.storage.history_influx import InfluxHistorian, PointAddress
from tests.contracts.historian import HistorianContract
from tests.servers.influxdb import InfluxDB

CATALOGUE = {
    "pit-1.level": PointAddress("sump-pit", "pit-1", "pumps", "level", "riverside"),
    "pit-1.running": PointAddress("sump-pit", "pit-1", "pumps", "running", "riverside"),
    "pit-1.starts": PointAddress("sump-pit", "pit-1", "pumps", "starts", "riverside"),
    **{f"mdb-1.p{i}": PointAddress("meter", "mdb-1", "power", f"p{i}", "riverside") for i in range(12)},
    "lift-1.fault": PointAddress("demo lift,=", "lift-1", "", "fault", "riverside"),
}


@pytest.mark.real
class TestInfluxHistorian(HistorianContract):
    @pytest.fixture
    async def historian(self, influxdb: InfluxDB) -> AsyncIterator[InfluxHistorian]:
        historian = InfluxHistorian(f"influxdb1://127.0.0.1:{influxdb.port}/watchroom", CATALOGUE)
        yield historian
        await historian.close()
