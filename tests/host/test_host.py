"""Clocks that go on across restarts, and one daemon to a state directory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor import host
from monitor.host import Machine, StateLock, SystemClock, clock_synchronised
from monitor.ports import Permanent


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, float | str]:
    """A machine whose clocks and boots the test moves."""
    at: dict[str, float | str] = {"boot": 100.0, "wall": 1_800_000_000.0, "id": "first"}
    monkeypatch.setattr(host, "_boot_clock", lambda: at["boot"])
    monkeypatch.setattr(host, "_boot_id", lambda: at["id"])
    monkeypatch.setattr("time.time", lambda: at["wall"])
    return at


def test_steady_time_goes_on_by_the_boot_clock_when_only_the_program_restarted(
    machine: dict[str, float | str],
) -> None:
    first = SystemClock()
    before = first.now().steady
    anchor = first.anchor()
    machine.update(boot=160.0, wall=1_900_000_000.0)  # the wall clock was stepped meanwhile
    again = SystemClock()
    again.resume(anchor)
    assert again.now().steady - before == pytest.approx(60.0)


def test_after_a_reboot_the_wall_clock_tells_how_long_it_took(machine: dict[str, float | str]) -> None:
    first = SystemClock()
    before, anchor = first.now().steady, first.anchor()
    machine.update(boot=5.0, wall=1_800_000_300.0, id="second")
    again = SystemClock()
    again.resume(anchor)
    assert again.now().steady - before == pytest.approx(300.0)


def test_steady_time_never_goes_back_even_when_the_wall_clock_did(machine: dict[str, float | str]) -> None:
    first = SystemClock()
    before, anchor = first.now().steady, first.anchor()
    machine.update(boot=5.0, wall=1_700_000_000.0, id="second")
    again = SystemClock()
    again.resume(anchor)
    assert again.now().steady >= before


@pytest.mark.parametrize("anchor", ["", "{}", "[]", json.dumps({"wall": "x"})])
def test_an_anchor_that_cannot_be_read_stops_the_start_with_a_reason(anchor: str) -> None:
    with pytest.raises(Permanent, match="clock anchor"):
        SystemClock().resume(anchor)


def test_a_second_daemon_on_the_same_state_is_refused_by_name(tmp_path: Path) -> None:
    with StateLock(tmp_path), pytest.raises(Permanent, match="another watchroom"), StateLock(tmp_path):
        pass
    with StateLock(tmp_path):
        pass


def test_a_boot_that_is_not_known_is_never_taken_for_the_same(machine: dict[str, float | str]) -> None:
    """A sandbox may hide /proc/sys: after a reboot the time away must not vanish from the delays."""
    machine["id"] = ""
    first = SystemClock()
    before, anchor = first.now().steady, first.anchor()
    machine.update(boot=5.0, wall=1_800_000_300.0)
    again = SystemClock()
    again.resume(anchor)
    assert again.now().steady - before == pytest.approx(300.0)


def test_the_machine_knows_its_disk(tmp_path: Path) -> None:
    state = Machine(tmp_path).look()
    assert state.disk_free is not None
    assert state.disk_size is not None
    assert 0 < state.disk_free < state.disk_size


def test_a_disk_that_is_gone_is_unknown_not_an_error(tmp_path: Path) -> None:
    assert Machine(tmp_path / "gone").look().disk_free is None


def test_the_kernel_is_asked_and_changes_nothing() -> None:
    assert clock_synchronised() in (True, False, None)


def test_a_clock_that_a_container_cannot_keep_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "clock_synchronised", lambda: False)
    monkeypatch.setenv("container", "podman")
    assert Machine(tmp_path).look().synchronised is None
    monkeypatch.setattr(host, "clock_synchronised", lambda: True)
    assert Machine(tmp_path).look().synchronised is True
