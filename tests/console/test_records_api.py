"""History, rounds, orders, roster, messages, scorecard through the API."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from monitor.domain.inspection import AnswerKind, Checkpoint, CheckpointScan, Item
from monitor.domain.lamps import FailedLamp
from monitor.domain.reading import Quality
from monitor.ports import Change, Transient
from tests.console.conftest import Client
from tests.console.house import ATTACK, LAMPS
from tests.console.stage import calm
from tests.console.world import NOON, World

HISTORY = "/api/v1/history"


@pytest.fixture
def samples(world: World) -> None:
    for i in range(6):
        world.historian.put("pit-1.level", NOON - 600 + i * 100, 1.0 + i)
    world.historian.put("pit-1.level", NOON - 50, None, Quality.COMM_FAILURE)


@pytest.mark.usefixtures("samples")
async def test_raw_history_goes_on_by_cursor_without_loss(client: Callable[..., Client]) -> None:
    query: dict[str, Any] = {"point": "pit-1.level", "from": "2026-11-23T03:51:00Z", "limit": 2}
    values: list[object] = []
    for _ in range(10):
        page = (await client("viewer").get(HISTORY, params=query)).json()
        values += [item["value"] for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    # The value in force when the span began comes first, once.
    assert values == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, None]
    assert page["items"][-1]["reason"] == "comm_failure"


@pytest.mark.usefixtures("samples")
async def test_buckets_leave_gaps_as_gaps(client: Callable[..., Client]) -> None:
    query = {
        "point": "pit-1.level",
        "from": "2026-11-23T11:30:00+08:00",
        "to": "2026-11-23T04:00:00Z",
        "buckets": 3,
    }
    body = (await client("viewer").get(HISTORY, params=query)).json()
    assert [b["count"] for b in body["items"]] == [0, 0, 7]
    assert body["items"][0] == {
        "start": "2026-11-23T03:30:00.000Z", "end": "2026-11-23T03:40:00.000Z", "min": None, "mean": None,
        "max": None, "last": None, "count": 0, "good_share": 0.0,
    }  # fmt: skip
    assert (body["items"][2]["min"], body["items"][2]["max"]) == (1.0, 6.0)


@pytest.mark.usefixtures("samples")
async def test_csv_opens_right_in_a_spreadsheet(client: Callable[..., Client]) -> None:
    query = {"point": "pit-1.level", "from": "2026-11-23T03:00:00Z", "format": "csv"}
    answer = await client("viewer").get(HISTORY, params=query)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="pit-1.level_2026-11-23.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[1] == [
        "2026-11-23 11:50:00.000",
        "2026-11-23T03:50:00.000Z",
        "pit-1.level",
        "1.0",
        "m",
        "good",
        "",
    ]
    assert rows[-1][3:] == ["", "m", "bad", "comm_failure"]
    plain = await client("viewer").get(HISTORY, params={**query, "bom": "false", "buckets": 2})
    assert plain.text.startswith("start (Asia/Shanghai)")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
async def test_no_cell_becomes_a_formula(text: str, world: World, client: Callable[..., Client]) -> None:
    world.historian.put("lift-1.door", NOON - 5, text)
    world.historian.put("pit-1.level", NOON - 5, -1.5)
    answer = await client("viewer").get(HISTORY, params={"point": "lift-1.door", "format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert rows[1][3] == f"'{text}"
    number = await client("viewer").get(HISTORY, params={"point": "pit-1.level", "format": "csv"})
    assert ",-1.5," in number.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"point": "pit-1.nope"}, 404),
        ({}, 422),
        ({"point": "pit-1.level", "from": "yesterday"}, 422),
        ({"point": "pit-1.level", "from": "2026-11-23T05:00:00Z", "to": "2026-11-23T04:00:00Z"}, 422),
        ({"point": "pit-1.level", "buckets": "0"}, 422),
        ({"point": "pit-1.level", "buckets": "2001"}, 422),
        ({"point": "pit-1.level", "cursor": "x"}, 422),
    ],
)
async def test_wrong_questions_are_answered_as_problems(
    query: dict[str, str], status: int, client: Callable[..., Client]
) -> None:
    answer = await client("viewer").get(HISTORY, params=query)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_historian_that_is_down_is_said(world: World, client: Callable[..., Client]) -> None:
    world.historian.failure = Transient("connection refused")
    answer = await client("viewer").get(HISTORY, params={"point": "pit-1.level"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


# Rounds

SCANS = "/api/v1/checkpoints/switchroom-1/scans"


def visit(**more: Any) -> dict[str, Any]:
    answers = {"smell": True, "room_temp": 24.0, "door": "鎖好"}
    return {"at": "2026-11-23T12:00:00.000Z", "answers": answers, "client_id": "phone-0001", **more}


async def test_a_check_in_counts_once(world: World, client: Callable[..., Client]) -> None:
    await world.measure("room-1.room_temp", 30.0)
    await world.clock.advance(8 * 3600)  # type: ignore[attr-defined]
    await world.measure("room-1.room_temp", 30.0)
    first = await client().post(SCANS, json=visit())
    again = await client("admin").post(SCANS, json=visit())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["actor"] == "token:operator"
    assert first.json()["remarks"] == ["room_temp: differs 24 (room-1.room_temp 30)"]
    rounds = (await client("viewer").get("/api/v1/rounds", params={"round": "switchroom-twice"})).json()[
        "items"
    ]
    evening = rounds[-1]
    assert (evening["outcome"], evening["checkpoints"][0]["done_by"]) == ("in_time", "token:operator")
    taken = await client().post("/api/v1/checkpoints/pit-1-door/scans", json=visit(answers={}))
    assert (taken.status_code, taken.json()["code"]) == (409, "client_id_taken")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"answers": {"nothing": True}}, "invalid"),
        ({"answers": {"smell": "fine"}}, "invalid"),
        ({"answers": {"room_temp": "warm"}}, "invalid"),
        ({"answers": {"door": "ajar"}}, "invalid"),
        ({"at": "2026-11-23T13:00:00Z"}, "in_the_future"),
        ({"at": "noon"}, "invalid"),
        ({"client_id": "short"}, "invalid"),
        ({"client_id": "with space"}, "invalid"),
    ],
)
async def test_wrong_check_ins_are_refused(
    change: dict[str, Any], code: str, client: Callable[..., Client]
) -> None:
    answer = await client().post(SCANS, json=visit(at="2026-11-23T04:00:00Z") | change)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_checkpoint_shows_the_live_values_beside(world: World, client: Callable[..., Client]) -> None:
    await world.measure("room-1.room_temp", 24.5)
    place = (await client("viewer").get("/api/v1/checkpoints/switchroom-1", params={"lang": "en"})).json()
    temp = place["items"][1]
    assert (temp["ask"], temp["compare"]["value"], temp["within"]) == ("Room temperature", 24.5, 3.0)
    assert (await client("viewer").get("/api/v1/checkpoints/nowhere")).status_code == 404


# Orders, roster, handovers


async def test_an_order_goes_its_way(world: World, client: Callable[..., Client]) -> None:
    await world.measure("pit-1.level", 3.0)
    one = client()
    made = await one.post("/api/v1/orders", json={"title": "換浮球", "alarm": "pit-1.level_high"})
    assert made.status_code == 201
    order = made.json()
    assert (order["origin"], order["equipment"]) == ("alarm:pit-1.level_high#1", "pit-1")
    path = f"/api/v1/orders/{order['id']}/move"
    assert (await one.post(path, json={"state": "verified"})).json()["code"] == "not_from_here"
    assert (await one.post(path, json={"state": "on_site"})).json()[
        "on_site_at"
    ] == "2026-11-23T04:00:00.000Z"
    assert (await one.post("/api/v1/orders/none/move", json={"state": "on_site"})).status_code == 404
    assert (await one.post("/api/v1/orders", json={"title": "x", "equipment": "none"})).status_code == 404
    assert (await one.post("/api/v1/orders", json={"title": "x", "alarm": "none"})).status_code == 404
    assert (await one.post("/api/v1/orders", json={"title": " "})).status_code == 422
    assert len((await one.get("/api/v1/orders", params={"open_only": True})).json()["items"]) == 1
    assert (await one.get("/api/v1/orders", params={"cursor": "zzz"})).status_code == 422


async def test_the_roster_says_who_is_on_duty(client: Callable[..., Client]) -> None:
    roster = (await client("viewer").get("/api/v1/roster", params={"days": 2})).json()
    assert [(n["role"], [p["name"] for p in n["people"]], n["until"]) for n in roster["now"]] == [
        ("electrician", ["陳師傅"], "2026-11-23T08:00:00.000Z"),
        ("manager", ["王經理"], None),
    ]
    assert len(roster["items"]) == 6


async def test_handovers_tell_the_next_shift(client: Callable[..., Client]) -> None:
    one = client()
    assert (await one.post("/api/v1/handovers", json={"text": " \n"})).status_code == 422
    made = await one.post("/api/v1/handovers", json={"text": "2 號泵待修"})
    assert (made.status_code, made.json()["actor"]) == (201, "token:operator")
    assert (await one.get("/api/v1/handovers")).json()["items"] == [made.json()]


# Messages


async def test_a_reply_on_the_simulated_phone_acknowledges(
    world: World, client: Callable[..., Client]
) -> None:
    await world.measure("leak-b2-05.leak", True)
    one = client()
    told = (await one.get("/api/v1/messages", params={"alarm": "leak-b2-05.leak"})).json()["items"]
    code = next(m["code"] for m in told if m["code"])
    assert (await one.post("/api/v1/phones/chen/replies", json={"text": code})).status_code == 202
    assert (await one.get("/api/v1/alarms/leak-b2-05.leak")).json()["acknowledged_by_name"] == "陳師傅"
    [came] = (await one.get("/api/v1/messages", params={"direction": "in"})).json()["items"]
    assert (came["name"], came["text"], came["outcome"]) == ("陳師傅", code, "acknowledged")
    assert (await one.post("/api/v1/phones/nobody/replies", json={"text": "1"})).status_code == 404
    wrong = await one.post("/api/v1/phones/chen/replies", json={"text": "1", "channel": "real"})
    assert wrong.json()["code"] == "no_simulation"


# Scorecard


async def test_the_scorecard_can_be_traced(world: World, client: Callable[..., Client]) -> None:
    await calm(world)
    await world.measure_all(
        {"lamps-a.lamp_1": (False, Quality.GOOD), "lamps-a.lamp_2": (None, Quality.STALE)}
    )
    await world.measure("leak-b2-05.leak", True)
    await world.clock.advance(90)  # type: ignore[attr-defined]
    seen = {"occurrence": 1, "annunciation": 1}
    await client().post("/api/v1/alarms/leak-b2-05.leak/ack", json=seen)
    await world.clock.advance(30)  # type: ignore[attr-defined]
    for minute in range(60):
        world.historian.put("lift-1.fault", NOON - 3600 + minute * 60, minute >= 54)
    score = (await client("viewer").get("/api/v1/reports/scorecard")).json()
    [lamps] = score["lamps"]
    assert (lamps["working"], lamps["failed"], lamps["unknown"]) == (LAMPS - 2, 1, 1)
    assert lamps["share"] == (LAMPS - 2) / LAMPS
    assert lamps["failed_points"] == ["lamps-a.lamp_1"]
    assert (score["responses"]["count"], score["responses"]["median_minutes"]) == (1, 1.5)
    assert score["responses"]["items"][0]["alarm"] == "leak-b2-05.leak"
    [lift] = score["lifts"]
    assert lift["point"] == "lift-1.fault"
    # Five whole minutes, and the last sample counts for three heartbeats at most, whatever comes after.
    assert lift["down_minutes"] == 8.0
    too_long = {"from": "2026-01-01T00:00:00Z"}
    assert (await client("viewer").get("/api/v1/reports/scorecard", params=too_long)).status_code == 422


async def test_a_zone_that_does_not_answer_is_not_said_to_be_dark(
    world: World, client: Callable[..., Client]
) -> None:
    async def commanded() -> bool | None:
        score = (await client("viewer").get("/api/v1/reports/scorecard")).json()
        [lamps] = score["lamps"]
        assert lamps["share"] is None
        found: bool | None = lamps["commanded"]
        return found

    await world.measure("lamps-a.commanded", False)
    assert await commanded() is False
    await world.measure("lamps-a.commanded", False, Quality.COMM_FAILURE)
    assert await commanded() is None, "no reading is not normal"


async def test_an_alarm_whose_time_is_not_over_is_no_late_answer(
    world: World, client: Callable[..., Client]
) -> None:
    await world.measure("leak-b2-05.leak", True)

    async def waiting() -> int:
        score = (await client("viewer").get("/api/v1/reports/scorecard")).json()
        assert (score["responses"]["count"], score["responses"]["answered"]) == (1, 0)
        found: int = score["responses"]["waiting"]
        return found

    await world.clock.advance(29 * 60)  # type: ignore[attr-defined]
    assert await waiting() == 1
    await world.clock.advance(2 * 60)  # type: ignore[attr-defined]
    assert await waiting() == 0


async def test_untrusted_labels_travel_as_text(world: World, client: Callable[..., Client]) -> None:
    answer = await client("viewer").get("/api/v1/equipment/odd-1")
    assert answer.json()["name"] == ATTACK
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_each_failed_lamp_has_its_clock(world: World, client: Callable[..., Client]) -> None:
    now = world.clock.now().wall
    world.lamps["lamps-a"] = (
        FailedLamp("lamp_3", now - 172_900, now - 100),
        FailedLamp("lamp_1", now - 60, now + 172_740),
    )
    answer = await client("viewer").get("/api/v1/equipment/lamps-a")
    lamps = answer.json()["failed_lamps"]
    assert [(lamp["point"], lamp["label"], lamp["overdue"]) for lamp in lamps] == [
        ("lamps-a.lamp_3", "3 號燈", True),
        ("lamps-a.lamp_1", "1 號燈", False),
    ]
    assert lamps[0]["due"].endswith("Z")
    assert (await client("viewer").get("/api/v1/equipment/odd-1")).json()["failed_lamps"] == []


async def test_a_rule_that_asks_for_no_test_says_so(world: World, client: Callable[..., Client]) -> None:
    rule = next(rule.id for item in world.site.equipment.values() for rule in item.rules)
    ask = client("operator").post
    assert (await ask(f"/api/v1/alarms/{rule}/tested", json={"note": " "})).json()[
        "refusal"
    ] == "reason_missing"
    answer = await ask(f"/api/v1/alarms/{rule}/tested", json={"note": "wet cloth"})
    assert (answer.status_code, answer.json()["refusal"]) == (422, "no_test")


async def test_a_count_by_eye_and_telemetry_together(world: World, client: Callable[..., Client]) -> None:
    place = next(iter(world.site.checkpoints.values()))
    asked = replace(
        place, items=(Item("dark", {"": "Dark lamps"}, AnswerKind.NUMBER, counts_failed="lamps-a"),)
    )
    cast(dict[str, Checkpoint], world.site.checkpoints)[place.id] = asked
    now = world.clock.now().wall
    before = (await client("viewer").get("/api/v1/reports/scorecard")).json()["lamps"][0]
    assert before["counted_failed"] is None
    for at, failed in ((now - 7200, 9.0), (now - 3600, 4.0), (now - 40 * 3600, 50.0)):
        scan = CheckpointScan(f"c-{at}", place.id, at, at, "wang", answers={"dark": failed})
        await world.journal.commit([Change(scans=(scan,))])
    lamps = (await client("viewer").get("/api/v1/reports/scorecard")).json()["lamps"][0]
    assert (lamps["counted_failed"], lamps["counted_by"]) == (4, "wang")
    assert lamps["failed"] == max(4, before["failed"])
    assert lamps["unknown"] == 0
    assert lamps["share"] == pytest.approx(1 - lamps["failed"] / lamps["commanded_on"])


async def test_a_sensor_that_asks_for_tests_shows_when_it_was_proven_and_takes_a_note(
    world: World, client: Callable[..., Client]
) -> None:
    rule = "leak-b2-05.untested"
    await world.measure("leak-b2-05.leak", False)
    [first] = (await client("viewer").get("/api/v1/equipment/leak-b2-05?lang=en")).json()["tests"]
    assert first == {
        "alarm": rule,
        "point": "leak-b2-05.leak",
        "label": "Water",
        "proven_at": "2026-11-23T04:00:00.000Z",
        "due": "2027-05-22T04:00:00.000Z",
        "overdue": False,
    }
    await world.clock.advance(181 * 86_400)
    await world.measure("leak-b2-05.leak", False)
    [late] = (await client("viewer").get("/api/v1/equipment/leak-b2-05")).json()["tests"]
    assert late["overdue"] is True
    raised = (await client("viewer").get(f"/api/v1/alarms/{rule}")).json()
    assert (raised["state"], raised["asks_test"]) == ("UNACK", True)
    answer = await client("operator").post(f"/api/v1/alarms/{rule}/tested", json={"note": "wet cloth"})
    assert (answer.status_code, answer.json()["state"]) == (200, "RTN_UNACK")
    [after] = (await client("viewer").get("/api/v1/equipment/leak-b2-05")).json()["tests"]
    assert (after["proven_at"][:10], after["overdue"]) == ("2027-05-23", False)
    story = (await client("viewer").get("/api/v1/events", params={"alarm": rule})).json()["items"]
    assert ("token:operator", "wet cloth") in {(e["actor"], e["note"]) for e in story}
    assert (await client("viewer").get("/api/v1/equipment/odd-1")).json()["tests"] == []
