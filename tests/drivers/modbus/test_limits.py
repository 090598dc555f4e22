"""What a device allows, on the wire: few addresses at a time, and addresses that it does not have, in all four tables.

The whole driver against the simulators' device; every request that it was asked is kept.
"""

import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest

from drivers.modbus.connection import ModbusConnection
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Scan, Slot
from monitor.domain.source import EquipmentSource
from simulators import fields
from simulators.wire import faults
from simulators.wire.behaviour import Behaviour, Request, Sending, normal
from simulators.wire.bus import Unit
from simulators.wire.framing import MBAP, RTU
from simulators.wire.modbus_server import ModbusServer
from simulators.wire.registers import RegisterBank, Table
from tests.drivers.modbus.build import connection, equipment
from tests.drivers.modbus.wires import NOTHING_SAID, Skipping

TABLES = {"coil": Table.COIL, "discrete": Table.DISCRETE, "holding": Table.HOLDING, "input": Table.INPUT}
SCHEMES = {"tcp": MBAP, "rtu+tcp": RTU}
LENGTH = 40


def value(table: str, address: int) -> Slot:
    """What stands there: bits in a pattern that no shift maps on itself, words that name their table and address."""
    there = TABLES[table]
    return bool(0xB38F0FD2A5 >> address & 1) if there <= Table.DISCRETE else there << 12 | address


class Device:
    """One unit with all four tables, and what it was asked: function code, first address, quantity."""

    def __init__(self) -> None:
        bank = RegisterBank()
        for name, table in TABLES.items():
            whole = [value(name, at) for at in range(LENGTH)]
            if table <= Table.DISCRETE:
                bank.bits(table, 0, [bool(each) for each in whole])
            else:
                bank.words(table, 0, [int(each) for each in whole if isinstance(each, int)])
        self.unit = Unit(bank)
        self.requests: list[tuple[int, int, int]] = []
        self._behave: Behaviour = normal
        self.unit.behaviour = self._noted

    def suffer(self, name: str, arguments: Mapping[str, str] = NOTHING_SAID) -> None:
        self._behave = faults.behaviour_of(
            {name: fields.build(faults.FAULTS[name].arguments, arguments)} if name else {}
        )

    def _noted(self, request: Request, right: bytes) -> Sequence[Sending]:
        self.requests.append(struct.unpack(">BHH", request.pdu))
        return self._behave(request, right)

    def take(self) -> list[tuple[int, int, int]]:
        """The requests since the last look."""
        asked, self.requests = self.requests, []
        return asked


@asynccontextmanager
async def reading(
    source: EquipmentSource, scheme: str = "tcp"
) -> AsyncIterator[tuple[ModbusConnection, Device, Skipping]]:
    device, clock = Device(), Skipping()
    server = ModbusServer({1: device.unit}, SCHEMES[scheme])
    _, port = await server.start("127.0.0.1", 0)
    driver = ModbusConnection(
        "bus", connection(f"{scheme}://127.0.0.1:{port}", timeout="2s"), [source], clock
    )
    try:
        yield driver, device, clock
    finally:
        await driver.close()
        await server.stop()


def row(table: str, **limits: object) -> EquipmentSource:
    """A point on every address of a table."""
    as_ = "bool" if table in ("coil", "discrete") else "uint16"
    points = {f"p{at}": {"read": f"{table}:{at}", "as": as_} for at in range(LENGTH)}
    return equipment(points, id="dev", limits=limits)


def right(table: str) -> list[Slot]:
    return [value(table, at) for at in range(LENGTH)]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("most", [4, 16])
@pytest.mark.parametrize("table", TABLES)
async def test_who_allows_few_at_a_time_is_never_asked_for_more_and_read_whole_in_one_turn(
    table: str, most: int, scheme: str
) -> None:
    async with reading(row(table, max_registers=most, max_bits=most), scheme) as (driver, device, _):
        device.suffer("few_at_a_time", {"most": str(most)})
        scan = await driver.read("dev")
        assert (list(scan.values), dict(scan.bad)) == (right(table), {})
        assert device.take() == [
            (TABLES[table], at, min(most, LENGTH - at)) for at in range(0, LENGTH, most)
        ], "the fewest requests, none beyond the limit"


