"""Every fault of the wire by its name, on every transport where it can happen: no value that the device did not send in
answer to that request, the other unit goes on, and after the fault the next turn is right again."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import uvloop

from drivers.modbus import location as driver
from drivers.modbus.answers import LinkLost, Refused, Unanswered
from drivers.modbus.link import Link
from drivers.modbus.plan import Block, Want
from drivers.modbus.questions import SET_ASIDE_MOST
from monitor.domain.scan import Scan
from monitor.engine.polling import Poller
from monitor.engine.tally import Tally
from monitor.ports import BrokerSession, NotConnected, Transient
from simulators import fields
from simulators.wire import behaviour, faults
from simulators.wire.bus import Bus, Unit
from simulators.wire.faults import connections
from simulators.wire.modbus_server import ModbusServer
from simulators.wire.registers import RegisterBank, Table
from tests.drivers.modbus.build import connection
from tests.drivers.modbus.wires import (
    FRAMES,
    LATE,
    NOTHING_SAID,
    SICK,
    STREAMS,
    TIMEOUT,
    WELL,
    Skipping,
    Wire,
    certificates,
    complete,
    device,
    fill,
    wired,
)
from tests.servers.certificates import Authority

pytestmark = pytest.mark.slow

RIGHT = "right"
"""Such an answer can be read, and is."""
NOTHING = "nothing"
"""Nobody answered, as far as can be told."""
LOST = "lost"
"""The connection went away."""
NO = "no"
"""The device says no."""
PART = "part"
"""Some of it is read rightly, and the rest is known to be missing."""
ANY = "any"
"""Read rightly or not at all, as the pieces happen to arrive."""


class Case(NamedTuple):
    """What a fault does to a reading: with an MBAP header, and without one."""

    numbered: str
    plain: str
    arguments: Mapping[str, str] = NOTHING_SAID


CASES = {
    "not_answering": Case(NOTHING, NOTHING),
    "slow": Case(NOTHING, NOTHING, {"delay": LATE}),
    "one_late": Case(ANY, ANY, {"delay": LATE}),
    "late_with_next": Case(ANY, NOTHING),
    "shifted": Case(NOTHING, NOTHING),
    "split": Case(RIGHT, RIGHT),
    "slow_drip": Case(NOTHING, NOTHING, {"pause": "20ms"}),
    "exception": Case(NO, NO),
    "wrong_exception": Case(NOTHING, NOTHING),
    "wrong_function": Case(NOTHING, NOTHING),
    "write_answer": Case(NOTHING, NOTHING),
    "short_count": Case(NOTHING, NOTHING, {"missing": "1"}),
    "too_long": Case(NOTHING, NOTHING),
    "lying_count": Case(NOTHING, NOTHING),
    "few_at_a_time": Case(RIGHT, RIGHT),
    "illegal_address": Case(PART, PART),
    "wrong_transaction": Case(NOTHING, NOTHING),
    "wrong_unit": Case(NOTHING, NOTHING),
    "broadcast_answer": Case(NOTHING, NOTHING),
    "foreign_protocol": Case(NOTHING, NOTHING),
    "wrong_length": Case(NOTHING, NOTHING),
    "crc_error": Case(NOTHING, NOTHING),
    "cut_short": Case(NOTHING, NOTHING),
    "garbage": Case(NOTHING, NOTHING),
    "garbage_then_right": Case(ANY, ANY),
    "noise": Case(ANY, ANY),
    "duplicate": Case(RIGHT, ANY),
    "two_answers": Case(RIGHT, ANY),
    "echo": Case(ANY, ANY),
    "echo_only": Case(NOTHING, NOTHING),
    "reset": Case(LOST, LOST),
    "hang_up": Case(LOST, LOST),
    "half_close": Case(LOST, LOST),
    "half_open": Case(NOTHING, NOTHING),
}


def matrix() -> list[tuple[str, str]]:
    """Every fault on every transport where it has a meaning."""
    return [
        (transport, name)
        for transport, framing in FRAMES.items()
        for name in CASES
        if not faults.cannot_happen(name, framing.name)
        and (transport in STREAMS or name not in connections.NAMES)
    ]


def test_every_fault_has_its_case() -> None:
    assert CASES.keys() == faults.FAULTS.keys()


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize(("transport", "name"), matrix())
async def test_a_fault_by_its_name(transport: str, name: str, certified: Path) -> None:
    outcomes = said(transport, name)
    # Where nothing has to be waited for, a slow machine gets the time it needs.
    timeout = TIMEOUT if outcomes in (NOTHING, ANY) else 2.0
    async with wired(transport, certified, timeout) as wire:
        assert await wire.right("sick", tries=20)  # a modem takes a moment to dial in
        wire.inject(name, CASES[name].arguments)
        told = [await looked_at(wire, transport, name) for _ in range(2)]
        assert outcome(told) <= allowed(outcomes), told
        wire.clear()
        wire.clock.ahead += SET_ASIDE_MOST
        assert await wire.right("sick", tries=TRIES)


TRIES = 6
"""Where the connection itself went, a turn or two may pass until it is there again."""


def said(transport: str, name: str) -> str:
    """What a reading comes to under the fault."""
    if (transport, name) == ("tls", "half_close"):
        return NOTHING  # TLS cannot be half closed: the device falls silent
    return CASES[name].numbered if FRAMES[transport].numbered else CASES[name].plain


def nobody_can_answer(transport: str, name: str) -> bool:
    """The fault of one unit is, of its nature, one of the others too."""
    # A connection where nobody is, is so for all; on one pair of wires a trickle runs into the neighbour's answer.
    return (
        name == "half_open"
        or (transport, name) == ("tls", "half_close")
        or (transport in ("rtu", "ascii") and name == "slow_drip")
    )


async def looked_at(wire: Wire, transport: str, name: str) -> Scan | Transient:
    """One turn under the fault, and the other unit beside it."""
    told = await wire.look("sick")
    if nobody_can_answer(transport, name):
        await wire.look("well")  # honest all the same
    else:
        assert await wire.right("well", tries=6), told
    return told


def outcome(told: list[Scan | Transient]) -> set[str]:
    return {_of(each) for each in told}


def _of(told: Scan | Transient) -> str:
    match told:
        case Scan():
            return RIGHT if complete(told) else PART
        case Refused():
            return NO
        case LinkLost() | NotConnected():
            return LOST
        case Unanswered():
            return NOTHING
    raise AssertionError(f"an error without a kind: {told!r}")


def allowed(name: str) -> set[str]:
    return {RIGHT, NOTHING, LOST, PART} if name == ANY else {name}


@pytest.mark.parametrize("transport", STREAMS)
def test_every_stream_is_read_on_the_loop_of_the_daemon_as_well(transport: str, certified: Path) -> None:
    """The daemon runs on uvloop, whose transports are none of asyncio's by name."""

    async def read() -> None:
        async with wired(transport, certified, 2.0) as wire:
            assert await wire.right("sick", tries=20)
            wire.inject("hang_up")
            assert not complete(await wire.look("sick"))
            wire.clear()
            assert await wire.right("sick", tries=20)

    uvloop.run(read())


