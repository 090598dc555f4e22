"""The alarm load through the API."""

from __future__ import annotations

from collections.abc import Callable

from tests.console.conftest import Client
from tests.console.world import World

LOAD = "/api/v1/reports/alarms"


async def flap(world: World, times: int) -> None:
    """A pit's level goes above its limit and back, a minute up and two seconds down."""
    for _ in range(times):
        await world.measure("pit-1.level", 3.5)
        await world.clock.advance(60)
        await world.measure("pit-1.level", 0.5)
        await world.clock.advance(2)


async def test_the_worst_comes_first_with_what_would_lighten_it(
    world: World, client: Callable[..., Client]
) -> None:
    await flap(world, 12)
    body = (await client("viewer").get(LOAD, params={"from": "2026-11-23T03:00:00Z"})).json()
    assert body["annunciations"] == 12
    assert body["worst_ten_minutes"] == {"start": "2026-11-23T04:00:00.000Z", "count": 10}
    assert [flood["count"] for flood in body["floods"]] == [12]
    [actor] = body["actors"]
    assert (actor["alarm"], actor["annunciations"]) == ("pit-1.level_high", 12)
    assert actor["title"].startswith("B1")
    assert actor["proposal"] == {
        "delay": "off_delay",
        "seconds": 3.0,
        "removed": 11,
        "of": 12,
        "longest_lost": 0.0,
    }


async def test_one_system_alone(world: World, client: Callable[..., Client]) -> None:
    await flap(world, 2)
    lifts = (await client("viewer").get(LOAD, params={"system": "lifts"})).json()
    pumps = (await client("viewer").get(LOAD, params={"system": "pumps"})).json()
    assert (lifts["annunciations"], pumps["annunciations"]) == (0, 2)
    assert lifts["worst_ten_minutes"] is None


async def test_a_span_of_more_than_a_month_is_refused(client: Callable[..., Client]) -> None:
    answer = await client("viewer").get(LOAD, params={"from": "2026-09-01T00:00:00Z"})
    assert answer.status_code == 422
