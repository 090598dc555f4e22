"""`watchroom demo` as somebody at a terminal runs it: its welcome, its console's API, Ctrl-C, and what is left after it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.integration.house import ROOT
from tests.servers.ports import free_port

SET_UP = 15.0
"""Seconds until the console is up."""
SHOW = 180.0
"""Seconds in which everything is shown."""


class Show:
    """A running demo with a home of its own."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        self._mark = f"WATCHROOM_SHOW={home}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WATCHROOM_")}
        environment |= {"HOME": str(home), "TMPDIR": str(home), "WATCHROOM_SHOW": str(home)}
        environment |= {"WATCHROOM_LISTEN": f"127.0.0.1:{free_port()}"}
        self.started = time.time()
        with (home / "complaints").open("wb") as complaints:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "monitor", "demo", *options],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
                start_new_session=True,  # as a job of a terminal is, so that Ctrl-C reaches it and not the tests
            )
        try:
            self.welcome = self._read_welcome()
            self.set_up = time.time() - self.started
            self.url = self._said("Console")
            self._token = self._said("API token")
        except BaseException:
            self.end()
            raise

    def _read_welcome(self) -> str:
        assert self._process.stdout is not None
        told = ""
        for line in self._process.stdout:
            told += line
            if "Ctrl-C ends" in line:
                return told
        raise AssertionError(f"no welcome: {told}\n{self.complaints()}")

    def _said(self, what: str) -> str:
        [value] = re.findall(rf"^  {what} +(\S+)$", self.welcome, re.MULTILINE)
        return str(value)

    def complaints(self) -> str:
        """Its standard error."""
        return (self.home / "complaints").read_text(errors="replace")

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One call of the API with the token of the welcome."""
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.Client(
            base_url=self.url, headers=headers, trust_env=False, verify=False, timeout=15
        ) as client:
            return client.request(method, path, **more)

    def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """The first items of a list."""
        answer = self.request("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def interrupt(self) -> tuple[int, float]:
        """Ctrl-C; the exit code and how many seconds it took."""
        began = time.monotonic()
        os.killpg(self._process.pid, signal.SIGINT)
        code = self._process.wait(30)
        return code, time.monotonic() - began

    def left(self) -> list[str]:
        """Command lines of processes that the demo started, directly or not, and that still run."""
        return [command for _, command in self._family()]

    def end(self) -> None:
        """Make sure that nothing goes on; idempotent."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()
        for pid, _ in self._family():
            os.kill(pid, signal.SIGKILL)

    def _family(self) -> Iterator[tuple[int, str]]:
        """Everything whose environment says that it comes from this demo."""
        for place in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (place / "environ").read_bytes().split(b"\0"):
                    yield int(place.name), (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:  # it ended just now, or is not ours to see
                continue
