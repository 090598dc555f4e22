"""Devices that dial in: who is let in, who is not, and what is read of those who are."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvloop
from structlog.testing import capture_logs

from drivers.modbus import connection as connection_module
from drivers.modbus import lobby as lobby_module
from drivers.modbus.connection import ModbusConnection
from drivers.modbus.dialled import DialledLink
from drivers.modbus.registration import parse_packet
from monitor.domain.scan import Scan
from monitor.domain.source import EquipmentSource
from monitor.ports import NotConnected, Transient, TurnedAway
from simulators import fields
from simulators.runner import Simulation
from simulators.wire import behaviour, faults
from simulators.wire.bus import Bus, Unit
from simulators.wire.dial_out import DialOut
from simulators.wire.framing import MBAP, RTU, Framing
from simulators.wire.registers import RegisterBank
from tests.drivers.modbus.build import connection, equipment
from tests.drivers.modbus.wires import (
    NOTHING_SAID,
    SICK,
    TIMEOUT,
    WELL,
    Skipping,
    complete,
    device,
    expected,
    fill,
    honest,
)
from tests.servers.ports import free_port
from tests.simulators.support import plant_file

NAME = b"DTU-0001"


def source(id: str, unit: int, dial_in: str | None = "DTU-0001") -> EquipmentSource:
    made = device(id, unit)
    settings = made.settings.model_copy(update={"dial_in": parse_packet(dial_in) if dial_in else None})
    return EquipmentSource(made.plan, made.sources, settings, made.type_settings)


class Guestbook:
    """Implements ports.Reception: everything it is told, in order."""

    def __init__(self) -> None:
        self.arrivals: list[tuple[str, tuple[str, ...], bool]] = []
        self.departures: list[str] = []
        self.strangers: list[tuple[TurnedAway, str, str]] = []

    def arrived(self, name: str, equipment: Sequence[str], *, replaces: bool) -> None:
        self.arrivals.append((name, tuple(equipment), replaces))

    def left(self, name: str) -> None:
        self.departures.append(name)

    def turned_away(self, why: TurnedAway, said: str, peer: str) -> None:
        self.strangers.append((why, said, peer))

    @property
    def replaced(self) -> int:
        return sum(replaces for *_, replaces in self.arrivals)

    @property
    def refused(self) -> int:
        return len(self.strangers)


class House:
    """A connection that listens, and whoever dials in."""

    def __init__(self, driver: ModbusConnection, port: int, framing: Framing) -> None:
        self.driver = driver
        self.port = port
        self.framing = framing
        self.dtus: list[DialOut] = []
        link = driver._links[0]
        assert isinstance(link, DialledLink)
        self.lobby = link._lobby
        self.book = Guestbook()
        assert driver.announce(self.book)

    def dial(self, registration: bytes = NAME, units: tuple[int, ...] = (SICK, WELL), **more: Any) -> DialOut:
        """A device dials in, with these units behind it."""
        bus = Bus({unit: Unit(RegisterBank()) for unit in units}, self.framing)
        for unit, each in bus.units.items():
            fill(each.bank, unit, 1)
        dtu = DialOut(bus, registration, again=0.02, **more)
        dtu.start("127.0.0.1", self.port)
        self.dtus.append(dtu)
        return dtu

    async def read(self, id: str) -> Scan | Transient:
        try:
            return honest(await self.driver.read(id), expected(SICK if id == "sick" else WELL, 1))
        except Transient as error:
            return error

    async def until_read(self, *ids: str) -> None:
        for id in ids:
            await until(partial(self._complete, id))

    async def _complete(self, id: str) -> bool:
        return complete(await self.read(id))


async def until(done: Callable[[], Any]) -> None:
    """Wait for something that must come."""
    async with asyncio.timeout(10):
        while True:
            result = done()
            if await result if asyncio.iscoroutine(result) else result:
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def house(
    *sources: EquipmentSource, scheme: str = "listen+rtu", **settings: Any
) -> AsyncIterator[House]:
    port = free_port()
    behind = sources or (source("sick", SICK), source("well", WELL))
    made = connection(f"{scheme}://:{port}", **{"timeout": f"{TIMEOUT * 1000:.0f}ms", **settings})
    driver = ModbusConnection("modems", made, behind, Skipping())
    world = House(driver, port, MBAP if scheme == "listen+tcp" else RTU)
    try:
        yield world
    finally:
        await asyncio.gather(*(dtu.stop() for dtu in world.dtus))
        await driver.close()


def suffer(dtu: DialOut, name: str, unit: int = SICK, arguments: Mapping[str, str] = NOTHING_SAID) -> None:
    built = fields.build(faults.FAULTS[name].arguments, arguments)
    dtu.bus.units[unit].behaviour = faults.behaviour_of({name: built})


@pytest.mark.parametrize("scheme", ["listen+rtu", "listen+tcp"])
async def test_several_units_behind_one_device_are_read(scheme: str) -> None:
    async with house(scheme=scheme) as world:
        absent = await world.read("sick")
        assert "DTU-0001 has not dialled in" in str(absent)
        world.dial()
        await world.until_read("sick", "well")


@pytest.mark.parametrize("scheme", ["listen+rtu", "listen+tcp"])
async def test_heartbeats_are_ignored_and_spoil_no_reading(scheme: str) -> None:
    async with house(scheme=scheme, heartbeat=["hex:FE", "PING"], timeout="1s") as world:
        dtu = world.dial(heartbeat=b"\xfe", every=0.001)
        await world.until_read("sick")
        readings = [await world.read("sick") for _ in range(30)]
        assert all(complete(each) for each in readings), readings
        assert dtu.dialled == 1


async def test_two_devices_are_told_apart_and_one_that_is_away_does_not_trouble_the_other() -> None:
    async with house(source("sick", SICK, "DTU-0001"), source("well", WELL, "DTU-0002")) as world:
        world.dial(b"DTU-0002", (WELL,))
        await world.until_read("well")
        absent = await world.read("sick")
        assert isinstance(absent, Transient)
        assert not isinstance(absent, NotConnected), "the link is up for the other one"


async def test_where_a_connection_belongs_to_one_device_its_absence_is_that_of_the_link() -> None:
    sources = (source("sick", SICK, None), source("well", WELL, None))
    async with house(*sources, registration="DTU-0001") as world:
        assert isinstance(await world.read("sick"), NotConnected)
        world.dial()
        await world.until_read("sick", "well")


async def test_a_second_connection_with_the_same_registration_replaces_the_first() -> None:
    async with house() as world:
        first = world.dial()
        await world.until_read("well")
        suffer(first, "half_open", WELL)  # the modem lost its way; the network tells nobody
        world.dtus[0]._again = 60
        assert not complete(await world.read("well"))
        world.dial()
        await until(lambda: world.book.replaced == 1)
        await world.until_read("sick", "well")


async def test_a_half_open_connection_is_noticed_and_the_device_dials_in_anew() -> None:
    async with house() as world:
        dtu = world.dial()
        await world.until_read("well")
        suffer(dtu, "half_open", WELL)
        assert not complete(await world.read("well"))
        dtu.bus.units[WELL].behaviour = behaviour.normal
        await world.until_read("well")
        assert dtu.dialled == 2


async def test_a_silent_unit_costs_the_others_behind_it_their_time_and_not_their_connection() -> None:
    async with house() as world:
        dtu = world.dial()
        await world.until_read("sick", "well")
        suffer(dtu, "not_answering")
        for _ in range(4):
            assert not complete(await world.read("sick"))
            assert complete(await world.read("well"))
        assert dtu.dialled == 1


@pytest.mark.parametrize("name", ["one_late", "shifted", "late_with_next", "slow", "two_answers", "garbage"])
async def test_on_a_line_that_is_kept_no_late_answer_becomes_the_next_ones(name: str) -> None:
    async with house() as world:
        dtu = world.dial()
        await world.until_read("sick", "well")
        late = {"delay": "90ms"} if name in ("one_late", "slow") else {}
        suffer(dtu, name, arguments=late)
        for turn in range(2, 6):
            for unit, each in dtu.bus.units.items():
                fill(each.bank, unit, turn)
            for id, unit in (("sick", SICK), ("well", WELL)):
                try:
                    scan = await world.driver.read(id)
                except Transient:
                    continue
                honest(scan, expected(unit, turn))
        dtu.bus.units[SICK].behaviour = behaviour.normal
        for unit, each in dtu.bus.units.items():
            fill(each.bank, unit, 1)
        await world.until_read("well")


async def test_a_probe_waits_for_the_device_to_dial_in(monkeypatch: pytest.MonkeyPatch) -> None:
    async with house(timeout="2s") as world:
        asyncio.get_running_loop().call_later(0.1, world.dial)
        scan, raw = await world.driver.probe("well")
        assert complete(honest(scan, expected(WELL, 1)))
        assert raw
    async with house() as world:
        monkeypatch.setattr(connection_module, "PATIENCE", 0.05)
        with pytest.raises(Transient, match="has not dialled in"):
            await world.driver.probe("well")


# Strangers


async def stranger(port: int, says: bytes) -> bytes:
    """Dial in, say something, and hear until the other side hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(says)
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_unknown_registrations_are_sent_away_counted_and_told_of_once() -> None:
    async with house() as world:
        await world.read("sick")
        with capture_logs() as logs:
            for _ in range(3):
                assert await stranger(world.port, b"DTU-9999") == b""
            assert await stranger(world.port, b"GET / HTTP/1.1\r\n\r\n") == b""
            await until(lambda: world.book.refused == 4)
        said = [each["said"] for each in logs if each["event"] == "modbus.dial_in.refused"]
        assert said[0] == "DTU-9999"
        assert len(said) == 2
        assert world.book.strangers[2] == (TurnedAway.UNKNOWN, "DTU-9999", "127.0.0.1")
        world.dial()
        await world.until_read("sick")


