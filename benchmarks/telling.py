"""From a breaker that trips to the SMS at the door of the provider: `python -m benchmarks telling`.

The daemon itself polls 500 meters of an independent C server once a second, and a hundred breakers. One breaker after the other
trips. The watch begins when the answer that says so leaves the breaker, and ends twice: when the alarm is on the console's
stream, which is after its commit, and when Kannel's door (a small HTTP server here) has the whole request. These are the
issue's own figures, in wall time of a machine that should have nothing else to do: scan to committed event p99 below 200 ms, to
SMS handed over below 2 s. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from benchmarks.acquisition import plant, spread
from benchmarks.acquisition_site import write_site

METERS = 500
BREAKERS = 100
EVERY = 0.2
"""Seconds between two trips."""
LONGEST = 10.0
"""Seconds after the last trip for which is waited."""
START = 60.0
"""Seconds within which everything must have been asked once."""
MBAP = struct.Struct(">HHHB")


@dataclass
class Breakers:
    """A Modbus server with a breaker behind each unit id; it writes down when it first said that one has tripped."""

    tripped: set[int] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)
    said: dict[int, float] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer every read of bits: the first is the breaker's."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                number, _, length, unit = MBAP.unpack(await reader.readexactly(MBAP.size))
                function, _, count = struct.unpack(">BHH", await reader.readexactly(length - 1))
                bits = bytes([unit in self.tripped]) + bytes((count + 7) // 8 - 1)
                body = bytes([function, len(bits)]) + bits
                if unit in self.tripped:
                    self.said.setdefault(unit, time.monotonic())
                self.asked.add(unit)
                writer.write(MBAP.pack(number, 0, len(body) + 1, unit) + body)


@dataclass
class Door:
    """Kannel's sendsms: takes everything, and writes down when."""

    came: dict[int, float] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request after the other."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                [text] = parse_qs(urlsplit(head.split()[1]).query)["text"]
                if found := re.search(r"breaker-(\d+)", text):
                    self.came.setdefault(int(found[1]), time.monotonic())
                said = b"0: Accepted for delivery"
                writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))


@dataclass
class Screen:
    """A console that is open: when it was told of each breaker's alarm."""

    shown: dict[int, float] = field(default_factory=dict)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self, listen: str, token: str) -> None:
        """Read the stream until cancelled; until the daemon is there, try again."""
        headers = {"Authorization": f"Bearer {token}"}
        while True:
            with contextlib.suppress(httpx.TransportError):
                async with (
                    httpx.AsyncClient(timeout=None) as client,
                    client.stream(
                        "GET", f"http://{listen}/api/v1/stream?topic=alarm", headers=headers
                    ) as answer,
                ):
                    async for line in answer.aiter_lines():
                        self._hear(line)
            await asyncio.sleep(0.2)

    def _hear(self, line: str) -> None:
        at = time.monotonic()
        if line.startswith("event: snapshot"):
            self.ready.set()
        elif line.startswith("data:") and (found := re.search(r"breaker-(\d+)\.tripped", line)):
            row = json.loads(line[5:]).get("item") or {}
            if row.get("active"):
                self.shown.setdefault(int(found[1]), at)


# The site


