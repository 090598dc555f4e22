"""What an operator sees at the row of an alarm that is a nuisance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.domain.alarm import Alarm, EventCause
from monitor.domain.instant import Instant
from monitor.domain.nuisance import STANDING
from monitor.domain.restless import MOST, WINDOW, Lately, Marks, standing
from monitor.domain.rules import Priority
from tests.domain.record import event, trip


def after(*trips: tuple[float, float | None]) -> Lately:
    lately = Lately()
    for begin, end in trips:
        for one in trip(begin, end):
            lately.follow(one)
    return lately


@pytest.mark.parametrize(
    ("trips", "at", "marks"),
    [
        ([], 0, Marks()),
        ([(0, 600)], 700, Marks(1)),
        ([(0, 5), (30, 35), (60, 65)], 70, Marks(3, chattering=True, fleeting=3)),
        ([(0, 5), (30, 35), (61, 66)], 70, Marks(3, fleeting=3)),  # not three within a minute
        ([(0, 5), (300, 305)], 400, Marks(2)),  # twice is no habit
        ([(0, 29.9), (300, 330), (600, 605), (900, 905)], 1000, Marks(4, fleeting=3)),
        ([(0, 5), (10, 15), (20, None)], 25, Marks(3, chattering=True)),
    ],
)
def test_how_it_behaved_in_the_last_hour(
    trips: list[tuple[float, float | None]], at: float, marks: Marks
) -> None:
    assert after(*trips).marks(at) == marks


def test_it_is_forgiven_an_hour_after_it_last_did_so() -> None:
    lately = after((0, 1), (20, 21), (40, 41))
    assert lately.marks(40 + WINDOW - 1).chattering
    assert lately.marks(40 + WINDOW) == Marks(0)
    assert lately.over is False  # its last return was a second later
    lately.marks(42 + WINDOW)
    assert lately.over


def test_what_is_hidden_from_people_does_not_chatter() -> None:
    lately = Lately()
    for at in (0, 10, 20):
        lately.follow(replace(event(at, EventCause.RAISED), annunciates=False))
    assert lately.marks(30) == Marks()


def test_what_was_raised_long_ago_is_not_fleeting_and_is_let_go() -> None:
    lately = after((0, None))
    assert not lately.over
    lately.marks(WINDOW)
    assert lately.over


def test_it_never_grows_beyond_what_says_something() -> None:
    lately = after(*((n * 0.5, n * 0.5 + 0.1) for n in range(3 * MOST)))
    assert lately.marks(1500).annunciations == MOST


ACTIVE = Alarm("a.b", Priority.LOW, 1, 1, active=True, raised_at=1000.0)


@pytest.mark.parametrize(
    ("alarm", "wall", "stands"),
    [
        (ACTIVE, 1000 + STANDING, False),
        (ACTIVE, 1001 + STANDING, True),
        (replace(ACTIVE, active_since=2000.0), 1001 + STANDING, False),
        (replace(ACTIVE, active=False), 1001 + STANDING, False),
        (replace(ACTIVE, raised_at=None), 1001 + STANDING, False),
    ],
)
def test_what_stands_for_over_a_day(alarm: Alarm, wall: float, stands: bool) -> None:
    assert standing(alarm, Instant(wall, 5.0)) is stands