# The library's own mistakes, at their real size (pymodbus takes the first two for good and drops the third)


@asynccontextmanager
async def asking(transport: str, name: str, **arguments: str) -> AsyncIterator[tuple[Link, Bus]]:
    """A bare link to one unit of 500 registers that suffers a fault; each register holds its own address."""
    bank = RegisterBank()
    bank.words(Table.HOLDING, 0, range(500))
    built = fields.build(faults.FAULTS[name].arguments, arguments)
    server = ModbusServer({SICK: Unit(bank, faults.behaviour_of({name: built}))}, FRAMES[transport])
    _, port = await server.start("127.0.0.1", 0)
    link = Link(connection(f"{transport}://127.0.0.1:{port}", timeout="80ms"), Skipping(haste=4))
    try:
        yield link, server.bus
    finally:
        await link.close()
        await server.stop()


def registers(start: int, count: int = 125) -> Block:
    return Block(driver.Table.HOLDING, start, count, (Want(driver.Table.HOLDING, start, count),))


def holding(start: int, count: int = 125) -> bytes:
    return b"".join(address.to_bytes(2, "big") for address in range(start, start + count))


@pytest.mark.parametrize("transport", ["tcp", "rtu+tcp"])
async def test_122_registers_are_no_answer_to_125_asked(transport: str) -> None:
    async with asking(transport, "short_count", missing="3") as (link, bus):
        with pytest.raises(Unanswered):
            await link.ask(SICK, registers(0))
        bus.units[SICK].behaviour = behaviour.normal
        assert await link.ask(SICK, registers(0)) == holding(0)


@pytest.mark.parametrize("transport", ["tcp", "rtu+tcp"])
async def test_an_answer_of_function_4_is_none_to_function_3(transport: str) -> None:
    async with asking(transport, "wrong_function") as (link, bus):
        with pytest.raises(Unanswered):
            await link.ask(SICK, registers(0))
        bus.units[SICK].behaviour = behaviour.normal
        assert await link.ask(SICK, registers(0)) == holding(0)


async def test_late_and_right_in_one_segment_of_500_bytes_give_the_right_one() -> None:
    async with asking("tcp", "late_with_next") as (link, _):
        with pytest.raises(Unanswered):
            await link.ask(SICK, registers(0))
        assert await link.ask(SICK, registers(300)) == holding(300)


