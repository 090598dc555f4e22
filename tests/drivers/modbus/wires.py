"""Two devices on the simulators' raw-bytes server, one driver in front: what it reads is held against what was there.

The devices say in every value which unit, which turn and which address it belongs to, so that an answer of another
unit, of an earlier request or of another block is known for what it is.
"""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from drivers.modbus.connection import ModbusConnection
from drivers.modbus.questions import SET_ASIDE_MOST
from monitor.domain.instant import Instant
from monitor.domain.scan import ABSENT, Scan
from monitor.domain.source import EquipmentSource
from monitor.ports import Transient
from simulators import fields
from simulators.wire import faults
from simulators.wire.bus import Bus, Unit
from simulators.wire.datagrams import DatagramServer
from simulators.wire.dial_out import DialOut
from simulators.wire.framing import ASCII, MBAP, RTU
from simulators.wire.modbus_server import ModbusServer
from simulators.wire.registers import RegisterBank, Table
from simulators.wire.serial_line import SerialLine
from tests.drivers.modbus.build import connection, equipment
from tests.servers.certificates import Authority
from tests.servers.ports import free_port
from tests.support.real_clock import RealClock

SICK, WELL = 3, 4
STREAMS = ("tcp", "tls", "rtu+tcp", "listen+rtu")
FRAMES = {
    "tcp": MBAP,
    "udp": MBAP,
    "tls": MBAP,
    "rtu+tcp": RTU,
    "listen+rtu": RTU,
    "rtu": RTU,
    "ascii": ASCII,
}
TIMEOUT = 0.06
NOTHING_SAID: Mapping[str, str] = MappingProxyType({})
LATE = "80ms"
"""Later than the time-out, and within the silence that is kept after it where frames have no number."""

_HOLDING, _COILS, _INPUTS = range(4), range(8), range(10, 12)


class Skipping(RealClock):
    """Real time that a test can jump ahead in. `haste` shortens pauses: how long a link rests is not tested here."""

    def __init__(self, haste: float = 1.0) -> None:
        self.ahead = 0.0
        self._haste = haste

    def now(self) -> Instant:
        """This instant, and what was skipped."""
        return super().now().after(self.ahead)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await super().sleep(seconds / self._haste)


class Wire:
    """The far side, and the driver that looks at it."""

    def __init__(self, bus: Bus, driver: ModbusConnection, clock: Skipping) -> None:
        self.bus = bus
        self.driver = driver
        self.clock = clock
        self.turn = 0

    def inject(self, name: str, arguments: Mapping[str, str] = NOTHING_SAID, unit: int = SICK) -> None:
        """Begin a fault of one unit, with its arguments as a plant file writes them."""
        built = fields.build(faults.FAULTS[name].arguments, arguments)
        self.bus.units[unit].behaviour = faults.behaviour_of({name: built})

    def clear(self, unit: int = SICK) -> None:
        """End the fault of a unit."""
        self.bus.units[unit].behaviour = faults.behaviour_of({})

    async def look(self, id: str) -> Scan | Transient:
        """Read once, in a turn of its own; what is said is held against what is there."""
        self.turn += 1
        for number, unit in self.bus.units.items():
            fill(unit.bank, number, self.turn)
        try:
            scan = await self.driver.read(id)
        except Transient as error:
            return error
        return honest(scan, expected(SICK if id == "sick" else WELL, self.turn))

    async def right(self, id: str, tries: int = 1) -> bool:
        """Whether a reading is complete and right within so many tries."""
        for _ in range(tries):
            if complete(await self.look(id)):
                return True
            self.clock.ahead += SET_ASIDE_MOST  # a block that alone got no answer is left alone for a while
            await RealClock().sleep(0.02)
        return False


def honest(scan: Scan, there: list[object]) -> Scan:
    """The scan, none of whose values is anything but what was there."""
    for at, (value, real) in enumerate(zip(scan.values, there, strict=True)):
        known_bad = at in scan.bad and scan.bad[at].bad and value is None
        assert value is ABSENT or known_bad or (value == real and at not in scan.bad), (
            f"{scan.plan.points[at].id} is {value!r}, the device said {real!r}"
        )
    return scan


