"""Who silenced the horn, where, and what was sounding: in the story of each alarm and in the audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from monitor.domain.people import Role
from monitor.domain.positions import OperatorPosition
from monitor.engine import writer
from monitor.engine.presence import Sound
from monitor.engine.silencing import NAMED
from monitor.ports import Transient
from tests.console.conftest import Client
from tests.console.world import World

SILENCE = "/api/v1/silence"
CONSOLE = "0123456789abcdef"
PIT = "pit-1.level_high"
LEAK = "leak-b2-05.leak"


def seen(world: World, *alarms: str) -> list[dict[str, Any]]:
    found = [world.alarming.alarm(id_) for id_ in alarms]
    return [{"id": a.id, "occurrence": a.occurrence, "annunciation": a.annunciation} for a in found]


def audit(world: World) -> list[tuple[str, str, str, str]]:
    rows = [entry for group in world.journal.commits for change in group for entry in change.audit]
    return [(one.actor, one.action, one.subject, one.detail) for one in rows]


@pytest.fixture
async def two(world: World) -> None:
    await world.measure("leak-b2-05.leak", True)
    await world.measure("pit-1.level", 3.5)


@pytest.mark.usefixtures("two")
async def test_each_alarm_that_sounded_tells_who_silenced_it_and_goes_on_waiting(
    world: World, client: Callable[..., Client]
) -> None:
    body = {"console": CONSOLE, "items": seen(world, LEAK, PIT), "others": 3}
    answer = await client("operator").post(SILENCE, json=body)
    assert (answer.status_code, answer.json()) == (200, {"recorded": 2})
    for id_ in (LEAK, PIT):
        [event] = [
            e
            for e in (await client("viewer").get("/api/v1/events", params={"alarm": id_})).json()["items"]
            if e["cause"] == "silenced"
        ]
        assert (event["actor"], event["note"]) == ("token:operator", "console 01234567")
        assert (event["before"], event["after"], event["annunciates"]) == ("UNACK", "UNACK", False)
        assert world.alarming.alarm(id_).acknowledged is False
    assert audit(world) == [
        ("token:operator", "horn.silence", "console 01234567", f"{LEAK}#1.1, {PIT}#1.1 and 3 more")
    ]


@pytest.mark.usefixtures("two")
async def test_what_was_acknowledged_or_came_anew_meanwhile_has_no_row_and_is_named_all_the_same(
    world: World, client: Callable[..., Client]
) -> None:
    items = seen(world, LEAK, PIT)
    await client("operator").post(f"/api/v1/alarms/{PIT}/ack", json=items[1])
    old = {**items[0], "annunciation": 0}
    gone = {"id": "no-such.alarm", "occurrence": 1, "annunciation": 1}
    answer = await client("operator").post(SILENCE, json={"console": CONSOLE, "items": [old, items[1], gone]})
    assert answer.json() == {"recorded": 0}
    assert audit(world)[-1][3] == f"{LEAK}#1.0, {PIT}#1.1, no-such.alarm#1.1"


@pytest.mark.usefixtures("two")
async def test_the_operator_position_is_named_where_the_screen_said_at_which_it_stands(
    world: World, client: Callable[..., Client]
) -> None:
    site = replace(
        world.site, positions=(OperatorPosition("plant", {"zh-Hant": "設備監控席", "en": "Plant"}),)
    )
    world.app.state.services = replace(world.services, site=site)
    with world.presence.attend(CONSOLE, "token:operator", Role.OPERATOR):
        said = {"console": CONSOLE, "sound": "on", "position": "plant"}
        assert (await client("operator").post("/api/v1/presence", json=said)).json() == {"counts": True}
        [position] = (await client("viewer").get("/api/v1/presence")).json()["items"]
        assert position["position"] == "plant"
        await client("operator").post(SILENCE, json={"console": CONSOLE, "items": seen(world, LEAK)})
        assert audit(world)[-1][1:] == ("horn.silence", "設備監控席", f"{LEAK}#1.1")
        await client("operator").post("/api/v1/presence", json={**said, "position": "desk-9"})
        assert [one.position for one in world.presence.positions] == [""], "not configured: none"


async def test_switching_the_horn_off_and_on_is_in_the_audit_and_saying_it_again_is_not(
    world: World, client: Callable[..., Client]
) -> None:
    with world.presence.attend(CONSOLE, "token:operator", Role.OPERATOR):
        for sound in ("off", "on", "on", "off", "off", "blocked"):
            await client("operator").post("/api/v1/presence", json={"console": CONSOLE, "sound": sound})
        assert world.presence.positions[0].sound is Sound.BLOCKED
    assert [row[1] for row in audit(world)] == ["horn.on", "horn.off", "horn.on"]


@pytest.mark.usefixtures("two")
async def test_a_flood_is_one_commit_and_its_audit_stays_short(
    world: World, client: Callable[..., Client]
) -> None:
    many = [{"id": f"x.{n}", "occurrence": 1, "annunciation": 1} for n in range(500)]
    answer = await client("operator").post(SILENCE, json={"console": CONSOLE, "items": many, "others": 9500})
    assert answer.json() == {"recorded": 0}
    detail = audit(world)[-1][3]
    assert detail.count("#") == NAMED
    assert detail.endswith("and 9950 more")
    too_many = await client("operator").post(SILENCE, json={"console": CONSOLE, "items": [*many, many[0]]})
    assert too_many.status_code == 422


@pytest.mark.usefixtures("two")
async def test_a_journal_that_does_not_write_is_told(
    world: World, client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.02)
    world.journal.failure = Transient("disk full")
    answer = await client("operator").post(SILENCE, json={"console": CONSOLE, "items": seen(world, LEAK)})
    assert (answer.status_code, answer.json()["code"]) == (503, "not_stored")
