"""The past through the API: one moment, and what is played from one to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from monitor.console.shapes.replay import step
from monitor.console.times import stamp
from monitor.domain.alarm import Acknowledge, Alarm, AlarmEvent, AlarmState, EventCause
from monitor.domain.reading import Quality, Reading
from monitor.domain.workorder import OrderState
from monitor.engine.playing import Change as Played
from monitor.ports import Change, Transient
from tests.console.conftest import Client
from tests.console.stage import calm
from tests.console.world import NOON, World
from tests.support.clock import VirtualClock

ALARM = "pit-1.level_high"


async def later(world: World, seconds: float) -> float:
    assert isinstance(world.clock, VirtualClock)
    await world.clock.advance(seconds)
    return world.now().wall


async def incident(world: World) -> dict[str, float]:
    """A level that rises, is told, acknowledged, repaired and falls: when each happened."""
    await calm(world)
    times = {"raised": await later(world, 60)}
    await world.measure("pit-1.level", 2.62)
    times["delivered"] = await later(world, 30)
    await world.delivered(ALARM)
    times["acked"] = await later(world, 60)
    view = world.live.alarm(ALARM)
    assert view is not None
    await world.alarming.command(ALARM, Acknowledge(view.alarm.occurrence, view.alarm.annunciation, "chen"))
    times["ordered"] = await later(world, 30)
    order = await world.supervision.open_order(title="pump 2", equipment="pit-1", actor="chen")
    times["logged"] = await later(world, 30)
    await world.services.log.write("chen", "pump 2 hums", "pit-1")
    times["repaired"] = await later(world, 600)
    await world.supervision.move_order(order.id, OrderState.REPAIRED, "chen")
    times["over"] = await later(world, 60)
    await world.measure("pit-1.level", 1.2)
    await later(world, 600)
    return times


async def at(client: Callable[..., Client], moment: float, **more: Any) -> dict[str, Any]:
    answer = await client("viewer").get("/api/v1/replay", params={"at": stamp(moment), **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_every_moment_of_an_incident_is_as_it_was(world: World, client: Callable[..., Client]) -> None:
    times = await incident(world)
    for seconds in range(-60, 1500, 30):
        world.historian.put("pit-1.level", NOON + seconds, 2.62 if 60 <= seconds < 870 else 1.2)

    found = {name: await at(client, moment) for name, moment in times.items()}
    found["before"] = await at(client, NOON + 30)
    shown = {
        name: (one["alarms"][0]["state"], one["alarms"][0]["acknowledged_by"], one["alarms"][0]["raised_at"])
        for name, one in found.items()
        if one["alarms"]
    }
    raised = stamp(times["raised"])
    acked = ("ACK", "chen", raised)
    assert shown == {
        "raised": ("UNACK", None, raised), "delivered": ("UNACK", None, raised), "acked": acked, "ordered": acked,
        "logged": acked, "repaired": acked,
    }  # fmt: skip
    states = {name: [m["state"] for m in found[name]["alarms"][0]["notifications"]] for name in shown}
    assert (states["raised"], states["delivered"]) == (["waiting"], ["delivered"])
    assert [o["state"] for o in found["logged"]["orders"]] == ["open"]
    assert [o["state"] for o in found["over"]["orders"]] == ["repaired"]
    level = {name: next(p for p in one["points"] if p["id"] == "pit-1.level") for name, one in found.items()}
    assert [level[name]["value"] for name in ("before", "raised", "over")] == [1.2, 2.62, 1.2]
    assert found["raised"]["duty"]
    people = await at(client, times["raised"], values=False)
    assert people == found["raised"] | {"points": []}


async def test_what_happens_meanwhile_changes_nothing_of_the_past(
    world: World, client: Callable[..., Client]
) -> None:
    times = await incident(world)
    before = await at(client, times["acked"])
    await world.measure("pit-1.level", 2.9)
    await world.measure("lift-1.trapped", True)
    assert await at(client, times["acked"]) == before


async def test_values_grow_stale_by_the_heartbeat(world: World, client: Callable[..., Client]) -> None:
    await later(world, 3600)
    world.historian.put("pit-1.level", NOON, 1.3)
    world.historian.put("pit-1.level", NOON + 600, None, Quality.COMM_FAILURE)
    told = []
    for seconds in (-1, 0, 150, 151, 600):
        (level,) = (
            p
            for p in (await at(client, NOON + seconds, equipment="pit-1"))["points"]
            if p["id"] == "pit-1.level"
        )
        told.append((level["value"], level["quality"], level["reason"]))
    assert told == [
        (None, "bad", "no_data"), (1.3, "good", ""), (1.3, "good", ""), (1.3, "bad", "stale"), (None, "bad", "comm_failure"),
    ]  # fmt: skip


async def test_a_silent_historian_hides_no_alarm(world: World, client: Callable[..., Client]) -> None:
    times = await incident(world)
    world.historian.failure = Transient("the database is away")
    found = await at(client, times["raised"])
    assert found["trouble"] == "the database is away"
    assert [a["id"] for a in found["alarms"]] == [ALARM]
    assert {p["reason"] for p in found["points"]} == {"no_data"}


async def test_the_steps_lead_from_one_moment_to_the_next(
    world: World, client: Callable[..., Client]
) -> None:
    times = await incident(world)
    for seconds in range(-60, 1500, 30):
        world.historian.put("pit-1.level", NOON + seconds, 2.62 if 60 <= seconds < 870 else 1.2)
    query: dict[str, Any] = {"from": stamp(NOON), "to": stamp(times["over"] + 60), "limit": 2}
    items: list[dict[str, Any]] = []
    for _ in range(50):
        body = (await client("viewer").get("/api/v1/replay/steps", params=query)).json()
        items += body["items"]
        if body["next"] is None:
            break
        query["from"] = body["next"]
    whole = (
        await client("viewer").get(
            "/api/v1/replay/steps", params=query | {"from": stamp(NOON), "limit": 5000}
        )
    ).json()
    assert items == whole["items"]
    assert [i["at"] for i in items] == sorted(i["at"] for i in items)
    told = [(i["topic"], (i["alarm"] or i["message"] or i["order"] or {}).get("state")) for i in items]
    assert [one for one in told if one[0] != "reading"] == [
        ("alarm", "UNACK"), ("message", "waiting"), ("message", "delivered"), ("alarm", "ACK"),
        ("order", "open"), ("log", None), ("order", "repaired"), ("alarm", "NORM"),
    ]  # fmt: skip
    values = [i["point"]["value"] for i in items if i["id"] == "pit-1.level"]
    assert values == [2.62, 1.2]


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/api/v1/replay", {"at": stamp(NOON + 900_000)}, "not_yet"),
        ("/api/v1/replay", {"at": "yesterday"}, "invalid"),
        ("/api/v1/replay", {}, "invalid"),
        ("/api/v1/replay", {"at": stamp(NOON), "equipment": "nowhere"}, "unknown_equipment"),
        ("/api/v1/replay/steps", {"from": stamp(NOON - 7200), "to": stamp(NOON)}, "invalid"),
        ("/api/v1/replay/steps", {"from": stamp(NOON), "to": stamp(NOON)}, "invalid"),
    ],
)
async def test_what_cannot_be_asked(
    path: str, query: dict[str, str], code: str, client: Callable[..., Client]
) -> None:
    answer = await client("viewer").get(path, params=query)
    assert (answer.status_code, answer.json()["code"]) == (
        404 if code == "unknown_equipment" else 422,
        code,
    )


async def test_nobody_without_a_name_sees_the_past(client: Callable[..., Client]) -> None:
    assert (await client(None).get("/api/v1/replay", params={"at": stamp(NOON)})).status_code == 401


async def test_one_equipment_over_time(world: World, client: Callable[..., Client]) -> None:
    times = await incident(world)
    query = {"equipment": "pit-1", "from": stamp(NOON), "to": stamp(times["over"] + 300)}
    body = (await client("viewer").get("/api/v1/replay/lanes", params=query)).json()
    bars = [(bar["state"], bar["start"], bar["end"]) for bar in body["bars"]]
    assert bars == [
        ("UNACK", stamp(times["raised"]), stamp(times["acked"])),
        ("ACK", stamp(times["acked"]), stamp(times["over"])),
    ]
    marks = [(mark["lane"], mark["word"], mark["at"]) for mark in body["marks"]]
    assert marks == [
        ("messages", "delivered", stamp(times["delivered"])), ("actions", "acknowledged", stamp(times["acked"])),
        ("orders", "open", stamp(times["ordered"])), ("log", "", stamp(times["logged"])),
        ("orders", "on_site", stamp(times["repaired"])), ("orders", "repaired", stamp(times["repaired"])),
    ]  # fmt: skip
    assert not body["cut"]
    part = query | {"from": stamp(times["acked"] + 10), "to": stamp(times["acked"] + 40)}
    inside = (await client("viewer").get("/api/v1/replay/lanes", params=part)).json()
    assert [(bar["state"], bar["start"], bar["end"]) for bar in inside["bars"]] == [
        ("ACK", part["from"], part["to"])
    ]
    for wrong in ({"to": stamp(NOON - 1)}, {"from": stamp(NOON - 900_000)}):
        assert (await client("viewer").get("/api/v1/replay/lanes", params=query | wrong)).status_code == 422


async def test_a_flood_is_played_piece_by_piece_and_whole(
    world: World, client: Callable[..., Client]
) -> None:
    await calm(world)
    await later(world, 60)
    rule = world.alarming.rule(ALARM)
    norm, unack = AlarmState.NORM, AlarmState.UNACK
    rows = [
        AlarmEvent(
            1000 + n, ALARM, rule.kind, "pit-1", rule.priority, EventCause.RAISED if n % 2 == 0 else EventCause.RETURNED,
            *((norm, unack) if n % 2 == 0 else (unack, norm)), 1 + n // 2, 1, NOON + 1 + n // 4, 1.0,
        )
        for n in range(200)
    ]  # fmt: skip
    await world.writer.write(Change(events=tuple(rows), alarms=(Alarm(ALARM, rule.priority, 100, 1),)))
    query: dict[str, Any] = {"from": stamp(NOON), "to": stamp(NOON + 60), "limit": 30, "equipment": "lift-1"}
    sequences: list[int] = []
    sizes: list[int] = []
    for _ in range(50):
        body = (await client("viewer").get("/api/v1/replay/steps", params=query)).json()
        sizes.append(len(body["items"]))
        sequences += [item["event"]["sequence"] for item in body["items"] if item["topic"] == "alarm"]
        if body["next"] is None:
            break
        query["from"] = body["next"]
    assert sequences == [row.sequence for row in rows]
    assert max(sizes) <= 30


async def test_what_explains_an_alarm_now_is_not_told_of_then(
    world: World, client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = await incident(world)
    monkeypatch.setattr(world.alarming, "parent", lambda _: "mdb-1.dead")
    monkeypatch.setattr(world.alarming, "children", lambda _: ("lift-1.fault",))
    (shown,) = (await at(client, times["raised"]))["alarms"]
    assert (shown["headline"], shown["children"]) == (None, [])


async def test_a_step_looks_for_its_own_point_only(world: World) -> None:
    """A thousand steps that each looked through all points of the site held everybody up for seconds."""

    class Asked(dict[str, Any]):
        def values(self) -> Any:
            raise AssertionError("all equipment, for one reading")

    site = replace(world.site, equipment=Asked(world.site.equipment))
    services = replace(world.services, site=site)
    reading = Reading("pit-1.level", 1.5, Quality.GOOD, NOON, NOON)
    shown = step(Played(NOON, reading), services, "en")
    assert shown.point is not None
    assert (shown.point.id, shown.point.value) == ("pit-1.level", 1.5)
    gone = step(Played(NOON, replace(reading, point="gone-9.level")), services, "en")
    assert gone.point is None