def _write(directory: Path, ports: tuple[int, ...], breakers: int, door: int, listen: str) -> None:
    write_site(directory, ports, METERS // len(ports), "meter", "1s", "sqlite:history.db", listen)
    site = (directory / "site.yaml").read_text()
    channels = (
        f'  breakers: {{driver: modbus, url: "tcp://127.0.0.1:{breakers}"}}\nchannels:\n'
        f'  duty-sms: {{notifier: kannel, url: "http://127.0.0.1:{door}/cgi-bin/sendsms", username: bench, '
        "password: {file: kannel_password}}\n"
    )
    (directory / "site.yaml").write_text(site[: site.index("channels:")] + channels)
    with (directory / "equipment.yaml").open("a") as file:
        for n in range(1, BREAKERS + 1):
            file.write(
                f"  - {{id: breaker-{n}, type: breaker, name: breaker-{n}, system: power, location: A, "
                f"connection: breakers, device_id: {n}, interval: 1s}}\n"
            )
    people = (directory / "people.yaml").read_text().replace("channel: phone", "channel: duty-sms")
    (directory / "people.yaml").write_text(people)
    (directory / "types" / "breaker.yaml").write_text(
        "type: breaker\ntitle: {en: Breaker}\ndriver: modbus\nsource: benchmark\n"
        'points:\n  tripped: {read: "discrete:0", as: bool}\n'
        "alarms:\n  tripped:\n    rule: state\n    point: tripped\n    is: true\n    on_delay: 0s\n    priority: critical\n"
        "    card: {cause: {en: c}, consequence: {en: c}, action: {en: a}}\n"
    )
    secrets = directory / "secrets"
    secrets.mkdir(mode=0o700)
    secret = os.open(secrets / "kannel_password", os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(secret, os.urandom(12).hex().encode())
    os.close(secret)


def _program(here: Path, *words: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "monitor",
        *words,
        "--config",
        str(here / "config"),
        "--state",
        str(here / "state"),
    ]


def _token(here: Path) -> str:
    made = subprocess.run(
        _program(here, "token", "create", "--role", "viewer"), capture_output=True, text=True, check=True
    )
    return made.stdout.split()[-1]


@asynccontextmanager
async def _daemon(here: Path) -> AsyncIterator[None]:
    loud = None if "BENCH_LOUD" in os.environ else asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*_program(here, "run"), stdout=loud, stderr=loud)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def _until(ready: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + START
    while not ready():
        if time.monotonic() > end:
            raise SystemExit(f"{what} is not there after {START:g} s (BENCH_LOUD=1 shows why)")
        await asyncio.sleep(0.1)


async def _run(here: Path, ports: tuple[int, ...]) -> None:
    breakers, door, screen = Breakers(), Door(), Screen()
    field_ = await asyncio.start_server(breakers.serve, "127.0.0.1", 0)
    provider = await asyncio.start_server(door.serve, "127.0.0.1", 0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    at, to = (server.sockets[0].getsockname()[1] for server in (field_, provider))
    _write(here / "config", ports, at, to, listen)
    token = await asyncio.to_thread(_token, here)
    async with _daemon(here):
        watching = asyncio.create_task(screen.watch(listen, token))
        await _until(lambda: len(breakers.asked) == BREAKERS and screen.ready.is_set(), "the daemon")
        await asyncio.sleep(5.0)
        for n in range(1, BREAKERS + 1):
            breakers.tripped.add(n)
            await asyncio.sleep(EVERY)
        await asyncio.sleep(LONGEST)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    for server in (field_, provider):
        server.close()
    _report("on the console's stream", breakers.said, screen.shown)
    _report("SMS at the provider's door", breakers.said, door.came)


def _report(title: str, said: dict[int, float], came: dict[int, float]) -> None:
    took = [came[n] - said[n] for n in came if n in said]
    p50, p99, most = (1000 * each for each in spread(took))
    print(
        f"  {title:<28} {len(took):>4} of {BREAKERS}   p50 {p50:6.0f} ms   p99 {p99:6.0f} ms   max {most:6.0f} ms",
        flush=True,
    )


def main() -> None:
    """One run."""
    argparse.ArgumentParser(description=__doc__).parse_known_args()
    with tempfile.TemporaryDirectory(prefix="watchroom-bench-") as name:
        here = Path(name)
        with plant(here, METERS, 1, 10) as served:
            print(f"  {METERS} meters and {BREAKERS} breakers at 1 Hz, a trip every {EVERY:g} s")
            asyncio.run(_run(here, served.ports))


if __name__ == "__main__":
    main()