async def test_on_rtu_over_tcp_one_late_answer_shifts_none_of_those_after_it() -> None:
    async with asking("rtu+tcp", "one_late", delay="100ms") as (link, _):
        with pytest.raises(Unanswered):
            await link.ask(SICK, registers(0, 2))
        for start in range(10, 400, 40):
            assert await link.ask(SICK, registers(start, 2)) == holding(start, 2)
            await asyncio.sleep(0.005)


async def test_exceptions_are_all_told_by_their_code_and_leave_the_link_standing() -> None:
    async with asking("tcp", "exception") as (link, bus):
        for code in range(1, 256):
            bus.units[SICK].behaviour = behaviour.exceptional(code)
            with pytest.raises(Refused) as caught:
                await link.ask(SICK, registers(0))
            assert caught.value.code == code
        assert bus.recorder.connections == 1


async def test_who_refuses_connections_is_told_at_once_and_read_when_he_takes_them_again() -> None:
    bank = RegisterBank()
    bank.words(Table.HOLDING, 0, range(500))
    server = ModbusServer({SICK: Unit(bank)})
    _, port = await server.start("127.0.0.1", 0)
    link = Link(connection(f"tcp://127.0.0.1:{port}", timeout="10s"), Skipping(haste=4))
    assert await link.ask(SICK, registers(0)) == holding(0)
    await server.refuse(True)
    async with asyncio.timeout(8):
        with contextlib.suppress(LinkLost, NotConnected):  # this one may find the connection just going
            await link.ask(SICK, registers(0))
        with pytest.raises(NotConnected):
            await link.ask(SICK, registers(0))
        await server.refuse(False)
        while True:
            with contextlib.suppress(NotConnected, LinkLost):
                assert await link.ask(SICK, registers(0)) == holding(0)
                break
            await asyncio.sleep(0.02)
    await link.close()
    await server.stop()


@pytest.mark.parametrize("wrong", ["another authority", "another name"])
async def test_a_device_that_cannot_prove_who_it_is_is_not_read(
    wrong: str, certified: Path, tmp_path: Path
) -> None:
    believed = certified
    if wrong == "another authority":
        Authority(tmp_path)
        believed = tmp_path
    host = "127.0.0.1" if wrong == "another authority" else "localhost"
    bank = RegisterBank()
    bank.words(Table.HOLDING, 0, range(500))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified / "device.pem", certified / "device.key")
    server = ModbusServer({SICK: Unit(bank)}, tls=context)
    _, port = await server.start("127.0.0.1", 0)
    settings = connection(f"tls://{host}:{port}", timeout="5s", ca_file=str(believed / "ca.pem"))
    link = Link(settings, Skipping(haste=4))
    with pytest.raises(NotConnected, match=r"(?i)certificate|hostname"):
        await link.ask(SICK, registers(0))
    assert server.recorder.functions == frozenset()
    await link.close()
    await server.stop()


# What the engine hears of it


class Heard:
    """Implements ports.Inlet."""

    def __init__(self) -> None:
        self.scans: list[str] = []
        self.answers: list[tuple[str, bool]] = []

    def scan(self, scan: Scan) -> None:
        self.scans.append(scan.plan.equipment)

    def answering(self, equipment: str, answering: bool, reason: str) -> None:
        self.answers.append((equipment, answering))

    def link(self, connection: str, up: bool, reason: str, session: BrokerSession | None = None) -> None: ...

    def discarded(self, connection: str, equipment: str | None, reason: str) -> None: ...

    async def safe(self) -> None: ...


@pytest.mark.parametrize("name", ["garbage", "wrong_unit", "slow_drip", "exception"])
async def test_a_device_that_says_nothing_usable_is_told_as_not_answering_and_the_other_is_read(
    name: str,
) -> None:
    async with wired("tcp") as wire:
        heard, sources = Heard(), [device("sick", SICK, 0.02), device("well", WELL, 0.02)]
        for unit, each in wire.bus.units.items():
            fill(each.bank, unit, 1)
        wire.inject(name)
        poller = Poller("bus", wire.driver, sources, wire.clock, heard, Tally())
        task = asyncio.create_task(poller.run())
        async with asyncio.timeout(10):
            while ("sick", False) not in heard.answers or heard.scans.count("well") < 5:
                await asyncio.sleep(0.01)
            assert "sick" not in heard.scans
            wire.clear()
            wire.clock.ahead += 600  # the breaker tries again
            while "sick" not in heard.scans:
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert ("well", False) not in heard.answers
        assert heard.answers[-1] == ("sick", True)
