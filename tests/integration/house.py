"""A whole house for a test: the simulated plant and the daemon, each a process of its own, joined by the real wire."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import httpx

from monitor.cli.accounts import make_token
from monitor.cli.common import load_site
from monitor.domain.people import Role
from tests.servers.ports import free_port
from tests.support.yaml_text import read_yaml, write_yaml

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0
T = TypeVar("T")

RIVERSIDE = ROOT / "simulators" / "plants" / "riverside.yaml"


def quiet(home: Path) -> Path:
    """The riverside plant without its fault timeline, for tests that inject faults by hand; sensors that speak often."""
    plant = read_yaml(RIVERSIDE)
    plant.pop("timeline")
    for one in plant["equipment"]:
        if one["kind"] == "leak-sensor":
            one["interval"] = "3s"
    file = home / "plant.yaml"
    write_yaml(file, plant)
    return file


# verify=False wherever httpx asks a loopback address without TLS: else each client reads the system's certificates, 25 ms.


class House:
    """Start the plant, then the daemon; talk to it as its users do."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.config = home / "config"
        self.state = home / "state"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._plant: subprocess.Popen[str] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None
        self.ready: Mapping[str, Any] = {}
        self.token = ""
        self.environment: dict[str, str] = {}
        """Set for the daemon beside our own, such as NOTIFY_SOCKET."""
        self.around: list[str] = []
        """A command that starts the daemon, such as one that takes its privileges away."""

    # The plant

    def start_plant(self, mqtt: str | None = None, broker_program: str = "auto") -> None:
        """The simulators on free ports with a drill socket and a broker of their own, or publishing to `mqtt`."""
        command = [sys.executable, "-m", "simulators", "--modbus", "127.0.0.1:0"]
        own = ["--broker", f"127.0.0.1:{free_port()}", "--broker-program", broker_program]
        command += ["--mqtt", mqtt] if mqtt else own
        command += ["--control", f"127.0.0.1:{free_port()}", "--stop-on-eof"]
        command += ["--plant", str(quiet(self.home))]
        log = (self.home / "plant.log").open("a")
        self._plant = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
        log.close()
        assert self._plant.stdout is not None
        self.ready = json.loads(self._plant.stdout.readline())

    def drill(self, line: str) -> str:
        """Say one line to the drill socket: `inject leak leak-b2-05`."""
        import socket

        host, _, port = str(self.ready["control"]).rpartition(":")
        with socket.create_connection((host.split("//")[-1], int(port)), timeout=15) as drill:
            drill.sendall(f"{line}\n".encode())
            return drill.makefile().readline().strip()

    def stop_plant(self) -> Mapping[str, Any]:
        """Stop it; returns its last line: what was seen on the wire."""
        assert self._plant is not None
        self._plant.send_signal(signal.SIGTERM)
        out, _ = self._plant.communicate(timeout=40)
        self._plant = None
        return dict(json.loads(out.strip().splitlines()[-1]))

    # The configuration

    def configure(self, change: Callable[[dict[str, Any]], None] | None = None) -> None:
        """The ready site with this plant's addresses; `change` may alter site.yaml's content."""
        self.config.mkdir(exist_ok=True)
        for file in (ROOT / "config").glob("*.yaml"):
            shutil.copyfile(file, self.config / file.name)
        site = self.read("site.yaml")
        site["connections"]["plantroom"]["url"] = f"tcp://{self.ready['modbus']}"
        site["connections"]["hub"]["url"] = str(self.ready["mqtt"])
        site["console"]["listen"] = f"127.0.0.1:{self.port}"
        if change:
            change(site)
        self.write("site.yaml", site)

    def read(self, name: str) -> dict[str, Any]:
        """One file of the configuration."""
        content = read_yaml(self.config / name)
        assert isinstance(content, dict)
        return content

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """Write one file of the configuration."""
        write_yaml(self.config / name, dict(content))

    # The daemon

    def cli(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run `watchroom` with this house's configuration and state."""
        return subprocess.run(
            [sys.executable, "-m", "monitor", *arguments],
            cwd=ROOT,
            env={**os.environ, "WATCHROOM_STATE": str(self.state)},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def start_daemon(self) -> None:
        """Start it and wait until it is healthy."""
        if not self.token:
            self.token = self._new_token()
        log = (self.home / "daemon.log").open("ab")
        self._daemon = subprocess.Popen(
            [
                *self.around,
                sys.executable,
                "-m",
                "monitor",
                "run",
                "--config",
                str(self.config),
                "--state",
                str(self.state),
            ],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stderr=log,
        )
        log.close()
        self.until(self.healthy, "the daemon is healthy")

    def _new_token(self) -> str:
        """What `watchroom token create` does, without a process for it."""
        made = make_token(load_site(self.config), self.state, "api", Role.ENGINEER)
        with ThreadPoolExecutor(1) as aside:  # the test itself may run on an event loop
            return aside.submit(asyncio.run, made).result()

    def healthy(self) -> bool:
        """True when /healthz says so."""
        assert self._daemon is not None
        assert self._daemon.poll() is None, self.log()
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/healthz", trust_env=False, verify=False).status_code == 200
        return False

    @property
    def pid(self) -> int:
        """The daemon's process id."""
        assert self._daemon is not None
        return self._daemon.pid

    def kill(self) -> None:
        """`kill -9`."""
        assert self._daemon is not None
        self._daemon.kill()
        self._daemon.wait(10)
        self._daemon = None

    def signal(self, number: int) -> None:
        """Send the daemon a signal."""
        assert self._daemon is not None
        self._daemon.send_signal(number)

    def stop_daemon(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self._daemon is not None
        self._daemon.terminate()
        code = self._daemon.wait(20)
        self._daemon = None
        return code

    def log(self) -> str:
        """What the daemon wrote."""
        return (self.home / "daemon.log").read_text(errors="replace")

    def close(self) -> None:
        """End both processes; idempotent."""
        for process in (self._daemon, self._plant):
            if process is not None and process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(10)
        if self._plant is not None:
            for stream in (self._plant.stdin, self._plant.stdout):
                if stream:
                    stream.close()
        self._daemon = self._plant = None

    # Its users

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One call of the API with the engineer's token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(
            base_url=self.url, headers=headers, trust_env=False, verify=False, timeout=15
        ) as client:
            return client.request(method, path, **more)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET that must succeed."""
        answer = self.request("GET", path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.get(path, **query)
            found += page["items"]
            if page["next"] is None:
                return found
            query["cursor"] = page["next"]

    def alarm(self, id_: str) -> dict[str, Any] | None:
        """An alarm that is not NORM."""
        return next((one for one in self.items("/api/v1/alarms") if one["id"] == id_), None)

    def until(self, look: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
        """Look again and again until there is something."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            seen = look()
            if seen:
                return seen
            time.sleep(0.1)
        raise AssertionError(f"not within {patience:.0f} s: {what}\n{self.log()[-4000:]}")


@contextlib.contextmanager
def house(
    home: Path,
    change: Callable[[dict[str, Any]], None] | None = None,
    prepare: Callable[[House], None] | None = None,
) -> Iterator[House]:
    """A running house; `change` may alter its site.yaml, `prepare` any other file."""
    built = House(home)
    try:
        built.start_plant()
        built.configure(change)
        if prepare:
            prepare(built)
        built.start_daemon()
        yield built
    finally:
        built.close()


def client_id() -> str:
    """A scan's own id, as a phone makes it."""
    return secrets.token_hex(8)
