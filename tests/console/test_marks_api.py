"""A nuisance is said at the alarm itself: in the list, in the stream, after a start; and it is forgiven."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from monitor.engine.live import AlarmView
from monitor.engine.restless import Restless
from tests.console.conftest import Client
from tests.console.world import World

PIT = "/api/v1/alarms/pit-1.level_high"
QUIET = {"annunciations": 1, "chattering": False, "fleeting": 0, "standing": False}


async def flap(world: World, times: int, up: float = 5.0, down: float = 5.0) -> None:
    for _ in range(times):
        await world.measure("pit-1.level", 3.5)
        await world.clock.advance(up)
        await world.measure("pit-1.level", 0.5)
        await world.clock.advance(down)


async def marks(client: Callable[..., Client]) -> dict[str, Any]:
    found: dict[str, Any] = (await client("viewer").get(PIT)).json()["marks"]
    return found


async def test_an_alarm_that_chatters_says_so_with_how_often(
    world: World, client: Callable[..., Client]
) -> None:
    await flap(world, 1)
    assert await marks(client) == QUIET
    await flap(world, 4)
    assert await marks(client) == {"annunciations": 5, "chattering": True, "fleeting": 5, "standing": False}
    await world.clock.advance(3600)
    assert await marks(client) == {**QUIET, "annunciations": 0}


async def test_an_alarm_that_stands_for_over_a_day_says_so_and_since_when(
    world: World, client: Callable[..., Client]
) -> None:
    await world.measure("pit-1.level", 3.5)
    await world.clock.advance(86_401)
    alarm = (await client("viewer").get(PIT)).json()
    assert (alarm["marks"]["standing"], alarm["active_since"]) == (True, "2026-11-23T04:00:00.000Z")


async def test_marks_that_time_alone_changes_are_shown_again(world: World) -> None:
    await flap(world, 3)
    world.restless.tick(world.now())
    reader = world.live.subscribe()
    world.restless.tick(world.now())
    await world.clock.advance(1800)
    world.restless.tick(world.now())
    assert not reader._waiting, "nothing has changed"
    await world.clock.advance(1800)
    world.restless.tick(world.now())
    [update] = reader._waiting.values()
    assert isinstance(update.item, AlarmView)
    assert not world.restless.marks(update.item).any


async def test_a_start_knows_the_hour_before(world: World) -> None:
    await flap(world, 3)
    events = (await world.journal.events(limit=1000)).items
    again = Restless(world.live, world.clock.now)
    again.restore(reversed(events))
    [view] = world.live.alarms()
    assert again.marks(view) == world.restless.marks(view)
    assert again.marks(view).chattering
