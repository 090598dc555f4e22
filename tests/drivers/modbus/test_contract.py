"""The real driver, on a real socket, under the contract of every polled connection."""

from collections.abc import AsyncIterator, Sequence

import pytest

from drivers.modbus.connection import ModbusConnection
from monitor.ports import PolledConnection
from tests.contracts.polled import PolledContract
from tests.drivers.modbus.build import connection, equipment
from tests.drivers.modbus.raw_server import Action, RawServer, Send, asked
from tests.support.real_clock import RealClock

PUMP = equipment(
    {"level": {"read": "input:0", "as": "int16"}, "running": {"read": "discrete:5", "as": "bool"}}, id="pump"
)


class ModbusWire:
    """A Modbus TCP device with one register and one bit."""

    def __init__(self, server: RawServer) -> None:
        self._server = server
        self.driver = ModbusConnection(
            "bus", connection(f"tcp://127.0.0.1:{server.port}", timeout="100ms"), [PUMP], RealClock()
        )
        self._level: int | None = 0
        self._running = False

    def connection(self) -> PolledConnection:
        return self.driver

    async def holds(self, level: int, running: bool) -> None:
        self._level, self._running = level, running
        self._server.answer = self._answer

    async def goes_silent(self) -> None:
        self._server.answer = lambda request: []

    async def loses_level(self) -> None:
        self._level = None

    async def goes_away(self) -> None:
        await self._server.shut()

    async def comes_back(self) -> None:
        await self._server.open()

    def _answer(self, request: bytes) -> Sequence[Action]:
        ask = asked(request)
        if ask.function == 2:
            return [Send(ask.frame(bytes((2, 1, self._running))))]
        if self._level is None:
            return [Send(ask.frame(bytes((0x84, 2))))]
        return [Send(ask.words(self._level))]


class TestModbusConnection(PolledContract):
    @pytest.fixture
    async def wire(self) -> AsyncIterator[ModbusWire]:
        async with RawServer(lambda request: []) as server:
            wire = ModbusWire(server)
            yield wire
            await wire.driver.close()
