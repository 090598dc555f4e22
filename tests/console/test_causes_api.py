"""What the API says of a headline and what it explains."""

from __future__ import annotations

from collections.abc import Callable

from tests.console import stage
from tests.console.conftest import Client
from tests.console.world import World


async def test_a_headline_names_its_children_and_each_names_its_headline(
    world: World, client: Callable[..., Client]
) -> None:
    await stage.calm(world)
    await world.measure("mdb-1.v_l1", 12.0)
    await world.measure("pit-1.pump_1_fault", True)
    await world.measure("lift-1.trapped", True)
    await world.settle()
    items = (await client("viewer").get("/api/v1/alarms")).json()["items"]
    alarms = {a["id"]: a for a in items}
    headline = alarms["mdb-1.undervoltage"]
    assert (headline["headline"], headline["children"]) == (None, ["lift-1.trapped", "pit-1.pump_1_fault"])
    shown = {id_: (a["state"], a["headline"], len(a["notifications"]) > 0) for id_, a in alarms.items()}
    assert shown == {
        "mdb-1.undervoltage": ("UNACK", None, True),
        "lift-1.trapped": ("UNACK", "mdb-1.undervoltage", True),
        "pit-1.pump_1_fault": ("SUPPRESSED", "mdb-1.undervoltage", False),
    }


async def test_a_reader_of_the_stream_hears_of_a_headline_when_what_it_explains_changes(world: World) -> None:
    await stage.calm(world)
    await world.measure("mdb-1.v_l1", 12.0)
    await world.settle()
    reader = world.live.subscribe()
    await world.measure("pit-1.pump_1_fault", True)
    await world.settle()
    heard = {update.id for update in reader._waiting.values() if update.topic == "alarm"}
    assert heard == {"mdb-1.undervoltage", "pit-1.pump_1_fault"}
