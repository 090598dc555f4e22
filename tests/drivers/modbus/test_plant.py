"""The ready site's Modbus equipment, from its configuration, against the simulated plant in its own process."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.modbus.address import Address
from drivers.modbus.connection import ModbusConnection
from monitor.catalogue import driver_settings, notifier_settings, shipped_site, shipped_types
from monitor.domain.scan import Scan
from monitor.engine.polling import Poller
from monitor.engine.tally import Tally
from monitor.settings.loader import load
from tests.simulators.process import running
from tests.support.real_clock import RealClock

pytestmark = pytest.mark.slow

PLANT = Path(__file__).parents[3] / "simulators" / "plants" / "riverside.yaml"


class Inlet:
    """Keeps the last scan of each."""

    def __init__(self) -> None:
        self.scans: dict[str, Scan] = {}
        self.gone: list[str] = []

    def scan(self, scan: Scan) -> None:
        self.scans[scan.plan.equipment] = scan

    def answering(self, equipment: str, answering: bool, reason: str) -> None:
        if not answering:
            self.gone.append(f"{equipment}: {reason}")

    def link(self, connection: str, up: bool, reason: str) -> None:
        if not up:
            self.gone.append(f"{connection}: {reason}")

    def discarded(self, connection: str, equipment: str | None, reason: str) -> None: ...


async def test_every_point_of_the_ready_site_is_read_good_and_the_plant_saw_reads_only() -> None:
    site = load(shipped_site(), driver_settings(), notifier_settings(), types=shipped_types())
    sources = [each.source for each in site.equipment.values() if each.connection == "plantroom"]
    settings = site.connections["plantroom"].settings
    inlet, tally = Inlet(), Tally()
    async with running(PLANT, "--broker", "127.0.0.1:0") as plant:
        host, port = plant.modbus
        here = settings.model_copy(update={"url": replace(settings.url, host=host, port=port)})
        assert isinstance(here.url, Address)
        driver = ModbusConnection("plantroom", here, sources, RealClock())
        poller = Poller("plantroom", driver, sources, RealClock(), inlet, tally)
        task = asyncio.create_task(poller.run())
        try:
            async with asyncio.timeout(10):
                while len(inlet.scans) < len(sources):
                    await asyncio.sleep(0.05)
            await asyncio.sleep(2)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await driver.close()
        plant.child.terminate()
        seen = await plant.last_line()
    assert inlet.gone == []
    for scan in inlet.scans.values():
        assert {scan.plan.points[i].id: quality for i, quality in scan.bad.items()} == {}
        assert None not in scan.values
    assert tally.get("poll_errors_total", connection="plantroom") == 0
    assert tally.get("polls_total", connection="plantroom") >= 8
    assert '"other_than_reads": 0' in repr(seen).replace("'", '"')
