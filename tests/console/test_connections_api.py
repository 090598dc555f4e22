"""How connections fare, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from monitor.domain.reading import Quality
from monitor.engine.callers import CallersHealth, Stranger
from monitor.ports import TurnedAway
from tests.console.conftest import Client
from tests.console.world import World


async def test_each_connection_tells_how_it_fares_and_who_behind_it_answers(
    world: World, client: Callable[..., Client]
) -> None:
    world.plantroom.given_up["room-1"] = 12.34
    await world.measure("leak-b2-05.leak", False, Quality.GOOD)
    world.connections.link("hub", True, "")
    answer = (await client("viewer").get("/api/v1/connections")).json()
    plantroom, hub = answer["items"]
    assert answer["next"] is None
    equipment = {each["id"]: each for each in plantroom.pop("equipment")}
    assert plantroom == {
        "id": "plantroom",
        "driver": "modbus",
        "polled": True,
        "up": True,
        "reason": "",
        "last_good_time": "2026-11-23T03:59:59.000Z",
        "error_rate": 1 / len(equipment),
        "response_p50": 0.0123,
        "response_p99": 0.0456,
        "callers": None,
    }
    assert equipment["room-1"] == {
        "id": "room-1",
        "name": world.site.equipment["room-1"].name[""],
        "answering": False,
        "given_up": True,
        "next_trial": 12.3,
        "last_good_time": "2026-11-23T03:50:00.000Z",
        "error_rate": 1.0,
    }
    assert equipment["pit-1"]["answering"] is True
    assert (hub["polled"], hub["up"], hub["error_rate"]) == (False, True, None)
    leak = next(each for each in hub["equipment"] if each["id"] == "leak-b2-05")
    assert leak["last_good_time"] == hub["last_good_time"] is not None


async def test_who_dialled_in_and_who_was_sent_away(world: World, client: Callable[..., Client]) -> None:
    stranger = Stranger("hex:FE 01", "192.0.2.7", TurnedAway.UNKNOWN, 3, world.clock.now().wall - 1)
    world.plantroom.callers = CallersHealth(2, 5, 1, 3, ("DTU-0001",), (stranger,))
    plantroom, hub = (await client("viewer").get("/api/v1/connections")).json()["items"]
    assert hub["callers"] is None
    assert plantroom["callers"] == {
        "present": 2,
        "arrived": 5,
        "replaced": 1,
        "refused": 3,
        "contested": ["DTU-0001"],
        "strangers": [
            {
                "said": "hex:FE 01",
                "peer": "192.0.2.7",
                "why": "unknown",
                "times": 3,
                "last_time": "2026-11-23T03:59:59.000Z",
            }
        ],
    }


async def test_a_connection_that_is_down_says_why(world: World, client: Callable[..., Client]) -> None:
    world.plantroom.down = "connection refused"
    world.connections.link("hub", False, "wrong password")
    plantroom, hub = (await client("viewer").get("/api/v1/connections")).json()["items"]
    assert [(each["up"], each["reason"]) for each in (plantroom, hub)] == [
        (False, "connection refused"),
        (False, "wrong password"),
    ]


async def test_it_comes_in_pages_and_only_to_those_signed_in(
    world: World, client: Callable[..., Client]
) -> None:
    first = (await client("viewer").get("/api/v1/connections", params={"limit": 1})).json()
    rest = (await client("viewer").get("/api/v1/connections", params={"cursor": first["next"]})).json()
    assert [each["id"] for each in (*first["items"], *rest["items"])] == ["plantroom", "hub"]
    assert (await client(None).get("/api/v1/connections")).status_code == 401
