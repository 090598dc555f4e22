"""What a person states of a point ends at its time, whether we were there or not."""

from __future__ import annotations

import pytest

from monitor.domain.manual import Substitution
from monitor.domain.point import Point, Value
from monitor.engine.substituting import Substituting
from monitor.engine.tally import Tally
from monitor.engine.writer import JournalWriter
from tests.engine.bench import TestJournal
from tests.support.clock import VirtualClock

LEVEL = Point("pit-1", "level")


class Believed:
    """What is believed of the points, by a daemon that starts now and has this in its journal."""

    def __init__(self, clock: VirtualClock, *stated: Substitution) -> None:
        self.values: dict[str, Value | None] = {}
        writer = JournalWriter(TestJournal(), clock, Tally())
        self.substituting = Substituting({LEVEL.id: LEVEL}, self.values.__setitem__, writer, clock)
        self.substituting.restore(stated)


@pytest.mark.parametrize(
    ("down", "believed"), [(0.0, {LEVEL.id: 2.5}), (299.9, {LEVEL.id: 2.5}), (300.0, {}), (9000.0, {})]
)
def test_an_end_that_comes_while_we_are_down_is_an_end(down: float, believed: dict[str, Value]) -> None:
    clock = VirtualClock()
    said = Substitution(LEVEL.id, 2.5, clock.now().wall, clock.now().wall + 300.0, "chen", "float stuck")
    clock.skip(down)
    again = Believed(clock, said)
    assert again.values == believed
    assert (again.substituting.of(LEVEL.id) == said) is bool(believed)


def test_an_end_that_comes_after_a_start_is_the_one_that_was_said() -> None:
    clock = VirtualClock()
    said = Substitution(LEVEL.id, 2.5, clock.now().wall, clock.now().wall + 300.0, "chen", "float stuck")
    clock.skip(100.0)
    again = Believed(clock, said)
    clock.skip(199.0)
    again.substituting.tick(clock.now())
    assert again.values == {LEVEL.id: 2.5}
    clock.skip(1.0)
    again.substituting.tick(clock.now())
    assert again.values == {LEVEL.id: None}


def test_what_was_taken_back_or_is_of_a_point_that_is_gone_is_not_believed() -> None:
    clock = VirtualClock()
    wall = clock.now().wall
    back = Substitution(LEVEL.id, None, wall, wall, "chen", "float stuck")
    gone = Substitution("pit-9.level", 1.0, wall, wall + 300.0, "chen", "float stuck")
    assert Believed(clock, back, gone).values == {}
