"""What cries too often, and the delay that would have quietened it."""

import pytest

from monitor.domain.alarm import EventCause
from monitor.domain.nuisance import BadActor, Delay, Delays, Proposal, Trip, bad_actors, chattering, propose
from tests.domain.record import START, event, ordered, trip

DELAYS = {"pit-1.level": Delays()}


@pytest.mark.parametrize(
    ("times", "most"),
    [
        ([], 0),
        ([0, 30], 0),
        ([0, 30, 60], 3),
        ([0, 30, 61], 0),
        ([0, 100, 101, 102, 103, 300], 4),
    ],
)
def test_chattering_is_three_in_a_minute(times: list[float], most: int) -> None:
    assert chattering(times) == most


def flapping(count: int, up: float, down: float) -> list[Trip]:
    return [Trip(i * (up + down), i * (up + down) + up) for i in range(count)]


@pytest.mark.parametrize(
    ("activity", "delays", "proposal"),
    [
        pytest.param(flapping(2, 1, 1), Delays(), None, id="twice is no habit"),
        pytest.param(
            flapping(143, 40, 7),
            Delays(),
            Proposal(Delay.OFF, 8.0, 142, 143),
            id="short gaps: off-delay 8 s, nothing is lost",
        ),
        pytest.param(
            flapping(10, 4, 3600),
            Delays(),
            Proposal(Delay.ON, 5.0, 10, 10, 4),
            id="short trips far apart: on-delay",
        ),
        pytest.param(
            flapping(10, 2, 2),
            Delays(),
            Proposal(Delay.OFF, 3.0, 9, 10),
            id="the one that hides nothing, where both help",
        ),
        pytest.param(flapping(10, 4000, 4000), Delays(), None, id="long and far apart: no delay helps"),
        pytest.param(
            flapping(20, 40, 7),
            Delays(off=10),
            Proposal(Delay.OFF, 20.0, 19, 20),
            id="with an off-delay of 10 s a gap of 7 s was one of 17",
        ),
        pytest.param(
            flapping(20, 40, 7),
            Delays(on=5, off=0),
            Proposal(Delay.OFF, 3.0, 19, 20),
            id="an on-delay of 5 s made a gap of 2 s look like one of 7",
        ),
    ],
)
def test_proposals(activity: list[Trip], delays: Delays, proposal: Proposal | None) -> None:
    assert propose(activity, delays) == proposal


def test_worst_first_with_what_is_wrong_with_each() -> None:
    events = ordered(
        *(trip(i * 20, i * 20 + 5) for i in range(4)),
        trip(10, None, "room-1.door"),
        trip(500, 700, "lift-1.fault"),
    )
    chatter, fault, door = bad_actors(events, DELAYS, {}, START + 90_000)
    assert (chatter.alarm, chatter.annunciations, chatter.chattering, chatter.fleeting) == (
        "pit-1.level",
        4,
        4,
        4,
    )
    assert chatter.proposal is not None
    by_name = {one.alarm: one for one in (fault, door)}
    assert by_name["room-1.door"] == BadActor("room-1.door", 1, 0, 0, 89_990, None)
    assert by_name["lift-1.fault"] == BadActor("lift-1.fault", 1, 0, 0, None, None)


def test_one_that_stands_for_days_is_named_even_where_ten_others_are_louder() -> None:
    loud = [trip(100 + i * 60 + n, 130 + i * 60 + n, f"a-{n}.x") for i in range(3) for n in range(12)]
    found = bad_actors(ordered(trip(0, None, "old-1.x"), *loud), {}, {}, START + 100_000)
    assert [one.alarm for one in found if one.standing] == ["old-1.x"]
    assert len(found) == 11


def test_a_return_without_its_raise_says_nothing() -> None:
    assert bad_actors([event(5, EventCause.RETURNED)], DELAYS, {}, START + 10) == ()
