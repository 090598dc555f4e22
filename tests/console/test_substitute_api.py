"""A person states a value for a point, through the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.domain.alarm import AlarmState
from monitor.domain.reading import Quality
from tests.console.conftest import Client
from tests.console.world import World

LEVEL = "/api/v1/points/pit-1.level"
BY_EYE = {"value": 3.1, "until": "2026-11-23T05:00:00Z", "reason": "液位計故障，現場目測"}


async def test_it_is_shown_marked_raises_and_never_clears(
    world: World, client: Callable[..., Client]
) -> None:
    await world.measure("pit-1.level", 1.2)
    answer = (await client("operator").post(f"{LEVEL}/substitute", json=BY_EYE)).json()
    assert (answer["value"], answer["quality"], answer["reason"]) == (3.1, "uncertain", "substituted")
    assert (answer["substitute"]["actor"], answer["substitute"]["reason"]) == (
        "token:operator",
        BY_EYE["reason"],
    )
    await world.settle()
    assert world.alarming.alarm("pit-1.level_high").state is AlarmState.UNACK
    await client("operator").post(f"{LEVEL}/substitute", json={**BY_EYE, "value": 0.5})
    await world.settle()
    assert world.alarming.alarm("pit-1.level_high").active, "uncertain data never clears"
    back = (await client("operator").post(f"{LEVEL}/resume")).json()
    assert (back["value"], back["quality"], back["substitute"]) == (1.2, "good", None)
    assert [entry.action for entry in world.journal.audit_entries] == [
        "point.substitute",
        "point.substitute",
        "point.resume",
    ]


async def test_it_ends_by_itself(world: World, client: Callable[..., Client]) -> None:
    await world.measure("pit-1.level", 1.2)
    await client("operator").post(f"{LEVEL}/substitute", json=BY_EYE)
    await world.clock.advance(3600)
    world.services.substituting.tick(world.now())  # type: ignore[attr-defined]
    point = (await client("viewer").get(LEVEL)).json()
    assert (point["value"], point["substitute"]) == (1.2, None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**BY_EYE, "value": "high"}, "not_of_this_kind"),
        ({**BY_EYE, "value": True}, "not_of_this_kind"),
        ({**BY_EYE, "until": "2026-11-23T03:00:00Z"}, "end_not_in_future"),
        ({**BY_EYE, "until": "2027-11-23T03:00:00Z"}, "end_too_far"),
        ({**BY_EYE, "reason": ""}, "reason_missing"),
    ],
)
async def test_what_is_wrong_is_named(
    body: dict[str, object], code: str, client: Callable[..., Client]
) -> None:
    answer = await client("operator").post(f"{LEVEL}/substitute", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_point_that_is_not_there(client: Callable[..., Client]) -> None:
    assert (
        await client("operator").post("/api/v1/points/pit-9.level/substitute", json=BY_EYE)
    ).status_code == 404


async def test_after_a_start_it_still_holds(world: World, client: Callable[..., Client]) -> None:
    await client("operator").post(f"{LEVEL}/substitute", json=BY_EYE)
    other = World(world.clock)
    other.services.substituting.restore((await world.journal.load()).substitutions)  # type: ignore[attr-defined]
    reading = other.live.reading("pit-1.level")
    assert reading is not None
    assert (reading.value, reading.quality) == (3.1, Quality.SUBSTITUTED)
