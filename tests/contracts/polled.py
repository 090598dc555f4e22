"""What every ports.PolledConnection must do, whatever its protocol.

A test class derives from `PolledContract` and gives the fixture `wire`.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

import pytest

from monitor.domain.reading import Quality
from monitor.domain.scan import Scan
from monitor.ports import NotConnected, PolledConnection, RawRead, Transient


class Wire(Protocol):
    """The far side: one equipment, `pump`, with the points `level` (a number) and `running` (bool)."""

    def connection(self) -> PolledConnection:
        """The connection under test, always the same one."""
        ...

    async def holds(self, level: int, running: bool) -> None:
        """From now on the equipment answers with these."""
        ...

    async def goes_silent(self) -> None:
        """From now on the equipment takes requests and answers none."""
        ...

    async def loses_level(self) -> None:
        """From now on what the equipment says of `level` cannot be used, and the rest can."""
        ...

    async def goes_away(self) -> None:
        """From now on there is nobody to connect to."""
        ...

    async def comes_back(self) -> None:
        """There is somebody to connect to again, answering."""
        ...


async def eventually(connection: PolledConnection, done: Callable[[Scan], bool]) -> Scan:
    """Read until a scan is as wanted; failures on the way do not matter, but it must not take 10 s."""
    async with asyncio.timeout(10):
        while True:
            try:
                scan = await connection.read("pump")
            except Transient:
                await asyncio.sleep(0.02)
            else:
                if done(scan):
                    return scan


class PolledContract:
    """The suite."""

    async def test_a_reading_has_every_point_in_the_order_of_the_plan(self, wire: Wire) -> None:
        await wire.holds(42, True)
        scan = await wire.connection().read("pump")
        assert [point.key for point in scan.plan.points] == ["level", "running"]
        assert (scan.values, dict(scan.bad)) == ((42, True), {})

    async def test_a_reading_that_was_started_is_told_of_once_with_the_same_values(self, wire: Wire) -> None:
        await wire.holds(42, True)
        await wire.connection().read("pump")
        told: list[Scan | Exception] = []
        for level in (43, 44):
            await wire.holds(level, True)
            wire.connection().start("pump", told.append)
            async with asyncio.timeout(10):
                while len(told) < level - 42:
                    await asyncio.sleep(0.01)
        assert [isinstance(scan, Scan) and scan.values for scan in told] == [(43, True), (44, True)]

    async def test_a_reading_that_was_started_tells_of_silence(self, wire: Wire) -> None:
        await wire.holds(42, True)
        await wire.connection().read("pump")
        await wire.goes_silent()
        heard: asyncio.Future[Scan | Exception] = asyncio.get_running_loop().create_future()
        wire.connection().start("pump", heard.set_result)
        assert isinstance(await asyncio.wait_for(heard, 10), Transient)

    async def test_each_reading_is_fresh(self, wire: Wire) -> None:
        await wire.holds(1, False)
        first = await wire.connection().read("pump")
        await wire.holds(2, True)
        second = await wire.connection().read("pump")
        assert (first.values, second.values) == ((1, False), (2, True))
        assert second.received.steady >= first.received.steady

    async def test_silence_is_transient_and_gives_no_scan(self, wire: Wire) -> None:
        await wire.holds(42, True)
        await wire.connection().read("pump")
        await wire.goes_silent()
        for _ in range(2):
            with pytest.raises(Transient):
                await wire.connection().read("pump")
        await wire.holds(43, True)
        assert (await eventually(wire.connection(), lambda scan: True)).values == (43, True)

    async def test_what_cannot_be_used_is_bad_and_the_rest_goes_on(self, wire: Wire) -> None:
        await wire.holds(42, True)
        await wire.loses_level()
        scan = await eventually(wire.connection(), lambda scan: 0 in scan.bad)
        assert (scan.bad[0], scan.values[0]) == (Quality.DECODE_ERROR, None)
        assert (scan.values[1], 1 in scan.bad) == (True, False)

    async def test_a_link_that_is_down_is_told_apart_and_comes_back_by_itself(self, wire: Wire) -> None:
        await wire.holds(42, True)
        await wire.connection().read("pump")
        await wire.goes_away()
        with pytest.raises(Transient):
            await wire.connection().read("pump")
        with pytest.raises(NotConnected):
            await wire.connection().read("pump")
        await wire.comes_back()
        await wire.holds(44, False)
        assert (await eventually(wire.connection(), lambda scan: True)).values == (44, False)

    async def test_cancelling_is_not_swallowed_and_the_next_reading_is_right(self, wire: Wire) -> None:
        await wire.holds(42, True)
        await wire.connection().read("pump")
        await wire.goes_silent()
        task = asyncio.ensure_future(wire.connection().read("pump"))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await wire.holds(45, True)
        assert (await eventually(wire.connection(), lambda scan: True)).values == (45, True)

    async def test_a_probe_shows_the_raw_answers_beside(self, wire: Wire) -> None:
        await wire.holds(42, True)
        scan, raw = await wire.connection().probe("pump")
        assert scan.values == (42, True)
        assert raw
        assert all(isinstance(each, RawRead) and each.request and each.answer for each in raw)

    async def test_an_unknown_equipment_is_a_mistake_of_ours(self, wire: Wire) -> None:
        with pytest.raises(KeyError):
            await wire.connection().read("nobody")

    async def test_closing_twice_is_harmless(self, wire: Wire) -> None:
        await wire.holds(42, True)
        await wire.connection().read("pump")
        await wire.connection().close()
        await wire.connection().close()

    async def test_there_is_no_way_to_write(self, wire: Wire) -> None:
        public = {name for name in dir(wire.connection()) if not name.startswith("_")}
        assert public <= {"id", "read", "start", "probe", "announce", "close"}
