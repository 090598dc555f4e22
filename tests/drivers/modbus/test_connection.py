"""One device through the whole driver: what is refused, late or silent touches nothing else."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from drivers.modbus.connection import ModbusConnection
from monitor.domain.instant import Instant
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Scan
from monitor.domain.source import EquipmentSource
from monitor.ports import Transient
from tests.drivers.modbus.build import connection, equipment
from tests.drivers.modbus.raw_server import Action, Asked, RawServer, Send, asked
from tests.support.real_clock import RealClock


class Skipping(RealClock):
    """Real time that a test can jump ahead in."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> Instant:
        return super().now().after(self.ahead)


class Device:
    """A unit whose registers hold their own address, with addresses that it refuses or leaves unanswered."""

    def __init__(self) -> None:
        self.refused: set[int] = set()
        self.silent: set[int] = set()
        self.code = 2
        self.most = 125

    def __call__(self, request: bytes) -> Sequence[Action]:
        ask = asked(request)
        addresses = set(range(ask.start, ask.start + ask.count))
        if addresses & self.silent:
            return []
        if addresses & self.refused or ask.count > self.most:
            return [Send(ask.frame(bytes((ask.function | 0x80, self.code))))]
        return [Send(ask.words(*range(ask.start, ask.start + ask.count)))]


@asynccontextmanager
async def reading(
    source: EquipmentSource, answer: Callable[[bytes], Sequence[Action]], timeout: str = "60ms"
) -> AsyncIterator[tuple[ModbusConnection, RawServer, Skipping]]:
    clock = Skipping()
    async with RawServer(answer) as server:
        settings = connection(f"tcp://127.0.0.1:{server.port}", timeout=timeout)
        driver = ModbusConnection("bus", settings, [source], clock)
        try:
            yield driver, server, clock
        finally:
            await driver.close()


def row(count: int, spread: int = 1, **type_: object) -> EquipmentSource:
    """Points r0, r1, ... on holding registers, `spread` apart."""
    return equipment(
        {f"r{n}": {"read": f"holding:{n * spread}", "as": "uint16"} for n in range(count)}, id="dev", **type_
    )


def spans(server: RawServer) -> list[tuple[int, int]]:
    return [(each.start, each.count) for each in map(asked, server.requests)]


def of(scan: Scan) -> list[object]:
    return [scan.bad.get(i, value) for i, value in enumerate(scan.values)]


async def test_a_refused_address_is_found_marked_and_the_others_go_on() -> None:
    device = Device()
    device.refused = {5}
    async with reading(row(8), device) as (driver, server, _):
        scan = await driver.read("dev")
        assert of(scan) == [0, 1, 2, 3, 4, Quality.DECODE_ERROR, 6, 7]
        server.requests.clear()
        assert of(await driver.read("dev")) == of(scan)
        assert all(not start <= 5 < start + count for start, count in spans(server))
        assert len(server.requests) <= 3


async def test_a_refused_address_is_asked_for_again_after_ten_minutes() -> None:
    device = Device()
    device.refused = {5}
    async with reading(row(8), device) as (driver, server, clock):
        await driver.read("dev")
        device.refused.clear()
        assert of(await driver.read("dev"))[5] is Quality.DECODE_ERROR
        clock.ahead += 601
        server.requests.clear()
        assert of(await driver.read("dev")) == list(range(8))
        assert spans(server) == [(0, 8)]


async def test_a_device_that_takes_few_registers_at_a_time_is_still_read_whole() -> None:
    device = Device()
    device.most = 4
    device.code = 3
    async with reading(row(32), device) as (driver, _, _):
        values: list[object] = [ABSENT] * 32
        for _ in range(3):
            scan = await driver.read("dev")
            assert dict(scan.bad) == {}
            values = [old if new is ABSENT else new for old, new in zip(values, scan.values, strict=True)]
        assert values == list(range(32))
        assert of(await driver.read("dev")) == list(range(32))


async def test_a_device_that_refuses_a_gap_is_read_around_it() -> None:
    device = Device()
    device.refused = {1}
    async with reading(row(2, spread=2, limits={"max_gap": 5}), device) as (driver, server, _):
        assert of(await driver.read("dev")) == [0, 2]
        assert spans(server) == [(0, 3), (0, 1), (2, 1)]


async def test_a_table_that_the_device_does_not_have_costs_one_request() -> None:
    device = Device()
    device.refused, device.code = set(range(8)), 1
    async with reading(row(8), device) as (driver, server, _):
        assert of(await driver.read("dev")) == [Quality.DECODE_ERROR] * 8
        assert len(server.requests) == 1


