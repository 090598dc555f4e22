"""The daemon as systemd sees it: readiness, watchdog, reload, stop, exit codes. The service manager is a real socket."""

from __future__ import annotations

import concurrent.futures
import contextlib
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.conftest import eager
from tests.integration.house import House, house
from tests.integration.notified import Notified, notified

pytestmark = pytest.mark.real

Json = dict[str, Any]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Notified]:
    """A service manager that only listens."""
    with notified(tmp_path / "notify") as listening:
        yield listening


@pytest.fixture
def service(tmp_path: Path, manager: Notified) -> Iterator[House]:
    """A running house that reports to `manager`."""

    def prepare(built: House) -> None:
        eager(built)
        built.environment = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "60000000"}

    with house(tmp_path, prepare=prepare) as running:
        yield running


def test_ready_is_said_once_and_only_when_everything_answers(service: House, manager: Notified) -> None:
    service.until(lambda: manager.times("READY"), "READY")
    assert service.healthy()
    assert len(manager.times("READY")) == 1
    assert "console on 127.0.0.1" in manager.status
    assert '"daemon.started"' in service.log()
    service.until(lambda: manager.times("WATCHDOG"), "the first feeding", 10)
    assert service.stop_daemon() == 0
    assert manager.order("READY", "STOPPING") == ["READY", "STOPPING"]


def test_the_watchdog_starves_while_the_journal_cannot_write_and_is_fed_again(
    service: House, manager: Notified
) -> None:
    service.until(lambda: len(manager.times("WATCHDOG")) >= 2, "it is fed", 15)
    with contextlib.closing(sqlite3.connect(service.state / "journal.db", timeout=20)) as intruder:
        intruder.isolation_level = None
        intruder.execute("BEGIN EXCLUSIVE")
        service.until(lambda: not service.healthy(), "ill health", 30)
        began = time.monotonic()
        time.sleep(11)  # two feedings' time: nothing but waiting shows that nothing comes
        assert [at for at in manager.times("WATCHDOG") if at > began] == []
        intruder.execute("ROLLBACK")
    service.until(service.healthy, "health again", 30)
    back = time.monotonic()
    service.until(lambda: [at for at in manager.times("WATCHDOG") if at > back], "fed again", 15)


def test_sighup_says_in_words_what_changed_and_writes_it_into_the_record(
    service: House, manager: Notified
) -> None:
    service.until(lambda: manager.times("READY"), "READY")
    equipment = service.read("equipment.yaml")
    pit = next(one for one in equipment["equipment"] if one["id"] == "pit-1")
    pit["set"]["level_high.limit"] = 2.6
    service.write("equipment.yaml", equipment)
    service.signal(signal.SIGHUP)
    service.until(lambda: len(manager.times("READY")) == 2, "ready again")
    assert manager.order("READY", "RELOADING") == ["READY", "RELOADING", "READY"]
    assert all("MONOTONIC_USEC" in said for _, said in manager.heard if "RELOADING" in said)
    line = "equipment pit-1: alarm level_high: limit 2.4 -> 2.6"
    assert line in service.log()
    [event] = [e for e in service.items("/api/v1/events") if e["cause"] == "reloaded"]
    assert (event["actor"], event["note"]) == ("signal", line)
    proved = service.cli("verify-audit", "--config", str(service.config))
    assert proved.returncode == 0, proved.stderr + proved.stdout


def test_sighup_with_nothing_new_restarts_nothing(service: House, manager: Notified) -> None:
    service.until(lambda: manager.times("READY"), "READY")
    service.signal(signal.SIGHUP)
    service.until(lambda: len(manager.times("READY")) == 2, "ready again")
    assert "reload.unchanged" in service.log()
    assert "daemon.stopping" not in service.log()


def test_sighup_with_a_mistake_keeps_watching_and_is_ready_again(service: House, manager: Notified) -> None:
    service.until(lambda: manager.times("READY"), "READY")
    service.write("extra.yaml", {"equipment": [{"id": "x"}]})
    service.signal(signal.SIGHUP)
    service.until(lambda: len(manager.times("READY")) == 2, "ready again")
    assert "reload.refused" in service.log()
    assert "daemon.stopping" not in service.log(), "the watch was never interrupted"


def test_a_console_address_that_cannot_be_had_goes_back_to_the_old_configuration(
    service: House, manager: Notified
) -> None:
    service.until(lambda: manager.times("READY"), "READY")
    site = service.read("site.yaml")
    modbus = str(service.ready["modbus"])
    service.write("site.yaml", site | {"console": {"listen": modbus}})
    service.signal(signal.SIGHUP)
    service.until(lambda: len(manager.times("READY")) == 2, "ready again")
    assert "reload.failed" in service.log()
    service.until(service.healthy, "the old address answers")
    [event] = [e for e in service.items("/api/v1/events") if e["cause"] == "reloaded"]
    assert event["note"].startswith("went back: site: listen")


def hammer(url: str, token: str, until: float) -> int:
    """Ask as fast as one client can; returns how many answers came."""
    answers = 0
    with httpx.Client(
        headers={"Authorization": f"Bearer {token}"}, trust_env=False, verify=False, timeout=5
    ) as client:
        while time.monotonic() < until:
            try:
                client.get(f"{url}/api/v1/points", params={"limit": 500})
            except httpx.TransportError:
                return answers
            answers += 1
    return answers


def test_sigterm_under_load_ends_with_0_well_below_ten_seconds(service: House) -> None:
    service.drill("inject leak leak-b2-05")
    with (
        concurrent.futures.ThreadPoolExecutor(6) as pool,
        httpx.Client(
            headers={"Authorization": f"Bearer {service.token}"}, trust_env=False, verify=False
        ) as client,
        contextlib.ExitStack() as streams,
    ):
        for _ in range(10):
            streams.enter_context(client.stream("GET", f"{service.url}/api/v1/stream"))
        loads = [pool.submit(hammer, service.url, service.token, time.monotonic() + 25) for _ in range(4)]
        time.sleep(2)
        began = time.monotonic()
        code = service.stop_daemon()
        took = time.monotonic() - began
        assert code == 0
        assert sum(load.result() for load in loads) > 20, "there was a load"
    print(f"stopped under load in {took:.2f} s")
    assert took < 10


def test_secrets_come_from_systemds_credentials(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "gateway").write_text("hunter2\n")

    def change(site: Json) -> None:
        site["channels"]["sms"] = {
            "notifier": "kannel",
            "url": "http://127.0.0.1:9/cgi-bin/sendsms",
            "username": "wr",
            "password": {"file": "gateway"},
        }

    def prepare(built: House) -> None:
        built.environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
        refused = built.cli("check", "--config", str(built.config))
        assert refused.returncode == 1
        assert "there is no secret `gateway`" in refused.stderr
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("CREDENTIALS_DIRECTORY", str(credentials))
            made = built.cli("token", "create", "--role", "engineer", "--config", str(built.config))
        assert made.returncode == 0, made.stderr
        built.token = made.stdout.strip()

    with house(tmp_path, change=change, prepare=prepare) as running:
        assert running.healthy()
        assert "hunter2" not in running.log()
