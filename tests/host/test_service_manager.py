"""What is said to systemd, heard on a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.host import ServiceManager
from tests.integration.notified import notified


def test_the_words_of_sd_notify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with notified(tmp_path / "notify") as listening:
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "60000000")
        manager = ServiceManager()
        manager.waiting("等待資料庫\nREADY=1", 61.0)
        manager.ready("14 equipment")
        manager.alive()
        manager.reloading()
        manager.ready()
        manager.stopping()
        manager.close()
    said = [message for _, message in listening.heard]
    assert manager.watchdog_seconds == 60.0
    assert said[0] == {"STATUS": "等待資料庫 READY=1", "EXTEND_TIMEOUT_USEC": "61000000"}
    assert said[1] == {"READY": "1", "STATUS": "14 equipment"}
    assert said[2] == {"WATCHDOG": "1"}
    assert said[3]["RELOADING"] == "1"
    assert int(said[3]["MONOTONIC_USEC"]) > 0
    assert said[4] == {"READY": "1", "STATUS": "14 equipment"}, "as before"
    assert said[5]["STOPPING"] == "1"


def test_without_a_service_manager_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    manager = ServiceManager()
    manager.ready("x")
    manager.alive()
    manager.close()
    assert manager.watchdog_seconds is None


def test_a_service_manager_that_is_gone_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    ServiceManager().alive()
    with notified(tmp_path / "notify"):
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        manager = ServiceManager()
    manager.alive()
    manager.close()