async def test_a_device_that_refuses_everything_is_still_asked() -> None:
    device = Device()
    device.refused, device.code = {0}, 1
    async with reading(row(1), device) as (driver, server, _):
        for _ in range(3):
            assert of(await driver.read("dev")) == [Quality.DECODE_ERROR]
        assert len(server.requests) == 3


@pytest.mark.parametrize("code", [0x0A, 0x0B])
async def test_a_gateway_that_does_not_reach_the_device_is_transient_and_splits_nothing(code: int) -> None:
    device = Device()
    device.refused, device.code = set(range(8)), code
    async with reading(row(8), device) as (driver, server, _):
        with pytest.raises(Transient, match="gateway"):
            await driver.read("dev")
        device.refused.clear()
        assert of(await driver.read("dev")) == list(range(8))
        assert spans(server) == [(0, 8), (0, 8)]


@pytest.mark.parametrize("code", [0x04, 0x05, 0x06, 0x7F])
async def test_a_device_that_cannot_now_is_transient(code: int) -> None:
    device = Device()
    device.refused, device.code = set(range(8)), code
    async with reading(row(8), device) as (driver, _, _):
        with pytest.raises(Transient, match=f"0x{code:02X}"):
            await driver.read("dev")


async def test_a_block_that_fails_now_is_a_communication_failure_and_the_others_are_fresh() -> None:
    device = Device()
    device.refused, device.code = {100}, 4
    async with reading(row(2, spread=100), device) as (driver, _, _):
        assert of(await driver.read("dev")) == [0, Quality.COMM_FAILURE]
        device.refused.clear()
        assert of(await driver.read("dev")) == [0, 100]


async def test_one_silent_block_is_set_aside_and_does_not_cost_a_timeout_each_turn() -> None:
    device = Device()
    device.silent = {100}
    async with reading(row(3, spread=100), device) as (driver, server, clock):
        first = await driver.read("dev")
        assert of(first) == [0, Quality.COMM_FAILURE, ABSENT]  # the third was not asked in this turn
        server.requests.clear()
        assert of(await driver.read("dev")) == [0, Quality.COMM_FAILURE, 200]
        assert spans(server) == [(0, 1), (200, 1)]
        device.silent.clear()
        clock.ahead += 11
        assert of(await driver.read("dev")) == [0, 100, 200]


async def test_a_device_whose_first_block_alone_is_silent_is_not_taken_for_dead() -> None:
    device = Device()
    device.silent = {0}
    async with reading(row(2, spread=100), device) as (driver, _, _):
        with pytest.raises(Transient):
            await driver.read("dev")
        assert of(await driver.read("dev")) == [Quality.COMM_FAILURE, 100]


async def test_a_turn_that_failed_gives_none_of_the_values_it_had() -> None:
    async with reading(row(1), Device()) as (driver, server, _):
        await driver.read("dev")
        server.answer = lambda request: []
        for _ in range(2):
            with pytest.raises(Transient):
                await driver.read("dev")


async def test_one_that_fell_silent_is_asked_briefly_from_the_second_turn_on() -> None:
    async with reading(row(1), Device(), timeout="400ms") as (driver, server, _):
        await driver.read("dev")
        server.answer = lambda request: []
        loop = asyncio.get_running_loop()
        took = []
        for _ in range(4):
            began = loop.time()
            with pytest.raises(Transient):
                await driver.read("dev")
            took.append(loop.time() - began)
        assert took[0] > 0.35
        assert max(took[1:]) < 0.25


async def test_one_that_became_slow_is_found_again_by_its_late_answer() -> None:
    async with reading(row(1), Device(), timeout="400ms") as (driver, server, _):
        await driver.read("dev")
        server.answer = lambda request: []
        with pytest.raises(Transient):
            await driver.read("dev")
        server.answer = lambda request: [Send(asked(request).words(7), after=0.25)]
        with pytest.raises(Transient):
            await driver.read("dev")  # too brief for it
        await asyncio.sleep(0.3)  # meanwhile the answer comes: no value, but a sign of life
        for _ in range(3):
            assert of(await driver.read("dev")) == [7]


async def test_the_same_bytes_give_the_same_scan_again_and_only_then() -> None:
    device = Device()
    async with reading(row(2, spread=100), device) as (driver, server, _):
        first, second = await driver.read("dev"), await driver.read("dev")
        assert (first.repeats, second.repeats) == (False, True)
        assert second.values == first.values
        assert second.received.steady > first.received.steady
        server.answer = lambda request: [Send(asked(request).words(asked(request).start + 1))]
        third = await driver.read("dev")
        assert (third.repeats, third.values) == (False, (1, 101))
        assert (await driver.read("dev")).repeats


