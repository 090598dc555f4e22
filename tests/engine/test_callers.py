"""Devices that dial in: asked at once, counted, and those who are nobody remembered for people to see."""

import asyncio
from collections.abc import Sequence

from monitor.domain.instant import Instant
from monitor.engine.callers import CONTEST_SPAN, STRANGERS, Callers
from monitor.engine.polling import Poller
from monitor.engine.tally import Tally
from monitor.ports import NotConnected, Reception, Transient, TurnedAway
from tests.engine.test_polling import Inlet, equipment
from tests.support.clock import VirtualClock
from tests.support.polled import FakePolled


class Dialled(FakePolled):
    """A connection whose equipment dials in: `arrive` lets it."""

    reception: Reception | None = None

    def announce(self, reception: Reception) -> bool:
        self.reception = reception
        return True

    def arrive(self, name: str, *equipment: str, replaces: bool = False) -> None:
        for one in equipment:
            self.failing.pop(one, None)
        assert self.reception is not None
        self.reception.arrived(name, equipment, replaces=replaces)


class Site:
    """A poller with such a connection, in virtual time."""

    def __init__(self, *intervals: float, in_flight: int = 1, absent: Exception | None = None) -> None:
        sources = [equipment(f"e{n}", interval) for n, interval in enumerate(intervals)]
        self.clock = VirtualClock(steady=0.0)
        self.connection = Dialled(sources, self.clock, answer_time=0.05)
        for source in sources:
            self.connection.failing[source.id] = absent or NotAsked("has not dialled in")
        self.inlet = Inlet()
        self.tally = Tally()
        self.poller = Poller(
            "modems",
            self.connection,
            sources,
            self.clock,
            self.inlet,
            self.tally,
            in_flight=in_flight,
            spread=lambda: 0.0,
        )

    async def run(self, seconds: float, *then: Sequence[str]) -> None:
        task = asyncio.create_task(self.poller.run())
        await self.clock.advance(seconds)
        for names in then:
            self.connection.arrive(*names)
            await self.clock.advance(0.2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def last_asked(self, id_: str) -> float:
        return max(at for at, who in self.connection.asked if who == id_)


class NotAsked(Transient):
    """Known at once, as of one of several that has not dialled in."""


async def test_one_that_was_given_up_is_asked_at_once_when_it_dials_in() -> None:
    site = Site(1.0, 1.0)
    await site.run(299.95, ["A", "e0"])
    polled = site.poller.health(site.clock.now()).equipment
    assert site.last_asked("e0") == 299.95
    assert [each.given_up for each in polled] == [False, True]
    assert site.inlet.said[-1] == ("e0", True, "")


async def test_one_whose_turn_comes_once_an_hour_is_asked_at_once() -> None:
    site = Site(3600.0, in_flight=16, absent=NotConnected("has not dialled in"))
    await site.run(1000.5, ["A", "e0"])
    assert site.last_asked("e0") == 1000.5
    assert site.inlet.times("e0") != []


async def test_all_behind_one_modem_are_asked_one_after_the_other() -> None:
    site = Site(3600.0, 3600.0, 3600.0)
    await site.run(4000.0, ["A", "e0", "e1", "e2"])
    assert [who for at, who in site.connection.asked if at >= 4000.0] == ["e0", "e1", "e2"]


async def test_callers_are_counted_by_what_became_of_them() -> None:
    site = Site(1.0)
    callers = site.connection.reception
    assert isinstance(callers, Callers)
    callers.arrived("A", ["e0"], replaces=False)
    callers.arrived("A", ["e0"], replaces=True)
    callers.arrived("B", [], replaces=False)
    callers.left("B")
    for why in TurnedAway:
        callers.turned_away(why, "x", "192.0.2.7")
    health = site.poller.health(site.clock.now()).callers
    assert health is not None
    assert (health.present, health.arrived, health.replaced, health.refused) == (1, 3, 1, 3)
    outcomes = {
        dict(f.labels)["outcome"]: f.value for f in site.tally.snapshot() if f.name == "callers_total"
    }
    assert outcomes == {"arrived": 2, "replaced": 1, "unknown": 1, "too_slow": 1, "crowded": 1}


def test_strangers_are_remembered_newest_first_and_few_of_them() -> None:
    clock = VirtualClock(wall=100.0)
    callers = Callers("modems", clock, Tally())
    for n in range(1000):
        callers.turned_away(TurnedAway.UNKNOWN, f"DTU-{n}", "192.0.2.7")
    for _ in range(2):
        callers.turned_away(TurnedAway.UNKNOWN, "DTU-995", "192.0.2.7")
    strangers = callers.health(0.0).strangers
    assert len(strangers) == STRANGERS
    assert [(one.said, one.times) for one in strangers[:3]] == [
        ("DTU-995", 3),
        ("DTU-999", 1),
        ("DTU-998", 1),
    ]
    assert strangers[0].last == clock.now().wall


async def test_two_devices_under_one_name_are_suspected_and_a_modem_that_lost_its_way_is_not() -> None:
    clock = VirtualClock(steady=0.0)
    callers = Callers("modems", clock, Tally())
    for _ in range(3):
        callers.arrived("lost", [], replaces=True)
        await clock.advance(CONTEST_SPAN)
    for _ in range(3):
        callers.arrived("twice", [], replaces=True)
        await clock.advance(20)
    assert callers.health(clock.now().steady).contested == ("twice",)
    assert callers.health(clock.now().steady + CONTEST_SPAN).contested == ()


def test_only_a_connection_that_is_dialled_has_callers() -> None:
    sources = [equipment("a")]
    clock = VirtualClock()
    poller = Poller("bus", FakePolled(sources, clock), sources, clock, Inlet(), Tally())
    assert poller.health(Instant(0.0, 0.0)).callers is None
