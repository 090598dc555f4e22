"""A control room that nobody sits in, before the real daemon: what is critical goes further up long before its time."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from monitor.engine.unheard import START_UP
from tests.integration.conftest import Json
from tests.integration.house import House

pytestmark = pytest.mark.real

LEAK, OURS = "leak-b2-05.leak", "watchroom.console"
CONSOLE = "c0ffee00c0ffee00"
SOONER = 120.0
"""Seconds within which the manager must know; by the policy alone it would be 600."""


@contextlib.contextmanager
def _console(home: House) -> Iterator[None]:
    """An open line of a console, as a browser holds it."""
    headers = {"Authorization": f"Bearer {home.token}"}
    gone = threading.Event()
    with (
        httpx.Client(base_url=home.url, headers=headers, trust_env=False, verify=False, timeout=20) as client,
        client.stream("GET", "/api/v1/stream", params={"console": CONSOLE, "topic": "link"}) as line,
    ):
        lines = line.iter_lines()
        next(lines)
        reading = threading.Thread(target=_read, args=(lines, gone), daemon=True)
        reading.start()
        yield
        gone.set()
        reading.join(10)


def _read(lines: Iterator[str], gone: threading.Event) -> None:
    for _ in lines:
        if gone.is_set():
            return


def _managers(home: House) -> list[str]:
    alarm: Json = home.alarm(LEAK) or {"notifications": []}
    return sorted(
        message["recipient"]
        for message in alarm["notifications"]
        if message["role"] == "manager" and message["state"] in ("sent", "delivered")
    )


def test_nobody_at_any_console_and_then_somebody(home: House) -> None:
    began = time.monotonic()
    home.drill("inject leak leak-b2-05")
    home.until(lambda: home.alarm(LEAK), "the leak is an alarm")
    assert _managers(home) == []
    home.until(lambda: len(_managers(home)) == 2, "both managers are told", SOONER)
    assert time.monotonic() - began > START_UP - 20, "after a start consoles get time to find back"
    ours = home.until(lambda: home.alarm(OURS), "our own alarm")
    assert (ours["priority"], ours["kind"], ours["active"]) == ("critical", "self", True)
    value = {lang: home.get(f"/api/v1/alarms/{OURS}", lang=lang)["value"] for lang in ("en", "zh-Hans")}
    assert value == {"en": "nobody connected", "zh-Hans": "无人连接"}
    with _console(home):
        said = home.request("POST", "/api/v1/presence", json={"console": CONSOLE, "sound": "on"})
        assert said.json() == {"counts": True}
        assert len(home.get("/api/v1/presence")["items"]) == 1
        assert 'watchroom_consoles{sound="on"} 1.0' in home.request("GET", "/metrics").text

        def over() -> bool:
            alarm = home.alarm(OURS)
            return alarm is not None and not alarm["active"]

        home.until(over, "our own alarm is over while somebody can hear")
    home.until(lambda: not home.get("/api/v1/presence")["items"], "the console is gone", 20)
