"""Alarms through the API: what is told of them, and what people may do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.engine import writer
from monitor.ports import Change, Transient
from tests.console.conftest import Client
from tests.console.house import LAMPS
from tests.console.world import World

LEAK = "/api/v1/alarms/leak-b2-05.leak"
FIRST = {"occurrence": 1, "annunciation": 1}
CONTRACT = """id occurrence annunciation rule kind equipment priority state active acknowledged raised_at returned_at
    acknowledged_by acknowledged_at value message card notifications"""


@pytest.fixture
async def leak(world: World) -> None:
    await world.measure("leak-b2-05.leak", True)


@pytest.mark.usefixtures("leak")
async def test_an_alarm_says_everything_at_once(client: Callable[..., Client]) -> None:
    [alarm] = (await client("viewer", **{"Accept-Language": "zh-TW"}).get("/api/v1/alarms")).json()["items"]
    assert set(alarm) >= set(CONTRACT.split())
    assert alarm["message"] == "B2 五號水浸：漏水（水浸）"
    assert alarm["card"]["action"] == "立即到場，關閥門，啟動排水泵"
    assert (alarm["card"]["call"], alarm["card"]["role"], alarm["card"]["within"]) == (
        "當值電工",
        "electrician",
        1800.0,
    )
    assert (alarm["kind"], alarm["priority"], alarm["state"]) == ("leak", "critical", "UNACK")
    assert alarm["raised_at"] == "2026-11-23T04:00:00.000Z"
    assert alarm["respond_by"] == "2026-11-23T04:30:00.000Z"
    first, later = sorted(alarm["notifications"], key=lambda m: m["step"])
    assert (first["name"], first["state"], first["due_at"]) == ("陳師傅", "sent", None)
    assert (later["role"], later["state"], later["due_at"]) == (
        "manager",
        "waiting",
        "2026-11-23T04:03:00.000Z",
    )


@pytest.mark.usefixtures("leak")
@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "B2 五號水浸: Water leak (Water)"), ("zh-Hans", "B2 五號水浸：漏水（水浸）"), ("fr", None)],
)
async def test_messages_speak_the_language_asked_for(
    language: str, message: str | None, client: Callable[..., Client]
) -> None:
    answer = await client().get(LEAK, params={"lang": language})
    if message is None:
        assert answer.status_code == 422
    else:
        assert answer.json()["message"] == message


async def test_too_few_lamps_say_how_many_per_cent(world: World, client: Callable[..., Client]) -> None:
    lamps: dict[str, tuple[Value | None, Quality]] = {
        f"lamps-a.lamp_{n}": (n > 2, Quality.GOOD) for n in range(1, LAMPS + 1)
    }
    await world.measure_all({"lamps-a.commanded": (True, Quality.GOOD), **lamps})
    alarm = (await client().get("/api/v1/alarms/lamps-a.lamps")).json()
    assert (alarm["value"], alarm["unit"]) == (round(100 * (LAMPS - 2) / LAMPS, 2), "%")


async def test_an_alarm_whose_commit_hangs_is_not_called_stored(
    world: World, client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, commit = asyncio.Event(), world.journal.commit

    async def slow(changes: Sequence[Change]) -> None:
        await gate.wait()
        await commit(changes)

    monkeypatch.setattr(world.journal, "commit", slow)
    await world.measure("leak-b2-05.leak", True)
    alarm = (await client().get(LEAK)).json()
    assert (alarm["state"], alarm["stored"]) == ("UNACK", False)
    gate.set()
    await world.settle()
    assert (await client().get(LEAK)).json()["stored"]


async def test_filters(world: World, client: Callable[..., Client]) -> None:
    await world.measure("leak-b2-05.leak", True)
    await world.measure("pit-1.level", 3.0)
    await world.measure("leak-b2-05.battery", 5)

    async def ids(**query: str | list[str]) -> list[str]:
        items = (await client().get("/api/v1/alarms", params=query)).json()["items"]
        return [item["id"] for item in items]

    everything = ["leak-b2-05.leak", "pit-1.level_high", "leak-b2-05.battery"]
    assert await ids() == everything
    assert await ids(priority="high") == ["pit-1.level_high"]
    assert await ids(priority=["high", "low"]) == everything[1:]
    assert await ids(equipment="leak-b2-05") == [everything[0], everything[2]]
    assert await ids(priority="high,low") == everything[1:]
    assert await ids(state="", priority="", equipment="") == everything
    assert await ids(kind="leak") == everything[:1]
    assert await ids(state="ACK") == []
    assert "mdb-1.undervoltage" in await ids(state="NORM")
    assert (await client().get("/api/v1/alarms", params={"state": "LOUD"})).status_code == 422
    first = (await client().get("/api/v1/alarms", params={"limit": 2})).json()
    rest = (await client().get("/api/v1/alarms", params={"limit": 2, "cursor": first["next"]})).json()
    assert [a["id"] for a in first["items"] + rest["items"]] == everything
    assert rest["next"] is None
    assert (await client().get("/api/v1/alarms", params={"cursor": "é"})).status_code == 422


@pytest.mark.usefixtures("leak")
async def test_acknowledging_names_the_person_and_a_repeat_is_harmless(
    world: World, client: Callable[..., Client]
) -> None:
    first = await client().post(f"{LEAK}/ack", json=FIRST)
    again = await client("admin").post(f"{LEAK}/ack", json=FIRST)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["state"] == "ACK"
    assert again.json()["acknowledged_by"] == "token:operator"
    events = (await client().get("/api/v1/events", params={"alarm": "leak-b2-05.leak"})).json()["items"]
    assert [e["cause"] for e in events] == ["acknowledged", "raised"]
    assert [(e.actor, e.action) for e in world.journal.audit_entries] == [
        ("token:operator", "alarm.acknowledge")
    ]


@pytest.mark.usefixtures("leak")
@pytest.mark.parametrize(
    ("command", "body", "status", "code"),
    [
        ("ack", {"occurrence": 0, "annunciation": 1}, 409, "old_occurrence"),
        ("ack", {"occurrence": 2, "annunciation": 1}, 409, "unknown_occurrence"),
        ("ack", {"occurrence": 1, "annunciation": 0}, 409, "old_annunciation"),
        ("ack", {"occurrence": 1}, 422, "invalid"),
        ("ack", {"occurrence": -1, "annunciation": 1}, 422, "invalid"),
        ("reset", FIRST, 422, "still_active"),
        ("unshelve", FIRST, 422, "not_shelved"),
        ("shelve", {**FIRST, "until": "2026-11-23T03:00:00Z", "reason": "x"}, 422, "end_not_in_future"),
        ("shelve", {**FIRST, "until": "2026-11-23T05:00:00Z", "reason": " "}, 422, "reason_missing"),
        ("shelve", {**FIRST, "until": "in an hour", "reason": "x"}, 422, "invalid"),
        ("shelve", {**FIRST, "until": "2026-11-23T05:00:00", "reason": "x"}, 422, "invalid"),
        ("comment", {"note": "  "}, 422, "reason_missing"),
        ("comment", {"note": "x" * 2001}, 422, "invalid"),
    ],
)
async def test_refusals_have_names(
    command: str, body: dict[str, object], status: int, code: str, client: Callable[..., Client]
) -> None:
    answer = await client().post(f"{LEAK}/{command}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.usefixtures("leak")
async def test_reset_before_acknowledge_is_refused_and_after_it_works(
    world: World, client: Callable[..., Client]
) -> None:
    await world.measure("leak-b2-05.leak", False)
    early = await client().post(f"{LEAK}/reset", json=FIRST)
    assert (early.status_code, early.json()["refusal"]) == (422, "not_acknowledged")
    await client().post(f"{LEAK}/ack", json=FIRST)
    done = await client().post(f"{LEAK}/reset", json=FIRST)
    assert (done.status_code, done.json()["state"]) == (200, "NORM")


@pytest.mark.usefixtures("leak")
async def test_shelve_and_unshelve(client: Callable[..., Client]) -> None:
    body = {**FIRST, "until": "2026-11-23T13:00:00+08:00", "reason": "repair under way"}
    shelved = (await client().post(f"{LEAK}/shelve", json=body)).json()
    assert (shelved["state"], shelved["shelved_until"]) == ("SHELVED", "2026-11-23T05:00:00.000Z")
    back = (await client().post(f"{LEAK}/unshelve", json=FIRST)).json()
    assert (back["state"], back["annunciation"]) == ("UNACK", 2)


@pytest.mark.usefixtures("leak")
async def test_what_is_not_stored_is_said(
    world: World, client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.02)
    world.journal.failure = Transient("disk full")
    answer = await client().post(f"{LEAK}/ack", json=FIRST)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_stored")
    shown = (await client().get(LEAK)).json()
    assert shown["stored"] is False


async def test_a_missed_round_takes_a_reason(world: World, client: Callable[..., Client]) -> None:
    world.alarming.trip("pits-twice.missed", world.now(), "09:00-10:00")
    await world.settle()
    path = "/api/v1/alarms/pits-twice.missed"
    alarm = (await client().get(path)).json()
    assert (alarm["needs_reason"], alarm["equipment"], alarm["kind"]) == (True, "pits-twice", "inspection")
    assert (await client().post(f"{path}/ack", json=FIRST)).json()["code"] == "reason_missing"
    done = await client().post(f"{path}/ack", json={**FIRST, "note": "陳師傅送醫"})
    assert (done.status_code, done.json()["state"]) == (200, "NORM")


async def test_unknown_alarms_are_404(client: Callable[..., Client]) -> None:
    for answer in (
        await client().get("/api/v1/alarms/nobody.nothing"),
        await client().post("/api/v1/alarms/nobody.nothing/ack", json=FIRST),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_alarm")


async def test_points_never_look_better_than_they_are(world: World, client: Callable[..., Client]) -> None:
    await world.measure_all({"mdb-1.v_l1": (230.5, Quality.GOOD), "mdb-1.v_l2": (229.0, Quality.STALE)})
    items = (await client("viewer").get("/api/v1/points", params={"equipment": "mdb-1"})).json()["items"]
    assert [(p["value"], p["quality"], p["reason"]) for p in items[:3]] == [
        (230.5, "good", ""),
        (229.0, "bad", "stale"),
        (None, "bad", "no_data"),
    ]
    fields = [
        "id",
        "equipment",
        "label",
        "unit",
        "value",
        "quality",
        "reason",
        "source_time",
        "received_time",
    ]
    assert set(items[0]) >= set(fields)
    one = (await client("viewer").get("/api/v1/points/mdb-1.v_l1", params={"lang": "en"})).json()
    assert (one["label"], one["unit"], one["received_time"]) == (
        "Voltage L1",
        "V",
        "2026-11-23T04:00:00.000Z",
    )
    card = (await client("viewer").get("/api/v1/equipment/mdb-1")).json()
    assert card["quality"] == {"good": 1, "uncertain": 0, "bad": 4}
    assert card["ledger"]["maker"] == "Eastron"
    for path in ("/api/v1/points/mdb-1.nope", "/api/v1/points/x", "/api/v1/equipment/x"):
        assert (await client("viewer").get(path)).status_code == 404
