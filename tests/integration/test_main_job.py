"""The main job from the wire to the handset and back, with whole processes: what the README promises."""

from __future__ import annotations

import signal
import time
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.integration.house import House, client_id

pytestmark = pytest.mark.real

Json = dict[str, Any]
LEAK = "leak-b2-05.leak"


def delivered(home: House, alarm: str) -> list[Json]:
    """Messages about an alarm that reached a handset."""
    shown = home.alarm(alarm)
    return [m for m in (shown or {}).get("notifications", []) if m["state"] == "delivered"]


def wet(home: House) -> Json:
    """Make the leak and wait for its alarm and its messages."""
    home.drill("inject leak leak-b2-05")
    home.until(lambda: delivered(home, LEAK), "the leak's message is on a phone")
    shown = home.alarm(LEAK)
    assert shown is not None
    return shown


def test_a_leak_is_told_to_the_person_on_duty_and_acknowledged_by_replying_its_code(home: House) -> None:
    alarm = wet(home)
    assert (alarm["state"], alarm["priority"], alarm["kind"]) == ("UNACK", "critical", "leak")
    assert alarm["card"]["action"]
    [message] = delivered(home, LEAK)[:1]
    assert message["code"] in message["text"]
    answer = home.request(
        "POST",
        f"/api/v1/phones/{message['recipient']}/replies",
        json={"text": f" {message['code'].lower()} "},
    )
    assert answer.status_code == 202, answer.text
    home.until(lambda: (home.alarm(LEAK) or {}).get("state") == "ACK", "the reply acknowledged the leak")
    shown = home.alarm(LEAK)
    assert shown is not None
    assert shown["acknowledged_by"] == message["recipient"]
    later = [m for m in shown["notifications"] if m["state"] == "waiting"]
    assert later == [], "what was only for the unacknowledged is cancelled"


def test_lamps_below_the_contract_raise_and_a_repaired_lamp_clears(home: House) -> None:
    home.drill("inject lamps_failed lamps-a to=92")
    alarm = home.until(lambda: home.alarm("lamps-a.lamps"), "92 % of the lamps is an alarm")
    assert alarm["kind"] == "availability"
    body = {"occurrence": alarm["occurrence"], "annunciation": alarm["annunciation"], "note": "seen"}
    acknowledged = home.request("POST", "/api/v1/alarms/lamps-a.lamps/ack", json=body)
    assert acknowledged.status_code == 200
    again = home.request("POST", "/api/v1/alarms/lamps-a.lamps/ack", json=body)
    assert again.status_code == 200, "a repeat is harmless"
    events = home.items("/api/v1/events", alarm="lamps-a.lamps")
    assert [e["cause"] for e in events].count("acknowledged") == 1
    home.drill("clear lamps_failed lamps-a")
    home.until(lambda: home.alarm("lamps-a.lamps") is None, "all lamps work: normal again")


def test_a_device_that_does_not_answer_is_an_alarm_of_its_own_and_delays_nobody(home: House) -> None:
    home.drill("inject not_answering pit-2")
    home.until(lambda: home.alarm("pit-2.comm"), "pit-2 is silent")
    point = home.get("/api/v1/points/pit-2.level")
    assert (point["quality"], point["reason"]) == ("bad", "comm_failure")
    stamps = set()
    for _ in range(30):
        stamps.add(home.get("/api/v1/points/pit-1.level")["received_time"])
        time.sleep(0.2)
    assert len(stamps) >= 4, "its neighbour keeps its second"
    home.drill("clear not_answering pit-2")
    home.until(lambda: home.get("/api/v1/points/pit-2.level")["quality"] == "good", "pit-2 is back", 60)


def test_kill_9_with_alarms_open_forgets_nothing_and_tells_nobody_twice(home: House) -> None:
    wet(home)
    home.drill("inject lamps_failed lamps-a to=92")
    lamps = home.until(lambda: home.alarm("lamps-a.lamps"), "the lamps' alarm")
    home.until(lambda: delivered(home, "lamps-a.lamps"), "its message")
    body = {"occurrence": lamps["occurrence"], "annunciation": lamps["annunciation"], "note": "on it"}
    assert home.request("POST", "/api/v1/alarms/lamps-a.lamps/ack", json=body).status_code == 200
    before = {a["id"]: a for a in home.items("/api/v1/alarms")}
    sent = {m["id"] for m in home.items("/api/v1/messages") if m["attempts"]}
    home.kill()
    time.sleep(2)
    home.start_daemon()
    time.sleep(5)
    after = {a["id"]: a for a in home.items("/api/v1/alarms")}
    for id_ in (LEAK, "lamps-a.lamps"):
        for field in (
            "state",
            "occurrence",
            "annunciation",
            "acknowledged_by",
            "acknowledged_at",
            "raised_at",
        ):
            assert after[id_][field] == before[id_][field], (id_, field)
    assert {m["id"] for m in home.items("/api/v1/messages") if m["attempts"]} == sent, "no second SMS"
    gap = [e for e in home.items("/api/v1/events") if e["cause"] == "was_down"]
    assert len(gap) == 1
    assert gap[0]["note"] == "no clean stop"
    assert 1 < gap[0]["value"] < 60, "it says for how long"