async def test_who_says_nothing_is_sent_away() -> None:
    async with house(register_within="100ms") as world:
        await world.read("sick")
        assert await stranger(world.port, b"") == b""
        assert await stranger(world.port, b"DTU-00") == b""
        assert world.book.strangers == [
            (TurnedAway.TOO_SLOW, "", "127.0.0.1"),
            (TurnedAway.TOO_SLOW, "DTU-00", "127.0.0.1"),
        ]


async def test_who_comes_and_goes_is_told_with_the_equipment_behind_it() -> None:
    async with house(
        source("sick", SICK, "DTU-0001"), source("well", WELL, "DTU-0001"), source("far", WELL, "hex:00 2A")
    ) as world:
        await world.read("sick")
        dtu = world.dial()
        await world.until_read("sick")
        assert world.book.arrivals == [("DTU-0001", ("sick", "well"), False)]
        await dtu.stop()
        await until(lambda: world.book.departures == ["DTU-0001"])
        world.dial(b"\x00\x2a", (WELL,))
        await until(lambda: world.book.arrivals[1:] == [("hex:00 2A", ("far",), False)])


async def test_a_connection_that_we_dial_has_no_callers() -> None:
    ours = ModbusConnection(
        "bus", connection("tcp://127.0.0.1:502"), [source("sick", SICK, None)], Skipping()
    )
    assert not ours.announce(Guestbook())