@pytest.mark.parametrize("most", [4, 16])
async def test_no_value_is_torn_where_few_registers_are_allowed(most: int) -> None:
    wide = {
        f"w{at}": {"read": f"holding:{at}", "as": "uint32" if size == 2 else "uint64"}
        for at, size in ((0, 2), (2, 4), (6, 2), (8, 2), (10, 4), (14, 2), (16, 4), (20, 2))
    }
    async with reading(equipment(wide, id="dev", limits={"max_registers": most})) as (driver, device, _):
        device.suffer("few_at_a_time", {"most": str(most)})
        scan = await driver.read("dev")
        words = [each for each in right("holding") if isinstance(each, int)]
        for key, slot in zip(wide, scan.values, strict=True):
            start, size = int(key[1:]), 2 if wide[key]["as"] == "uint32" else 4
            assert slot == int.from_bytes(struct.pack(f">{size}H", *words[start : start + size])), key
        asked = device.take()
        assert max(count for _, _, count in asked) <= most
        assert len(asked) == {4: 7, 16: 2}[most]


@pytest.mark.parametrize("code", [2, 3])
@pytest.mark.parametrize("most", [4, 16])
@pytest.mark.parametrize("table", TABLES)
async def test_a_limit_that_nobody_wrote_down_is_found_by_splitting_and_no_point_is_lost(
    table: str, most: int, code: int
) -> None:
    async with reading(row(table)) as (driver, device, _):
        device.suffer("few_at_a_time", {"most": str(most), "code": str(code)})
        known: list[Slot] = [ABSENT] * LENGTH
        for _ in range(4):
            scan = await driver.read("dev")
            assert dict(scan.bad) == {}
            known = [old if new is ABSENT else new for old, new in zip(known, scan.values, strict=True)]
        assert known == right(table)
        device.take()
        assert list((await driver.read("dev")).values) == right(table)
        assert max(count for _, _, count in device.take()) <= most


async def until_settled(driver: ModbusConnection) -> Scan:
    """Finding a refused address may take several turns: no point is anything but right, known to be bad, or not asked."""
    for _ in range(6):
        scan = await driver.read("dev")
        if ABSENT not in scan.values:
            return scan
    raise AssertionError("not found within six turns")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("first", "last"), [(0, 0), (17, 17), (39, 39), (9, 11)])
@pytest.mark.parametrize("table", TABLES)
async def test_an_address_that_is_not_there_stands_alone_and_the_others_go_on(
    table: str, first: int, last: int, scheme: str
) -> None:
    gone = range(first, last + 1)
    async with reading(row(table), scheme) as (driver, device, clock):
        device.suffer("illegal_address", {"first": str(first), "last": str(last)})
        scan = await until_settled(driver)
        assert dict(scan.bad) == dict.fromkeys(gone, Quality.DECODE_ERROR)
        assert list(scan.values) == [None if at in gone else value(table, at) for at in range(LENGTH)]
        device.take()
        await driver.read("dev")
        for function, start, count in device.take():
            assert function == TABLES[table]
            assert not set(range(start, start + count)) & set(gone), (
                "what is known to be refused is not asked for"
            )
        device.suffer("")
        clock.ahead += 601
        assert list((await driver.read("dev")).values) == right(table), "looked at again after ten minutes"


async def test_a_table_with_a_refused_address_does_not_trouble_the_other_three() -> None:
    points = {
        f"{table}{at}": {"read": f"{table}:{at}", "as": "bool" if table in ("coil", "discrete") else "uint16"}
        for table in TABLES
        for at in range(20)
    }
    async with reading(equipment(points, id="dev")) as (driver, device, _):
        device.suffer("illegal_address", {"first": "3", "last": "3"})
        scan = await until_settled(driver)
        assert {scan.plan.points[at].key for at in scan.bad} == {f"{table}3" for table in TABLES}
        good = [v for at, v in enumerate(scan.values) if at not in scan.bad]
        assert good == [value(table, at) for table in TABLES for at in range(20) if at != 3]
