"""Polling in virtual time: the rhythm of each, whatever fails beside it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest

from monitor.domain.point import Point
from monitor.domain.reading import Quality
from monitor.domain.scan import Plan, Scan
from monitor.domain.source import EquipmentSource, PointSource
from monitor.engine.polling import Poller
from monitor.engine.tally import Tally
from monitor.ports import NotConnected, Permanent, Transient
from tests.support.clock import VirtualClock
from tests.support.polled import FakePolled

START = 1000.0


def equipment(id: str, interval: float = 1.0) -> EquipmentSource:
    point = Point(id, "x")
    return EquipmentSource(Plan(id, (point,)), (PointSource(point, None),), None, None, interval=interval)


class Inlet:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.scans: list[Scan] = []
        self.said: list[tuple[str, Any, str]] = []

    def scan(self, scan: Scan) -> None:
        self.scans.append(scan)

    def answering(self, equipment: str, answering: bool, reason: str) -> None:
        self.said.append((equipment, answering, reason))

    def link(self, connection: str, up: bool, reason: str) -> None:
        self.said.append((connection, "up" if up else "down", reason))

    def discarded(self, connection: str, equipment: str | None, reason: str) -> None:
        raise AssertionError("nothing is discarded here")

    def times(self, equipment: str) -> list[float]:
        return [scan.received.steady - START for scan in self.scans if scan.plan.equipment == equipment]


class Bus:
    """A poller with its fake connection, in virtual time."""

    def __init__(
        self, *sources: EquipmentSource, in_flight: int = 1, pause: float = 0.0, **fake: float
    ) -> None:
        self.clock = VirtualClock(steady=START)
        self.connection = FakePolled(sources, self.clock, **fake)
        self.inlet = Inlet()
        self.tally = Tally()
        self.poller = Poller(
            "bus",
            self.connection,
            sources,
            self.clock,
            self.inlet,
            self.tally,
            pause=pause,
            in_flight=in_flight,
            spread=lambda: 0.0,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.poller.run())
        yield task
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    def asked(self, equipment: str) -> list[float]:
        return [at - START for at, who in self.connection.asked if who == equipment]

    def count(self, name: str) -> float:
        return self.tally.get(name, connection="bus")


def gaps(times: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(times)]


async def test_everybody_is_asked_at_an_own_phase_and_never_drifts() -> None:
    bus = Bus(equipment("a"), equipment("b"), equipment("c", 5.0), answer_time=0.02)
    async with bus.running():
        await bus.clock.advance(3600)
    assert bus.asked("a")[-1] == pytest.approx(3600)
    assert bus.asked("b")[0] == pytest.approx(0.35)
    assert len(bus.asked("b")) == 3600
    assert set(map(round, gaps(bus.asked("a")))) == {1}
    assert max(abs(at - round(at)) for at in bus.asked("a")) < 1e-6
    assert len(bus.asked("c")) == pytest.approx(721, abs=1)
    assert bus.count("polls_missed_total") == 0


async def test_a_slow_bus_misses_polls_counts_them_and_does_not_catch_up_in_bursts() -> None:
    bus = Bus(equipment("a"), answer_time=2.5)
    async with bus.running():
        await bus.clock.advance(60)
    assert {round(gap, 3) for gap in gaps(bus.asked("a"))} == {2.5}
    assert bus.count("polls_missed_total") > 0
    assert bus.count("polls_total") + bus.count("polls_missed_total") == pytest.approx(60, abs=3)


async def test_one_dead_of_three_costs_the_others_one_timeout_a_trial_and_ever_more_rarely() -> None:
    bus = Bus(equipment("a"), equipment("dead"), equipment("c"), answer_time=0.02, timeout=1.0)
    bus.connection.failing["dead"] = Transient("no answer")
    async with bus.running():
        await bus.clock.advance(1800)
    for healthy in ("a", "c"):
        times = bus.inlet.times(healthy)
        assert max(gaps(times)) <= 2.0 + 1e-6  # own interval and one time-out, never more
        later = [gap for gap, at in zip(gaps(times), times, strict=False) if at > 30]
        slow = [gap for gap in later if gap > 1.05]
        assert len(slow) <= 20  # of 1770: the 99th percentile is the interval
        assert len(times) > 1770
    trials = bus.asked("dead")
    assert len(trials) < 20
    assert gaps(trials)[-1] == pytest.approx(300, abs=2)


async def test_a_dead_one_is_said_to_be_gone_once_and_back_once() -> None:
    bus = Bus(equipment("a"))
    async with bus.running():
        await bus.clock.advance(2.5)
        bus.connection.failing["a"] = Transient("no answer within 1 s")
        await bus.clock.advance(600)
        del bus.connection.failing["a"]
        await bus.clock.advance(400)
    assert [each for each in bus.inlet.said if each[0] == "a"] == [
        ("a", True, ""),
        ("a", False, "no answer within 1 s"),
        ("a", True, ""),
    ]
    assert max(gaps(bus.inlet.times("a"))[-90:]) == pytest.approx(1.0)


async def test_two_failures_are_not_told() -> None:
    bus = Bus(equipment("a"), timeout=0.1)
    async with bus.running():
        await bus.clock.advance(2.5)
        bus.connection.failing["a"] = Transient("noise")
        await bus.clock.advance(2)
        bus.connection.failing.clear()
        await bus.clock.advance(5)
    assert [each[1] for each in bus.inlet.said if each[0] == "a"] == [True]
    assert bus.count("poll_errors_total") == 2


async def test_after_the_return_of_one_all_that_were_gone_are_tried_soon() -> None:
    bus = Bus(equipment("a"), equipment("b"), equipment("c"), timeout=0.1)
    async with bus.running():
        bus.connection.failing["a"] = Transient("gateway is ending")
        await bus.clock.advance(150)  # so that their trials do not fall together
        for id in "bc":
            bus.connection.failing[id] = Transient("gateway is starting")
        await bus.clock.advance(3600)
        bus.connection.failing.clear()
        await bus.clock.advance(305)
    first = {id: next(at for at in bus.inlet.times(id) if at > 3000) for id in "abc"}
    assert max(first.values()) - min(first.values()) <= 1.1


async def test_a_link_that_is_down_is_said_once_and_polling_is_back_within_a_second_of_its_return() -> None:
    bus = Bus(equipment("a"), equipment("b"))
    async with bus.running():
        for id in "ab":
            bus.connection.failing[id] = NotConnected("refused")
        await bus.clock.advance(3600)
        bus.connection.failing.clear()
        await bus.clock.advance(1.01)
    assert [each for each in bus.inlet.said if each[0] == "bus"] == [
        ("bus", "down", "refused"),
        ("bus", "up", ""),
    ]
    assert Counter(each[:2] for each in bus.inlet.said if each[0] != "bus") == {
        ("a", False): 1,
        ("b", False): 1,
        ("a", True): 1,
        ("b", True): 1,
    }


async def test_one_who_says_never_is_given_up_at_once() -> None:
    bus = Bus(equipment("a"))
    bus.connection.failing["a"] = Permanent("wrong device")
    async with bus.running():
        await bus.clock.advance(299)
        assert len(bus.connection.asked) == 1
        await bus.clock.advance(2)
        assert len(bus.connection.asked) == 2
    assert ("a", False, "wrong device") in bus.inlet.said


async def test_being_there_is_said_before_the_first_scan() -> None:
    bus = Bus(equipment("a"))
    order: list[str] = []
    bus.inlet.scan = lambda scan: order.append("scan")  # type: ignore[method-assign]
    bus.inlet.answering = lambda equipment, answering, reason: order.append("there")  # type: ignore[method-assign]
    async with bus.running():
        await bus.clock.advance(2.5)
    assert order == ["there", "scan", "scan", "scan"]


async def test_several_in_flight_keep_their_rhythm_beside_a_dead_one() -> None:
    class Wide(FakePolled):
        """A gateway that serves many at once."""

        async def read(self, equipment: str) -> Scan:
            self._line = asyncio.Lock()
            return await super().read(equipment)

    bus = Bus(equipment("a"), equipment("dead"), equipment("c"), in_flight=2)
    wide = Wide([equipment("a"), equipment("dead"), equipment("c")], bus.clock, answer_time=0.02, timeout=3.0)
    wide.failing["dead"] = Transient("no answer")
    bus.poller._connection = wide
    async with bus.running():
        await bus.clock.advance(300)
    for healthy in ("a", "c"):
        assert max(gaps(bus.inlet.times(healthy))) == pytest.approx(1.0)


async def test_the_same_one_is_never_asked_twice_at_once() -> None:
    bus = Bus(equipment("a"), in_flight=4, answer_time=2.5)
    async with bus.running():
        await bus.clock.advance(30)
    assert min(gaps(bus.asked("a"))) >= 2.5
    assert bus.count("polls_missed_total") > 0


async def test_a_pause_is_kept_between_polls() -> None:
    bus = Bus(*(equipment(id) for id in "abcd"), pause=0.5)
    async with bus.running():
        await bus.clock.advance(20)
    assert min(gaps([at for at, _ in bus.connection.asked])) >= 0.5


async def test_the_loop_is_seen_to_turn_even_with_little_to_do() -> None:
    bus = Bus(equipment("a", interval=300.0))
    async with bus.running():
        await bus.clock.advance(250.5)
        assert bus.clock.now().steady - bus.poller.turned_at <= 1.0


async def test_a_reading_that_never_ends_is_seen_as_a_loop_that_does_not_turn() -> None:
    bus = Bus(equipment("a"), answer_time=1e9)
    async with bus.running():
        await bus.clock.advance(100)
        assert bus.clock.now().steady - bus.poller.turned_at >= 99


async def test_cancelling_in_the_middle_of_a_reading_is_not_swallowed() -> None:
    bus = Bus(equipment("a"), answer_time=0.5)
    async with bus.running() as task:
        await bus.clock.advance(0.2)
        assert not task.done()
    assert bus.inlet.scans == []


async def test_a_bug_ends_the_loop_loudly_and_it_can_be_run_again() -> None:
    bus = Bus(equipment("a"))
    bus.connection.failing["a"] = ZeroDivisionError("a bug")
    task = asyncio.create_task(bus.poller.run())
    await bus.clock.advance(1)
    with pytest.raises(ZeroDivisionError):
        await task
    bus.connection.failing.clear()
    async with bus.running():
        await bus.clock.advance(1.5)
    assert len(bus.inlet.scans) == 2


async def test_a_bug_ends_the_loop_loudly_where_several_are_asked_at_once_too() -> None:
    bus = Bus(equipment("a"), equipment("b"), in_flight=3)
    bus.connection.failing["a"] = ZeroDivisionError("a bug")
    task = asyncio.create_task(bus.poller.run())
    await bus.clock.advance(1)
    with pytest.raises(ZeroDivisionError):
        await task


async def test_one_who_returns_is_noticed_within_half_a_minute_where_trials_are_cheap() -> None:
    bus = Bus(equipment("a"), equipment("b"), timeout=0.05)
    bus.connection.failing["a"] = Transient("no answer")
    async with bus.running():
        await bus.clock.advance(3600)
        bus.connection.failing.clear()
        await bus.clock.advance(31)
        assert bus.inlet.times("a")
        await bus.clock.advance(10)
    assert max(gaps(bus.inlet.times("a"))) == pytest.approx(1.0)


async def test_connections_begin_apart_and_on_the_same_grid() -> None:
    firsts = []
    for n in range(10):
        bus = Bus(equipment("a"), equipment("b"))
        bus.poller._shift = n / 10
        async with bus.running():
            await bus.clock.advance(10)
        firsts += [bus.asked("a")[0], bus.asked("b")[0]]
        assert max(gaps(bus.asked("a"))) == pytest.approx(1.0)
    assert sorted(firsts) == [pytest.approx(n * 0.05) for n in range(20)]


async def test_health_tells_of_the_last_minutes() -> None:
    bus = Bus(equipment("a"), equipment("b"), answer_time=0.02, timeout=0.1)
    assert bus.poller.health(bus.clock.now()).up is None
    async with bus.running():
        await bus.clock.advance(60)
        bus.connection.failing["b"] = Transient("no answer")
        await bus.clock.advance(30)
        fares = bus.poller.health(bus.clock.now())
        assert (fares.up, fares.last_good) == (True, pytest.approx(bus.clock.now().wall, abs=1.1))
        assert fares.response_p50 == pytest.approx(0.02)
        a, b = fares.equipment
        assert (a.answering, a.given_up, a.next_trial, a.error_rate) == (True, False, None, 0.0)
        assert (b.answering, b.given_up) == (False, True)
        assert 0 < (b.next_trial or 0) <= 300
        assert 0 < (b.error_rate or 0) < 0.2
        await bus.clock.advance(3600)
        assert bus.poller.health(bus.clock.now()).equipment[1].error_rate == 1.0
    await bus.clock.advance(3600)
    assert bus.poller.health(bus.clock.now()).error_rate is None


async def test_a_connection_that_yields_nothing_is_known_after_a_minute() -> None:
    bus = Bus(equipment("a"), equipment("b"), timeout=0.1)

    def nothing() -> bool:
        return bus.poller.yields_nothing(bus.clock.now().steady)

    async with bus.running():
        await bus.clock.advance(120)
        assert not nothing()
        for id in "ab":
            bus.connection.failing[id] = Transient("no answer")
        await bus.clock.advance(59)
        assert not nothing()
        await bus.clock.advance(5)
        assert nothing()
        bus.connection.failing.clear()
        await bus.clock.advance(31)
        assert not nothing()


async def test_answers_without_a_single_good_value_are_no_yield() -> None:
    bus = Bus(equipment("a"))
    bus.connection.values["a"], bus.connection.bad["a"] = (None,), {0: Quality.DECODE_ERROR}
    async with bus.running():
        await bus.clock.advance(65)
        assert bus.poller.yields_nothing(bus.clock.now().steady)


async def test_one_who_stands_alone_and_is_silent_says_so_itself() -> None:
    bus = Bus(equipment("a"), timeout=0.1)
    bus.connection.failing["a"] = Transient("no answer")
    async with bus.running():
        await bus.clock.advance(300)
        assert not bus.poller.yields_nothing(bus.clock.now().steady)


async def test_a_connection_without_equipment_turns_and_does_nothing() -> None:
    bus = Bus()
    async with bus.running():
        await bus.clock.advance(10)
    assert bus.connection.asked == []
