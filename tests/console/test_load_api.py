"""The alarm load through the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from monitor.domain.positions import Cover, OperatorPosition
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


DESKS = (
    OperatorPosition("plant", {"en": "Plant desk"}, (Cover(systems=frozenset({"pumps"})),)),
    OperatorPosition("homes", {"en": "Residents"}, (Cover(systems=frozenset({"lifts"})),)),
)


@pytest.fixture
def desks(world: World) -> None:
    site = replace(world.site, positions=DESKS)
    world.app.state.services = replace(world.services, site=site)


@pytest.mark.usefixtures("desks")
async def test_each_operator_position_has_its_own_load(world: World, client: Callable[..., Client]) -> None:
    await flap(world, 12)
    await world.measure("lift-1.trapped", True)
    world.alarming.trip("pits-twice.missed", world.now(), "09:00-10:00")  # of no equipment: everybody's
    await world.settle()
    await world.clock.advance(1)
    whole = (await client("viewer").get(LOAD, params={"lang": "en"})).json()
    assert whole["position"] is None
    assert whole["annunciations"] == 14
    found = {one["id"]: (one["name"], one["annunciations"], one["floods"]) for one in whole["positions"]}
    assert found == {"plant": ("Plant desk", 13, 1), "homes": ("Residents", 2, 0)}
    homes = (await client("viewer").get(LOAD, params={"position": "homes"})).json()
    assert (homes["position"], homes["annunciations"], homes["floods"]) == ("homes", 2, [])
    assert {actor["alarm"] for actor in homes["actors"]} == {"lift-1.trapped", "pits-twice.missed"}
    both = (await client("viewer").get(LOAD, params={"position": "plant", "system": "lifts"})).json()
    assert both["annunciations"] == 0


@pytest.mark.usefixtures("desks")
async def test_a_position_that_is_not_configured_is_not_found(client: Callable[..., Client]) -> None:
    answer = await client("viewer").get(LOAD, params={"position": "desk-9"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_position")


async def test_a_site_without_positions_is_one(world: World, client: Callable[..., Client]) -> None:
    await flap(world, 1)
    assert (await client("viewer").get(LOAD)).json()["positions"] == []


async def test_what_came_back_within_its_occurrence_has_not_been_standing_since_its_beginning(
    world: World, client: Callable[..., Client]
) -> None:
    await world.measure("pit-1.level", 3.5)
    await world.clock.advance(60)
    await world.measure("pit-1.level", 0.5)  # nobody acknowledges the return
    await world.clock.advance(30 * 3600)
    await world.measure("pit-1.level", 3.5)
    await world.clock.advance(3600)
    body = (await client("viewer").get(LOAD, params={"from": "2026-11-24T10:00:00Z"})).json()
    assert (body["standing"], body["actors"][0]["standing_hours"]) == (0, None)


async def test_a_span_of_more_than_a_month_is_refused(client: Callable[..., Client]) -> None:
    answer = await client("viewer").get(LOAD, params={"from": "2026-09-01T00:00:00Z"})
    assert answer.status_code == 422