async def test_other_bytes_give_a_scan_that_says_what_moved_since_the_one_before() -> None:
    device = Device()
    async with reading(row(3, spread=100), device) as (driver, server, _):
        first = await driver.read("dev")
        server.answer = lambda request: [
            Send(asked(request).words(7 if asked(request).start == 100 else asked(request).start))
        ]
        second = await driver.read("dev")
        assert (second.since, list(second.moved), second.values) == (first.values, [1], (0, 7, 200))
        assert second.since is first.values
        third = await driver.read("dev")
        assert third.repeats
        assert third.values is second.values


@pytest.mark.parametrize("code", [None, 4, 2])
async def test_after_anything_that_failed_the_next_scan_repeats_nothing(code: int | None) -> None:
    device = Device()
    async with reading(row(2, spread=100), device) as (driver, _, _):
        await driver.read("dev")
        (device.silent if code is None else device.refused).add(0)
        device.code = code or 0
        with suppress(Transient):
            assert not (await driver.read("dev")).repeats
        device.silent.clear()
        device.refused.clear()
        scan = await driver.read("dev")
        assert scan.repeats is (code == 2)  # a refused point stays refused for a while: nothing moved


async def test_a_refused_point_does_not_keep_the_rest_from_repeating() -> None:
    device = Device()
    device.refused = {100}
    async with reading(row(3, spread=100), device) as (driver, _, _):
        assert not (await driver.read("dev")).repeats
        await driver.read("dev")
        again = await driver.read("dev")
        assert again.repeats
        assert of(again) == [0, Quality.DECODE_ERROR, 200]


async def test_a_probe_shows_question_and_answer_even_of_a_refusal() -> None:
    device = Device()
    device.refused = {1}
    async with reading(row(2), device) as (driver, _, _):
        scan, raw = await driver.probe("dev")
        assert of(scan) == [0, Quality.DECODE_ERROR]
        assert [(each.request, each.answer.hex()) for each in raw] == [
            ("unit 1 holding:0+2", "8302"),
            ("unit 1 holding:0+1", "0000"),
            ("unit 1 holding:1+1", "8302"),
        ]
        parts = {key: (part.content, part.odd) for key, part in raw[-1].points.items()}
        assert parts == {"r1": (b"", "holding:1+1: exception 0x02, illegal data address")}


async def test_several_in_flight_take_as_many_connections_and_mix_nothing_up() -> None:
    def slow(request: bytes) -> Sequence[Action]:
        ask: Asked = asked(request)
        return [Send(ask.words(ask.unit), after=0.02)]

    units = [
        equipment({"x": {"read": "holding:0", "as": "uint16"}}, id=f"u{n}", device_id=n) for n in range(1, 9)
    ]
    async with RawServer(slow) as server:
        settings = connection(f"tcp://127.0.0.1:{server.port}", in_flight=4)
        driver = ModbusConnection("bus", settings, units, RealClock())
        scans = await asyncio.gather(*(driver.read(unit.id) for unit in units))
        assert [scan.values for scan in scans] == [(n,) for n in range(1, 9)]
        assert server.connections == 4
        await driver.close()


def test_a_value_longer_than_the_device_allows_is_named() -> None:
    source = equipment(
        {"name": {"read": "holding:0", "as": "string:40"}}, id="dev", limits={"max_registers": 16}
    )
    with pytest.raises(
        ValueError, match=r"dev\.name: read: holding:0 takes 20 addresses, the device allows 16"
    ):
        ModbusConnection("bus", connection("tcp://127.0.0.1:1"), [source], RealClock())


async def test_several_in_flight_share_one_connection_and_are_told_apart_in_any_order() -> None:
    def later_for_lower(request: bytes) -> Sequence[Action]:
        ask: Asked = asked(request)
        return [Send(ask.words(ask.unit), after=0.02 * (9 - ask.unit))]

    units = [
        equipment({"x": {"read": "holding:0", "as": "uint16"}}, id=f"u{n}", device_id=n) for n in range(1, 9)
    ]
    async with RawServer(later_for_lower) as server:
        settings = connection(f"tcp://127.0.0.1:{server.port}", in_flight=4, connections=1)
        driver = ModbusConnection("bus", settings, units, RealClock())
        scans = await asyncio.gather(*(driver.read(unit.id) for unit in units))
        assert [scan.values for scan in scans] == [(n,) for n in range(1, 9)]
        assert server.connections == 1
        await driver.close()
