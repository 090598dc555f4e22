"""The fake that the polling tests use is held to the contract of the real drivers."""

import pytest

from monitor.domain.point import Kind, Point
from monitor.domain.reading import Quality
from monitor.domain.scan import Plan
from monitor.domain.source import EquipmentSource, PointSource
from monitor.ports import NotConnected, PolledConnection, Transient
from tests.contracts.polled import PolledContract
from tests.support.polled import FakePolled
from tests.support.real_clock import RealClock

LEVEL, RUNNING = Point("pump", "level"), Point("pump", "running", Kind.DISCRETE)
PUMP = EquipmentSource(
    plan=Plan("pump", (LEVEL, RUNNING)),
    sources=(PointSource(LEVEL, None), PointSource(RUNNING, None)),
    settings=None,
    type_settings=None,
)


class FakeWire:
    """The fake's own far side."""

    def __init__(self) -> None:
        self.fake = FakePolled([PUMP], RealClock(), timeout=0.03)

    def connection(self) -> PolledConnection:
        return self.fake

    async def holds(self, level: int, running: bool) -> None:
        self.fake.failing.clear()
        self.fake.values["pump"] = (level, running)

    async def goes_silent(self) -> None:
        self.fake.failing["pump"] = Transient("no answer")

    async def loses_level(self) -> None:
        self.fake.values["pump"] = (None, True)
        self.fake.bad["pump"] = {0: Quality.DECODE_ERROR}

    async def goes_away(self) -> None:
        self.fake.failing["pump"] = NotConnected("refused")

    async def comes_back(self) -> None:
        self.fake.failing.clear()


class TestFakePolled(PolledContract):
    @pytest.fixture
    def wire(self) -> FakeWire:
        return FakeWire()

    async def test_there_is_no_way_to_write(self, wire: FakeWire) -> None:
        """The fake's other names are the test's handles."""
        assert not any("write" in name for name in dir(wire.fake))
