"""An independent server (libmodbus) and an independent client (mbpoll) agree with what the driver decodes."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from drivers.modbus.connection import ModbusConnection
from tests.drivers.modbus.build import connection, equipment
from tests.servers.libmodbus import LibModbus, mbpoll
from tests.support.real_clock import RealClock

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def server() -> Iterator[LibModbus]:
    with LibModbus() as running:
        yield running


class Driver:
    """Reads points of unit 1, one connection each time: the server takes one client after the other."""

    def __init__(self, port: int) -> None:
        self._settings = connection(f"tcp://127.0.0.1:{port}")

    async def __call__(self, points: dict[str, dict[str, Any]]) -> dict[str, Any]:
        driver = ModbusConnection("bus", self._settings, [equipment(points, id="dev")], RealClock())
        try:
            scan = await driver.read("dev")
        finally:
            await driver.close()
            await asyncio.sleep(0.05)
        assert dict(scan.bad) == {}
        return dict(zip(points, scan.values, strict=True))


@pytest.fixture
def read(server: LibModbus) -> Driver:
    return Driver(server.port)


@pytest.mark.parametrize(
    ("table", "type_", "as_"),
    [("coil", "0", "bool"), ("discrete", "1", "bool"), ("input", "3", "uint16"), ("holding", "4", "uint16")],
)
async def test_each_table_reads_as_mbpoll_prints_it(
    server: LibModbus, read: Driver, table: str, type_: str, as_: str
) -> None:
    ours = await read({f"p{n}": {"read": f"{table}:{n}", "as": as_} for n in range(3, 43)})
    theirs = await asyncio.to_thread(mbpoll, server.port, "-t", type_, "-r", "3", "-c", "40")
    assert len(theirs) == 40
    # mbpoll shows a register over 32767 twice: as unsigned, and signed in brackets.
    assert {int(key[1:]): int(value) for key, value in ours.items()} == {
        address: int(text.split()[0]) for address, text in theirs.items()
    }


async def test_floats_in_each_order_are_what_libmodbus_put_there(read: Driver) -> None:
    orders = {"ABCD": 100, "CDAB": 102, "BADC": 104, "DCBA": 106}
    ours = await read(
        {
            order.lower(): {"read": f"holding:{at}", "as": "float32", "order": order}
            for order, at in orders.items()
        }
    )
    assert ours == {"abcd": 230.25, "cdab": -50.5, "badc": 0.15625, "dcba": 1e10}


async def test_floats_read_as_mbpoll_prints_them(server: LibModbus, read: Driver) -> None:
    ours = await read({"big": {"read": "holding:100", "as": "float32"}})
    theirs = await asyncio.to_thread(mbpoll, server.port, "-t", "4:float", "-B", "-r", "100", "-c", "1")
    assert ours["big"] == float(theirs[100])


async def test_long_whole_numbers_are_what_libmodbus_put_there(server: LibModbus, read: Driver) -> None:
    ours = await read(
        {"i32": {"read": "holding:108", "as": "int32"}, "i64": {"read": "holding:110", "as": "int64"}}
    )
    assert ours == {"i32": -123456789, "i64": -1234567890123456789}
    theirs = await asyncio.to_thread(mbpoll, server.port, "-t", "4:int", "-B", "-r", "108", "-c", "1")
    assert int(theirs[108].split()[0]) == ours["i32"]


async def test_an_address_beyond_the_map_is_found_on_a_real_server_too(server: LibModbus) -> None:
    points = {
        "last": {"read": "holding:255", "as": "uint16"},
        "beyond": {"read": "holding:256", "as": "uint16"},
    }
    driver = ModbusConnection(
        "bus", connection(f"tcp://127.0.0.1:{server.port}"), [equipment(points, id="dev")], RealClock()
    )
    scan = await driver.read("dev")
    await driver.close()
    assert scan.values == (255 * 257, None)
    assert [quality.reason for quality in scan.bad.values()] == ["decode_error"]
