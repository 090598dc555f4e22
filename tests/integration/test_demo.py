"""What the README promises of `make demo`: three minutes in which everything is shown, and a clean end.

The demo plays in the background of the whole test session: its first test starts it, its last ones look at the record.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.integration.demo_show import SET_UP, SHOW, Show

pytestmark = [pytest.mark.real, pytest.mark.timeout(SHOW + 180), pytest.mark.xdist_group("demo")]

Json = dict[str, Any]
LEAK, LAMPS, MISSED = "leak-b2-05.leak", "lamps-a.lamps", "demo-unwalked.missed"


def test_it_is_up_and_says_where(show: Show) -> None:
    assert show.set_up < SET_UP
    assert "User       demo" in show.welcome
    assert show.request("GET", "/healthz").status_code == 200
    assert show.request("GET", "/").status_code in (200, 303, 307)


def test_it_needs_no_mosquitto(tmp_path: Path) -> None:
    small = Show(tmp_path, "--broker-program", "amqtt")
    try:
        assert small.request("GET", "/healthz").status_code == 200
        until(lambda: small.request("GET", "/api/v1/points/lift-1.floor").json()["quality"] == "good", 60)
        assert not any(command.split()[0].endswith("mosquitto") for command in small.left())
        assert small.interrupt()[0] == 0
        assert small.left() == []
    finally:
        small.end()


@pytest.mark.parametrize("alarm", [LEAK, LAMPS, MISSED])
def test_each_alarm_is_raised_and_told_within_three_minutes(over: Show, alarm: str) -> None:
    raised = [e for e in over.items("/api/v1/events", alarm=alarm) if e["cause"] in ("raised", "tripped")]
    assert raised, over.complaints()
    assert seconds(over, raised[-1]["at"]) < SHOW
    told = [m for m in over.items("/api/v1/messages", limit=200) if m["alarm"] == alarm]
    delivered = [m for m in told if m["state"] == "delivered"]
    assert delivered
    assert min(seconds(over, m["delivered_at"]) for m in delivered) < SHOW


def test_one_round_was_walked_in_time_and_the_other_missed(over: Show) -> None:
    outcomes = {one["round"]: one["outcome"] for one in over.items("/api/v1/rounds")}
    assert outcomes["demo-walked"] == "in_time"
    assert outcomes["demo-unwalked"] == "missed"


def test_the_trend_moved(over: Show) -> None:
    since = datetime.fromtimestamp(over.started, UTC).isoformat()
    until_ = datetime.fromtimestamp(over.started + SHOW, UTC).isoformat()
    query = {"point": "pit-1.level", "buckets": 60, "from": since, "to": until_}
    means = {
        round(one["mean"], 3) for one in over.items("/api/v1/history", **query) if one["mean"] is not None
    }
    assert len(means) > 20


def test_the_leak_is_acknowledged_by_replying_and_the_lamps_by_the_api(over: Show) -> None:
    message = next(
        m
        for m in over.items("/api/v1/messages", limit=200)
        if m["alarm"] == LEAK and m["state"] == "delivered"
    )
    path = f"/api/v1/phones/{message['recipient']}/replies"
    assert over.request("POST", path, json={"text": message["code"]}).status_code == 202
    shown = until(lambda: acknowledged(over, LEAK), 60)
    assert shown["acknowledged_by"] == message["recipient"]
    lamps = over.request("GET", f"/api/v1/alarms/{LAMPS}").json()
    seen = {"occurrence": lamps["occurrence"], "annunciation": lamps["annunciation"]}
    assert over.request("POST", f"/api/v1/alarms/{LAMPS}/ack", json=seen).status_code == 200
    assert until(lambda: acknowledged(over, LAMPS), 60)["acknowledged_by"]


def test_ctrl_c_ends_everything(over: Show) -> None:
    assert len(over.left()) >= 3, "demo, plant, daemon"
    code, took = over.interrupt()
    assert code == 0, over.complaints()
    assert took < 15
    assert over.left() == []
    assert list(over.home.glob("watchroom-demo-*")) == [], "it tidies up"


def acknowledged(show: Show, alarm: str) -> Json | None:
    """The alarm once it is acknowledged."""
    shown: Json = show.request("GET", f"/api/v1/alarms/{alarm}").json()
    return shown if shown["acknowledged_at"] else None


def seconds(show: Show, at: str) -> float:
    """Seconds between the start of the demo and this time."""
    return datetime.fromisoformat(at).timestamp() - show.started


def until(look: Callable[[], Any], patience: float) -> Any:
    """Look again and again until there is something."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if seen := look():
            return seen
        time.sleep(0.2)
    raise AssertionError(f"nothing within {patience:g} s")
