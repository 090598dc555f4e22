"""What every ports.PushedConnection must do, whatever its protocol.

A test class derives from `PushedContract` and gives the fixture `wire`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import pytest

from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Scan
from monitor.ports import PushedConnection


class Recorded(Protocol):
    """The inlet of the test: keeps all it is given, in order."""

    scans: list[Scan]
    answers: list[tuple[str, bool, str]]
    links: list[tuple[bool, str]]
    discards: list[tuple[str | None, str]]

    def scan(self, scan: Scan) -> None: ...
    def answering(self, equipment: str, answering: bool, reason: str) -> None: ...
    def link(self, connection: str, up: bool, reason: str) -> None: ...
    def discarded(self, connection: str, equipment: str | None, reason: str) -> None: ...


class Wire(Protocol):
    """The far side: one equipment with the points `leak` (bool) and `battery` (number), and its broker."""

    inlet: Recorded

    def connection(self) -> PushedConnection:
        """A connection to the broker, not yet running."""
        ...

    async def speak(self, leak: bool) -> None:
        """The equipment says `leak`, and nothing of `battery`."""
        ...

    async def rave(self) -> None:
        """The equipment says what cannot be understood."""
        ...

    async def lose(self) -> None:
        """The broker goes away."""
        ...

    async def find(self) -> None:
        """The broker is back."""
        ...


async def until(holds: Callable[[], bool], what: str, seconds: float = 15.0) -> None:
    """Wait for something the other side brings about."""
    try:
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"not within {seconds:g} s: {what}") from None


def leaks(scans: list[Scan]) -> list[Any]:
    """What was said of `leak`, in order."""
    values = [scan.values[scan.plan.index["leak"]] for scan in scans]
    return [value for value in values if value is not ABSENT]


@asynccontextmanager
async def running(wire: Wire) -> AsyncIterator[asyncio.Task[None]]:
    """A connection that runs and is up."""
    connection = wire.connection()
    task = asyncio.create_task(connection.run(wire.inlet))
    try:
        await until(lambda: task.done() or bool(wire.inlet.links and wire.inlet.links[-1][0]), "link up")
        assert not task.done(), task
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connection.close()


class PushedContract:
    """Derive, and give `wire`."""

    @pytest.fixture
    def wire(self) -> Wire:
        raise NotImplementedError

    async def test_a_live_message_is_a_good_scan_of_what_it_spoke_of(self, wire: Wire) -> None:
        async with running(wire):
            await wire.speak(leak=True)
            await until(lambda: leaks(wire.inlet.scans) == [True], "the message")
        [scan] = wire.inlet.scans
        assert scan.bad == {}
        assert scan.values[scan.plan.index["battery"]] is ABSENT

    async def test_what_cannot_be_understood_is_named_and_stops_nothing(self, wire: Wire) -> None:
        async with running(wire):
            await wire.rave()
            await wire.speak(leak=True)
            await until(lambda: leaks(wire.inlet.scans) == [True], "the message after")
        assert len(wire.inlet.discards) == 1
        assert wire.inlet.discards[0][1] != ""

    async def test_a_lost_link_is_said_and_found_again_by_itself(self, wire: Wire) -> None:
        async with running(wire):
            await wire.lose()
            await until(lambda: not wire.inlet.links[-1][0], "link down")
            assert wire.inlet.links[-1][1] != ""
            await wire.find()
            await until(lambda: wire.inlet.links[-1][0], "link up again")
            await wire.speak(leak=False)
            await until(lambda: leaks(wire.inlet.scans)[-1:] == [False], "a message after")
        assert all(
            before != after for before, after in zip(wire.inlet.links, wire.inlet.links[1:], strict=False)
        )

    async def test_no_scan_is_made_up_while_the_link_is_down(self, wire: Wire) -> None:
        async with running(wire):
            await wire.speak(leak=True)
            await until(lambda: leaks(wire.inlet.scans) == [True], "the message")
            await wire.lose()
            await until(lambda: not wire.inlet.links[-1][0], "link down")
            await asyncio.sleep(0.05)
        assert [q for scan in wire.inlet.scans for q in scan.bad.values() if q is Quality.GOOD] == []
        assert leaks(wire.inlet.scans) == [True]

    async def test_cancelling_ends_it_and_is_not_swallowed(self, wire: Wire) -> None:
        async with running(wire) as task:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    async def test_an_absent_broker_can_be_waited_for_and_cancelled(self, wire: Wire) -> None:
        await wire.lose()
        connection = wire.connection()
        task = asyncio.create_task(connection.run(wire.inlet))
        await until(lambda: bool(wire.inlet.links), "link down")
        assert not wire.inlet.links[0][0]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def test_close_may_come_at_any_time_and_twice(self, wire: Wire) -> None:
        unused = wire.connection()
        await unused.close()
        await unused.close()
        async with running(wire) as task:
            [*_, (up, _)] = wire.inlet.links
            assert up
            assert not task.done()
        async with asyncio.timeout(5):
            await unused.run(wire.inlet)  # closed before: nothing to listen to

    async def test_there_is_no_way_to_speak(self, wire: Wire) -> None:
        names = {name for name in dir(wire.connection()) if not name.startswith("_")}
        assert {"run", "close"} <= names <= {"run", "close", "overhear", "places"}, "all of them listen"