async def test_few_may_stand_at_the_door_and_those_inside_are_not_troubled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lobby_module, "AT_THE_DOOR", 3)
    async with house() as world:
        world.dial()
        await world.until_read("sick")
        waiting = [await asyncio.open_connection("127.0.0.1", world.port) for _ in range(6)]
        await until(lambda: world.book.refused == 3)
        assert {why for why, *_ in world.book.strangers} == {TurnedAway.CROWDED}
        assert complete(await world.read("sick"))
        for _, writer in waiting:
            writer.close()
        await until(lambda: not world.lobby._callers)


async def test_a_name_that_begins_like_another_is_waited_for_and_let_in() -> None:
    async with house(source("sick", SICK, "DTU-1"), source("well", WELL, "DTU-10")) as world:
        world.dial(b"DTU-10", (WELL,))
        world.dial(b"DTU-1", (SICK,))
        await world.until_read("well", "sick")


async def test_a_port_that_is_taken_is_named() -> None:
    async with house() as world, house() as other:
        await world.read("sick")
        object.__setattr__(other.lobby.settings.url, "port", world.port)
        with pytest.raises(NotConnected, match="cannot listen: Address already in use"):
            await other.driver.read("sick")


async def test_closing_lets_go_of_the_port_and_of_everybody() -> None:
    async with house() as world:
        world.dial()
        await world.until_read("sick")
        await world.driver.close()
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", world.port)
        await world.driver.close()


async def test_a_whole_plant_dials_in_like_a_modem(tmp_path: Path) -> None:
    port = free_port()
    text = f"""
    plant: far
    modbus: {{listen: "127.0.0.1:0", framing: rtu, dial: "127.0.0.1:{port}", registration: DTU-7, heartbeat: PING}}
    equipment:
      - {{id: pit, kind: sump-pit, unit: 3}}
      - {{id: meter, kind: sdm630, unit: 11}}
    """
    pit = equipment({"level": {"read": "input:0", "as": "uint16"}}, id="pit", device_id=3)
    meter = equipment({"u": {"read": "input:0", "as": "float32"}}, id="meter", device_id=11)
    settings = connection(f"listen+rtu://:{port}", timeout="1s", registration="DTU-7", heartbeat="PING")
    driver = ModbusConnection("modem", settings, [pit, meter], Skipping())

    async def read(id: str) -> Any:
        try:
            return (await driver.read(id)).values[0]
        except Transient:
            return None

    try:
        with pytest.raises(NotConnected, match="DTU-7 has not dialled in"):
            await driver.read("pit")
        async with Simulation(plant_file(tmp_path, text)):
            await until(lambda: read("pit"))
            assert 500 < await read("pit") < 3200, "millimetres in the pit"
            assert 200 < await read("meter") < 260, "volts"
    finally:
        await driver.close()


@pytest.mark.parametrize("scheme", ["listen+rtu", "listen+tcp"])
def test_on_the_loop_of_the_daemon_as_well(scheme: str) -> None:
    """The daemon runs on uvloop, whose transports are none of asyncio's by name."""

    async def read() -> None:
        async with house(scheme=scheme, heartbeat="hex:FE") as world:
            world.dial(heartbeat=b"\xfe", every=0.05)
            await world.until_read("sick", "well")
            assert await stranger(world.port, b"nobody") == b""

    uvloop.run(read())