def test_sigterm_stops_cleanly_and_the_next_start_knows_it(home: House) -> None:
    started = time.monotonic()
    assert home.stop_daemon() == 0
    assert time.monotonic() - started < 10
    home.start_daemon()
    [gap] = [e for e in home.items("/api/v1/events") if e["cause"] == "was_down"]
    assert gap["note"] == ""


def test_sighup_takes_a_new_configuration_without_losing_state_and_refuses_a_wrong_one(home: House) -> None:
    alarm = wet(home)
    equipment = home.read("equipment.yaml")
    extra = next(e for e in equipment["equipment"] if e["id"] == "leak-b2-06") | {"id": "leak-b2-07"}
    home.write("equipment.yaml", {"equipment": [*equipment["equipment"], extra]})
    home.signal(signal.SIGHUP)

    def taken() -> bool:
        return home.healthy() and home.request("GET", "/api/v1/equipment/leak-b2-07").status_code == 200

    home.until(taken, "the new equipment is known")
    after = home.alarm(LEAK)
    assert after is not None
    for field in ("state", "occurrence", "annunciation", "raised_at"):
        assert after[field] == alarm[field]
    assert home.get("/api/v1/points/pit-1.level")["value"] is not None
    assert [e for e in home.items("/api/v1/events") if e["cause"] == "was_down"] == []
    home.write("equipment.yaml", {"equipment": [*equipment["equipment"], {"id": "x"}]})
    home.signal(signal.SIGHUP)
    home.until(lambda: "reload.refused" in home.log(), "the wrong configuration is refused")
    assert home.healthy()
    assert home.request("GET", "/api/v1/equipment/leak-b2-07").status_code == 200


def test_a_missed_round_is_raised_and_told_within_a_minute_of_its_end(home: House) -> None:
    now = datetime.now(ZoneInfo("Asia/Shanghai")).replace(second=0, microsecond=0)
    window = f"{now - timedelta(minutes=5):%H:%M}-{now + timedelta(minutes=1):%H:%M}"
    late = f"{now - timedelta(minutes=5):%H:%M}-{now + timedelta(minutes=40):%H:%M}"
    common = {"grace": "0s", "role": "electrician", "priority": "high"}
    missed = {"id": "missed", "name": "無人", "checkpoints": ["pit-1-door"], "windows": [window]} | common
    walked = {"id": "walked", "name": "有人", "checkpoints": ["switchroom-1"], "windows": [late]} | common
    home.write("extra.yaml", {"rounds": [missed, walked]})
    home.signal(signal.SIGHUP)

    def rounds() -> dict[str, Json]:
        return {r["round"]: r for r in home.items("/api/v1/rounds")} if home.healthy() else {}

    home.until(lambda: "walked" in rounds(), "the rounds are known")
    scan = {
        "at": datetime.now(ZoneInfo("UTC")).isoformat(),
        "answers": {"smell": True},
        "client_id": client_id(),
    }
    first = home.request("POST", "/api/v1/checkpoints/switchroom-1/scans", json=scan)
    again = home.request("POST", "/api/v1/checkpoints/switchroom-1/scans", json=scan)
    assert (first.status_code, again.status_code) == (201, 200)
    assert rounds()["walked"]["outcome"] == "in_time"
    alarm = home.until(lambda: home.alarm("missed.missed"), "the missed round is an alarm", 90)
    assert alarm["kind"] == "inspection"
    assert rounds()["missed"]["outcome"] == "missed"
    end = datetime.fromisoformat(rounds()["missed"]["grace_until"])
    assert datetime.fromisoformat(alarm["raised_at"]) - end < timedelta(minutes=1)
    home.until(lambda: delivered(home, "missed.missed"), "and told")
    body = {"occurrence": alarm["occurrence"], "annunciation": alarm["annunciation"]}
    refused = home.request("POST", "/api/v1/alarms/missed.missed/ack", json=body | {"note": ""})
    assert refused.status_code == 422, "a missed round needs a reason"
    taken = home.request("POST", "/api/v1/alarms/missed.missed/ack", json=body | {"note": "門鎖住"})
    assert taken.status_code == 200
    assert rounds()["missed"]["outcome"] in ("missed", "excused"), "the record keeps the miss"


def test_a_wrong_configuration_never_starts_half_a_daemon(home: House) -> None:
    home.stop_daemon()
    site = home.read("site.yaml")
    site["site"]["timezone"] = "Asia/Shangai"
    site["connections"]["plantroom"]["url"] = "tpc://nowhere"
    home.write("site.yaml", site)
    started = home.cli("run", "--config", str(home.config))
    assert started.returncode == 78
    assert len([line for line in started.stderr.splitlines() if "site.yaml:" in line]) == 2
    assert "Asia/Shanghai" in started.stderr, "it knows what was meant"
