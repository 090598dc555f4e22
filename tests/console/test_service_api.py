"""Equipment out of service or in commissioning, and the duty log, through the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.domain.alarm import AlarmState
from monitor.engine.servicing import Servicing
from tests.console.conftest import Client
from tests.console.world import World

PIT = "/api/v1/equipment/pit-1"
LATER = "2026-11-23T05:00:00Z"
REPAIR = {"mode": "out_of_service", "until": LATER, "reason": "更換軸承"}


async def test_its_alarms_are_told_to_nobody_and_come_back_by_themselves(
    world: World, client: Callable[..., Client]
) -> None:
    answer = await client("engineer").post(f"{PIT}/service", json=REPAIR)
    assert answer.json()["service"] | {"since": "", "actor_name": ""} == {
        "mode": "out_of_service",
        "since": "",
        "until": "2026-11-23T05:00:00.000Z",
        "actor": "token:engineer",
        "actor_name": "",
        "reason": "更換軸承",
    }
    await world.measure("pit-1.level", 3.5)
    alarm = (await client("viewer").get("/api/v1/alarms/pit-1.level_high")).json()
    assert (alarm["state"], alarm["active"], alarm["notifications"]) == ("OUT_OF_SERVICE", True, [])
    await world.clock.advance(3600)
    world.alarming.tick(world.now())
    await world.settle()
    alarm = (await client("viewer").get("/api/v1/alarms/pit-1.level_high")).json()
    assert (alarm["state"], len(alarm["notifications"])) == ("UNACK", 1)
    assert (await client("viewer").get(PIT)).json()["service"] is None


async def test_back_into_service_before_its_end(world: World, client: Callable[..., Client]) -> None:
    await client("engineer").post(f"{PIT}/service", json={**REPAIR, "mode": "commissioning"})
    assert (await client("viewer").get(PIT)).json()["service"]["mode"] == "commissioning"
    answer = await client("engineer").post(f"{PIT}/service", json={"mode": "in_service"})
    assert answer.json()["service"] is None
    assert world.alarming.alarm("pit-1.level_high").state is AlarmState.NORM
    assert [entry.action for entry in world.journal.audit_entries] == [
        "equipment.commissioning",
        "equipment.in_service",
    ]


async def test_after_a_start_it_holds_also_for_a_rule_that_is_new(
    world: World, client: Callable[..., Client]
) -> None:
    await client("engineer").post(f"{PIT}/service", json=REPAIR)
    other = World(world.clock)
    async with other.running():
        servicing = Servicing(other.alarming, other.writer, other.clock)
        servicing.restore((await world.journal.load()).services)
        await other.settle()
        assert other.alarming.alarm("pit-1.level_high").state is AlarmState.OUT_OF_SERVICE
        assert servicing.of("pit-1") is not None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"mode": "out_of_service", "reason": "x"}, "end_not_in_future"),
        ({**REPAIR, "until": "2026-11-23T03:00:00Z"}, "end_not_in_future"),
        ({**REPAIR, "until": "2027-11-23T03:00:00Z"}, "end_too_far"),
        ({**REPAIR, "reason": " "}, "reason_missing"),
        ({**REPAIR, "mode": "asleep"}, "invalid"),
    ],
)
async def test_what_is_missing_is_named(
    body: dict[str, str], code: str, client: Callable[..., Client]
) -> None:
    answer = await client("engineer").post(f"{PIT}/service", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_it_takes_an_engineer(client: Callable[..., Client]) -> None:
    assert (await client("operator").post(f"{PIT}/service", json=REPAIR)).status_code == 403


async def test_a_shelf_is_no_longer_than_the_site_allows(world: World, client: Callable[..., Client]) -> None:
    world.alarming._commanding._longest_shelf = 3600.0
    await world.measure("pit-1.level", 3.5)
    seen = {"occurrence": 1, "annunciation": 1, "reason": "noisy"}
    for until, status in (("2026-11-23T05:00:00Z", 200), ("2026-11-23T06:00:00Z", 422)):
        answer = await client("operator").post(
            "/api/v1/alarms/pit-1.level_high/shelve", json={**seen, "until": until}
        )
        assert answer.status_code == status
    assert answer.json()["code"] == "end_too_far"


async def test_the_duty_log_keeps_what_no_alarm_said(world: World, client: Callable[..., Client]) -> None:
    operator = client("operator")
    first = await operator.post("/api/v1/log", json={"text": " 泵房有異味，已通風 ", "equipment": "pit-1"})
    await world.clock.advance(60)
    await operator.post("/api/v1/log", json={"text": "消防主機檢查正常"})
    assert (first.status_code, first.json()["text"], first.json()["actor"]) == (
        201,
        "泵房有異味，已通風",
        "token:operator",
    )
    items = (await client("viewer").get("/api/v1/log")).json()["items"]
    assert [item["equipment"] for item in items] == ["", "pit-1"]
    assert items[1]["equipment_name"].startswith("B1")
    only = (await client("viewer").get("/api/v1/log", params={"equipment": "pit-1"})).json()["items"]
    assert [item["id"] for item in only] == [first.json()["id"]]
    later = (await client("viewer").get("/api/v1/log", params={"from": "2026-11-23T04:00:30Z"})).json()[
        "items"
    ]
    assert [item["text"] for item in later] == ["消防主機檢查正常"]


@pytest.mark.parametrize(
    ("body", "status"), [({"text": " "}, 422), ({"text": "x", "equipment": "nowhere"}, 404), ({}, 422)]
)
async def test_an_entry_says_something_about_something_that_is_there(
    body: dict[str, str], status: int, client: Callable[..., Client]
) -> None:
    assert (await client("operator").post("/api/v1/log", json=body)).status_code == status
