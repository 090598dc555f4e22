"""The wall clock stepped by hours neither raises nor clears, whether equipment sends its own time or not."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from drivers.mqtt.hearing import JsonHearing
from monitor.domain.alarm import AlarmEvent, EventCause
from monitor.domain.source import EquipmentSource, PointSource
from tests.drivers.mqtt.support import source
from tests.engine.house import MemoryJournal
from tests.engine.twins import PIT, PLAN, POINTS, WHATS, Centre, mindful
from tests.support.clock import VirtualClock

HOUR = 3600.0
STEPS = (-7 * HOUR, -HOUR, -400.0, 400.0, HOUR, 7 * HOUR)
MOVES = 60
BY_THE_WALL = ("shelve", "once", "unshelve", "out", "in")
"""What people end by the clock on the wall ends with it."""
LIVES = range(12)


def _pit() -> EquipmentSource:
    kinds = {"level": "number", "water": "bool", "fault": "bool"}
    fields = {key: {"path": key, "as": kind} for key, kind in kinds.items()}
    group = {"time": {"path": "t", "as": "epoch_ms", "optional": True}, "points": fields}
    plain = source({"{topic}": group}, id=PIT)
    sources = [
        PointSource(point, one.settings, one.group) for point, one in zip(POINTS, plain.sources, strict=False)
    ]
    return replace(plain, plan=PLAN, sources=tuple(sources))


class Pit:
    """A gateway at the pit, with a clock of its own that nobody steps."""

    def __init__(self, centre: Centre, timed: bool) -> None:
        self.centre, self.timed = centre, timed
        self.hearing = JsonHearing("broker", [_pit()], 1 << 16)
        self.ahead = centre.clock.now().wall - centre.clock.now().steady

    def say(self, random_: random.Random) -> None:
        """One message: mostly of now, sometimes a report of the past."""
        now = self.centre.clock.now()
        ago = random_.choice((0.1, 0.1, 0.1, 0.1, 20.0, 1.7 * HOUR))
        level = random_.choice((0.0, 0.3, 0.55, 1.5, 1.5, 1.9, 2.5, 2.5, 3.5, 9.0, "?"))
        said = {"level": level, "water": random_.random() < 0.5, "fault": random_.random() < 0.4}
        if self.timed:
            said["t"] = round((now.steady + self.ahead - ago) * 1000)
        elif ago > 1.0:
            return  # without a time it would be news
        payload = json.dumps(said).encode()
        listeners = self.hearing.topics.find(f"zigbee2mqtt/{PIT}")
        assert listeners
        self.hearing.hear(self.centre.pipeline, listeners, f"zigbee2mqtt/{PIT}", payload, False, now)


async def _life(seed: int, *, timed: bool, stepped: bool) -> Centre:
    centre = await Centre(
        mindful(seed), MemoryJournal(), VirtualClock(wall=1_800_000_000.0, steady=1024.0)
    ).start()
    random_ = random.Random(seed)
    pit = Pit(centre, timed)
    whats = [what for what in WHATS if what not in BY_THE_WALL]
    for n in range(MOVES):
        pause, what, pick = (
            random_.choice((0.5, 2.0, 5.0, 10.0, 25.0)),
            random_.choice(whats),
            random_.random(),
        )
        if n % 15 == 14:
            step = random_.choice(STEPS)
            if stepped:
                centre.clock.step_wall(step)
        await centre.wait(pause)
        if what == "scan":
            pit.say(random.Random(pick))
        else:
            await centre.do(what, pick)
        centre.tick()
        await centre.writer.drain()
    await centre.wait(2000.0)
    return centre


def _by_steady_time(events: Iterable[AlarmEvent]) -> list[AlarmEvent]:
    return [replace(event, at=0.0) for event in events]


@pytest.mark.parametrize("timed", [True, False], ids=["with its own time", "without"])
async def test_a_stepped_wall_clock_has_the_future_of_one_that_was_not(timed: bool) -> None:
    raised = 0
    for seed in LIVES:
        stepped = await _life(seed, timed=timed, stepped=True)
        twin = await _life(seed, timed=timed, stepped=False)
        assert _by_steady_time(stepped.journal.events) == _by_steady_time(twin.journal.events), seed
        raised += sum(event.cause is EventCause.RAISED for event in twin.journal.events)
    assert raised > 5 * len(LIVES), "lives in which nothing happens prove nothing"