def complete(told: Scan | Transient) -> bool:
    """Everything there, everything good."""
    return isinstance(told, Scan) and not told.bad and ABSENT not in told.values


def word(unit: int, turn: int, address: int) -> int:
    """A register that tells where and when it was read."""
    return unit << 12 | turn % 64 << 6 | address


def fill(bank: RegisterBank, unit: int, turn: int) -> None:
    """Give a device the values of a turn."""
    bank.words(Table.HOLDING, 0, [word(unit, turn, at) for at in _HOLDING])
    bank.bits(Table.COIL, 0, [bool((turn + unit) >> at & 1) for at in _COILS])
    bank.words(Table.INPUT, _INPUTS.start, [word(unit, turn, at) for at in _INPUTS])


def expected(unit: int, turn: int) -> list[object]:
    """The same, in the order of the points."""
    words: list[object] = [word(unit, turn, at) for at in _HOLDING]
    bits: list[object] = [bool((turn + unit) >> at & 1) for at in _COILS]
    return [*words, *bits, *(word(unit, turn, at) for at in _INPUTS)]


def device(id: str, unit: int, interval: float = 1.0) -> EquipmentSource:
    """Both devices alike: three blocks of three tables."""
    points: dict[str, dict[str, Any]] = {}
    points |= {f"h{at}": {"read": f"holding:{at}", "as": "uint16"} for at in _HOLDING}
    points |= {f"c{at}": {"read": f"coil:{at}", "as": "bool"} for at in _COILS}
    points |= {f"i{at}": {"read": f"input:{at}", "as": "uint16"} for at in _INPUTS}
    return equipment(points, id=id, device_id=unit, interval=interval)


@asynccontextmanager
async def wired(
    transport: str, authority: Path | None = None, timeout: float = TIMEOUT
) -> AsyncIterator[Wire]:
    """Both devices behind a transport; for TLS, where the certificates are. `timeout` in seconds."""
    async with _served(transport, authority) as (bus, url, more):
        settings = connection(url, timeout=f"{timeout * 1000:.0f}ms", **more)
        clock = Skipping(haste=4.0 if transport in STREAMS else 2.0)
        driver = ModbusConnection("bus", settings, [device("sick", SICK), device("well", WELL)], clock)
        try:
            yield Wire(bus, driver, clock)
        finally:
            await driver.close()


@asynccontextmanager
async def _served(transport: str, folder: Path | None) -> AsyncIterator[tuple[Bus, str, dict[str, str]]]:
    units = {number: Unit(RegisterBank()) for number in (SICK, WELL)}
    more: dict[str, str] = {}
    if transport in ("rtu", "ascii"):
        line = SerialLine(units, FRAMES[transport])
        url = f"{transport}://{line.start()}?baud=115200&parity=N"
        try:
            yield line.bus, url, more
        finally:
            line.stop()
        return
    if transport == "listen+rtu":
        port, modem = free_port(), DialOut(Bus(units, RTU), b"DTU-1", again=0.01)
        modem.start("127.0.0.1", port)
        try:
            yield modem.bus, f"listen+rtu://:{port}", {"registration": "DTU-1"}
        finally:
            await modem.stop()
        return
    if transport == "tls":
        assert folder is not None
        more["ca_file"] = str(folder / "ca.pem")
    server = DatagramServer(units) if transport == "udp" else _stream(units, transport, folder)
    _, port = await server.start("127.0.0.1", 0)
    try:
        yield server.bus, f"{transport}://127.0.0.1:{port}", more
    finally:
        await server.stop()


def _stream(units: dict[int, Unit], transport: str, folder: Path | None) -> ModbusServer:
    if transport != "tls":
        return ModbusServer(units, FRAMES[transport])
    assert folder is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "device.pem", folder / "device.key")
    return ModbusServer(units, MBAP, context)


def certificates(folder: Path) -> Path:
    """A folder with an authority and a device's certificate for 127.0.0.1."""
    Authority(folder).issue("device", alternative="IP:127.0.0.1")
    return folder
