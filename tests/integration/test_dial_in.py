"""Devices that dial in at the daemon: each a process of its own that comes, drops, and comes again; strangers besides."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.house import ROOT, House
from tests.servers.ports import free_port
from tests.support.yaml_text import write_yaml

pytestmark = pytest.mark.real

AN_HOUR = "1h"
"""So rarely is a device asked: what is read sooner was asked because it dialled in."""
METER = {
    "type": "far-meter",
    "title": "A meter behind a modem",
    "driver": "modbus",
    "source": "made for this test",
    "points": {"volts": {"read": "input:0", "as": "float32", "unit": "V"}},
    "alarms": {},
}


class Modem:
    """Two meters behind one modem that dials in."""

    def __init__(self, home: Path, registration: str, port: int) -> None:
        plant = {
            "plant": "far",
            "modbus": {
                "listen": "127.0.0.1:0",
                "framing": "rtu",
                "dial": f"127.0.0.1:{port}",
                "registration": registration,
            },
            "equipment": [
                {"id": "near", "kind": "sdm630", "unit": 11},
                {"id": "far", "kind": "sdm630", "unit": 12},
            ],
        }
        self._file = home / f"{registration}.yaml"
        write_yaml(self._file, plant)
        self._process: subprocess.Popen[str] | None = None

    def dial(self) -> None:
        command = [sys.executable, "-m", "simulators", "--plant", str(self._file), "--stop-on-eof"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        json.loads(self._process.stdout.readline())

    def drop(self) -> None:
        """As when its power fails."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate(timeout=10)


class Lodge(House):
    """A daemon with a port for modems, and two modems that know it."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.door = free_port()
        self.seven = Modem(home, "DTU-7", self.door)
        self.ready = {"modbus": "127.0.0.1:1", "mqtt": "mqtt://127.0.0.1:1"}

    def prepare(self) -> None:
        def modems(site: dict[str, Any]) -> None:
            url = f"listen+rtu://127.0.0.1:{self.door}"
            site["connections"] = {
                "plantroom": site["connections"]["plantroom"],
                "modems": {"driver": "modbus", "url": url, "register_within": "1s"},
            }

        self.configure(modems)
        equipment = [
            {
                "id": id_,
                "name": id_,
                "type": "far-meter",
                "connection": "modems",
                "device_id": unit,
                "dial_in": name,
                "interval": AN_HOUR,
            }
            for id_, unit, name in (("near", 11, "DTU-7"), ("far", 12, "DTU-7"), ("absent", 11, "DTU-8"))
        ]
        self.write("equipment.yaml", {"equipment": equipment})
        (self.config / "types").mkdir()
        self.write("types/far-meter.yaml", METER)
        (self.config / "rounds.yaml").unlink()

    def connection(self) -> dict[str, Any]:
        return next(one for one in self.items("/api/v1/connections") if one["id"] == "modems")

    def callers(self) -> dict[str, Any]:
        found = self.connection()["callers"]
        assert isinstance(found, dict)
        return found

    def received(self, point: str) -> str | None:
        reading = self.get(f"/api/v1/points/{point}")
        return reading["received_time"] if reading["quality"] == "good" else None

    def read_again(self, before: str | None, what: str) -> str:
        def newer() -> str | None:
            at = self.received("near.volts")
            return at if at is not None and at != before else None

        return self.until(newer, what)

    def figure(self, **labels: str) -> float:
        text = httpx.get(f"{self.url}/metrics", trust_env=False, verify=False, timeout=15).text
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "watchroom_callers_total" and labels.items() <= sample.labels.items()
        )

    def says(self, words: bytes) -> socket.socket:
        caller = socket.create_connection(("127.0.0.1", self.door), timeout=10)
        caller.sendall(words)
        return caller

    def close(self) -> None:
        self.seven.drop()
        super().close()


@pytest.fixture
def lodge(tmp_path: Path) -> Iterator[Lodge]:
    made = Lodge(tmp_path)
    try:
        made.prepare()
        made.start_daemon()
        yield made
    finally:
        made.close()


def test_a_device_that_dials_in_is_read_at_once_each_time_and_strangers_are_shown(lodge: Lodge) -> None:
    lodge.until(lambda: lodge.connection()["up"], "it listens")
    assert lodge.received("near.volts") is None

    lodge.seven.dial()
    first = lodge.read_again(None, "the device that dialled in is read at once, not in an hour")
    lodge.until(lambda: lodge.received("far.volts"), "so is the other one behind it")
    assert lodge.callers()["present"] == 1

    lodge.seven.drop()
    lodge.until(lambda: lodge.callers()["present"] == 0, "that it left is seen without asking")
    lodge.seven.dial()
    second = lodge.read_again(first, "it is read at once when it dials again")
    assert (lodge.callers()["arrived"], lodge.callers()["replaced"]) == (2, 0)

    with lodge.says(b"DTU-9999") as foreigner:
        assert foreigner.recv(100) == b"", "sent away without a word"
    with lodge.says(b"") as silent:
        assert silent.recv(100) == b""
    late, stranger = lodge.callers()["strangers"]
    assert (stranger["said"], stranger["peer"], stranger["why"]) == ("DTU-9999", "127.0.0.1", "unknown")
    assert (late["why"], late["times"]) == ("too_slow", 1)
    assert (lodge.figure(outcome="unknown"), lodge.figure(outcome="too_slow")) == (1, 1)
    assert lodge.received("near.volts") == second, "strangers cost those inside nothing"

    for _ in range(2):  # a second one under the same name; the first dials again within 5 s
        before = lodge.callers()["replaced"]
        with lodge.says(b"DTU-7"):
            lodge.until(lambda: lodge.callers()["replaced"] >= before + 2, "each takes the other's place")  # noqa: B023
    assert lodge.callers()["contested"] == ["DTU-7"]
    assert lodge.figure(connection="modems", outcome="replaced") >= 4
    assert '"callers.two_with_one_name"' in lodge.log()
    lodge.read_again(second, "the true one is read again")

    absent = next(one for one in lodge.connection()["equipment"] if one["id"] == "absent")
    assert absent["answering"] is not True
    assert lodge.connection()["up"], "one that never came does not close the door"
    assert lodge.stop_daemon() == 0
