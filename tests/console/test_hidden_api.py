"""Alarms kept from people, and several acknowledged at once."""

from __future__ import annotations

from collections.abc import Callable

from monitor.console.routes import stream
from monitor.domain.alarm import Shelve
from monitor.domain.service import Mode
from tests.console import stage
from tests.console.conftest import Client
from tests.console.world import World

ACK = "/api/v1/alarms/ack"


async def test_whatever_is_hidden_says_by_whom_why_and_until_when(
    world: World, client: Callable[..., Client]
) -> None:
    await stage.calm(world)
    await world.measure("mdb-1.v_l1", 12.0)
    await world.measure("pit-1.pump_1_fault", True)
    await world.measure("pit-1.level", 2.9)
    until = world.now().wall + 3600
    await world.alarming.command("pit-1.level_high", Shelve(1, 1, until, "float is being changed", "chen"))
    await world.services.servicing.change("odd-1", Mode.COMMISSIONING, until, "chen", "new sensor")
    await world.settle()
    items = (await client("viewer").get("/api/v1/alarms/hidden?lang=en")).json()["items"]
    found = {one["id"]: one for one in items}
    shelved, explained, odd = (found[i] for i in ("pit-1.level_high", "pit-1.pump_1_fault", "odd-1.x"))
    assert (shelved["how"], shelved["actor"], shelved["reason"]) == (
        "shelved",
        "chen",
        "float is being changed",
    )
    assert shelved["until"] == "2026-11-23T05:00:00.000Z"
    assert (explained["how"], explained["headline"], explained["until"]) == (
        "suppressed",
        "mdb-1.undervoltage",
        None,
    )
    assert "198" in explained["reason"]
    assert (odd["how"], odd["reason"], odd["active"]) == ("commissioning", "new sensor", False)


async def test_several_are_acknowledged_each_by_what_was_seen(
    world: World, client: Callable[..., Client]
) -> None:
    await world.measure("leak-b2-05.leak", True)
    await world.measure("pit-1.level", 2.9)
    seen = [
        {"id": id_, "occurrence": 1, "annunciation": 1} for id_ in ("leak-b2-05.leak", "pit-1.level_high")
    ]
    wrong = [{**seen[0], "occurrence": 7}, {"id": "no.such", "occurrence": 1, "annunciation": 1}]
    answer = await client("operator").post(ACK, json={"items": [*seen, *wrong]})
    assert answer.status_code == 200
    assert [(one["id"], one["refusal"]) for one in answer.json()["items"]] == [
        ("leak-b2-05.leak", None),
        ("pit-1.level_high", None),
        ("leak-b2-05.leak", "unknown_occurrence"),
        ("no.such", "unknown_alarm"),
    ]
    assert all(world.alarming.alarm(one["id"]).acknowledged for one in seen)
    assert (await client("viewer").post(ACK, json={"items": seen})).status_code == 403
    assert (await client("operator").post(ACK, json={"items": []})).status_code == 422


async def test_a_flood_does_not_make_the_snapshot_late_the_most_urgent_are_in_it(
    world: World, monkeypatch: object
) -> None:
    await world.measure("leak-b2-05.battery", 3)
    await world.measure("leak-b2-05.leak", True)
    await world.measure("pit-1.level", 2.9)
    snapshot = world.live.subscribe().snapshot
    monkeypatch.setattr(stream, "AT_ONCE", 1)  # type: ignore[attr-defined]
    late, first = stream._most_urgent(snapshot)
    assert [update.id for update in first if update.topic == "alarm"] == ["leak-b2-05.leak"]
    assert [update.id for update in late] == ["pit-1.level_high", "leak-b2-05.battery"]
