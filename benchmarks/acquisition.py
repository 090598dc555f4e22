"""What it costs to keep 500 devices at 1 Hz, and how well they are kept: `python -m benchmarks.acquisition [SCENE ...]`.

The subject is the daemon itself (`watchroom run`): read, decode, scale, range check, three rules a device, live view, spool,
line protocol to a local HTTP sink, journal and console included. The devices are an independent C server. The peers only
read and decode (see acquisition_readers). All run in processes of their own, in turn, against the same server; CPU is what
the kernel counted for the process, intervals are what the devices saw. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks.acquisition_site import write_site

LONGEST_START = 60.0
RECORD = struct.Struct("dQ")
SOURCE = Path(__file__).with_name("acquisition_plant.c")
PEERS = (
    ("streams", False),
    ("protocol", False),
    ("streams", True),
    ("protocol", True),
    ("pymodbus", True),
    ("pymodbus", False),
)


# The plant


@dataclass(frozen=True)
class Plant:
    """The C server at work."""

    ports: tuple[int, ...]
    units: int
    log: Path
    pid: int

    def requests(self, since: float, until: float) -> dict[int, list[float]]:
        """Times (monotonic s) at which each device was asked within a window. Wait a second before you ask."""
        found: dict[int, list[float]] = {}
        data = self.log.read_bytes()
        for at, device in RECORD.iter_unpack(data[: len(data) // RECORD.size * RECORD.size]):
            if since <= at < until:
                found.setdefault(device, []).append(at)
        return found


@contextmanager
def plant(directory: Path, ports: int, units: int, changing: int, dead: int = 0) -> Iterator[Plant]:
    """Compile and run it; `changing` of 100 registers move at each request, every `dead`-th unit is silent."""
    binary, log = directory / "plant", directory / "requests"
    if not binary.exists():
        subprocess.run(["cc", "-O2", "-o", str(binary), str(SOURCE)], check=True)
    with subprocess.Popen(
        [str(binary), str(ports), str(units), str(changing), str(dead), str(log)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield Plant(tuple(map(int, process.stdout.readline().split())), units, log, process.pid)
        process.stdin.close()


_TAKEN = b"HTTP/1.1 204 No Content\r\nX-Influxdb-Version: 1.8.10\r\n\r\n"
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nX-Influxdb-Version: 1.8.10\r\nContent-Type: application/json\r\n"
    b'Content-Length: 16\r\n\r\n{"results":[{}]}'
)


class Sink:
    """A database that takes everything: an HTTP server that counts lines and bytes."""

    def __init__(self) -> None:
        self.lines = self.bytes = self.port = 0
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._ready.wait()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await server.serve_forever()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                size = re.search(r"content-length: *(\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(size[1])) if size else b""
                self.bytes += len(body)
                self.lines += body.count(b"\n") + bool(body) if head.startswith("POST /write") else 0
                writer.write(_ANSWER if " /query" in head.split("\r\n", 1)[0] else _TAKEN)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


# Subjects


@dataclass
class Ran:
    """What was seen of one subject in its window."""

    cpu: float
    """CPU seconds for each second of the window, all threads."""
    rss: float
    """MiB."""
    intervals: list[float]
    healthy: int
    """Devices that were asked in the window."""
    first: float
    everybody: float
    """Seconds from the start of the process to the first request, and until every device had one."""

    def line(self, name: str) -> str:
        """For people."""
        p50, p99, most = (1000 * each for each in spread(self.intervals))
        return (
            f"  {name:18} cpu {self.cpu * 100:6.2f} %   interval p50/p99/max {p50:7.1f} {p99:7.1f} {most:7.1f} ms   "
            f"rss {self.rss:5.0f} MiB   first/all {self.first:.2f}/{self.everybody:.2f} s   devices {self.healthy}"
        )


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, 99th percentile and maximum."""
    if not values:
        return (float("nan"),) * 3
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1]


def cpu_seconds(pid: int) -> float:
    """What all threads of a process have used, to the nanosecond where the kernel tells."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def rss(pid: int) -> float:
    """Resident memory in MiB."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024  # type: ignore[index]


def observe(
    command: Sequence[str],
    env: dict[str, str],
    served: Plant,
    warm: float,
    window: float,
    living: Callable[[int], bool],
) -> Ran:
    """Run a subject until everybody was asked and `warm` seconds more, then `window` seconds seen."""
    began = time.monotonic()
    with subprocess.Popen(
        command,
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
        stderr=sys.stderr if "BENCH_LOUD" in os.environ else subprocess.DEVNULL,
    ) as process:
        _until_everybody(served, began)
        time.sleep(warm)
        start, cpu = time.monotonic(), cpu_seconds(process.pid)
        time.sleep(window)
        end, used, memory = time.monotonic(), cpu_seconds(process.pid) - cpu, rss(process.pid)
        process.terminate()
    time.sleep(0.8)
    since_start = served.requests(began, end)
    firsts = sorted(times[0] for device, times in since_start.items())
    intervals = [
        after - before
        for device, times in served.requests(start, end).items()
        if living(device)
        for before, after in pairwise(times)
    ]
    devices = len(served.ports) * served.units
    everybody = firsts[-1] - began if len(firsts) == devices else float("nan")
    return Ran(
        used / (end - start),
        memory,
        intervals,
        len(firsts),
        (firsts[0] if firsts else float("nan")) - began,
        everybody,
    )


def _until_everybody(served: Plant, began: float) -> None:
    """Until each device was asked once; those who never are count as missing, after a minute."""
    while time.monotonic() - began < LONGEST_START:
        time.sleep(1)
        if len(served.requests(began, float("inf"))) >= len(served.ports) * served.units:
            return


def ours(
    directory: Path,
    served: Plant,
    device: str,
    sink: Sink,
    *,
    timeout: str = "1s",
    warm: float = 4,
    window: float = 10,
    dead: int = 0,
) -> Ran:
    """The daemon."""
    with tempfile.TemporaryDirectory(dir=directory) as name:
        here = Path(name)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            listen = f"127.0.0.1:{free.getsockname()[1]}"
        write_site(
            here / "config",
            served.ports,
            served.units,
            device,
            timeout,
            f"influxdb1://127.0.0.1:{sink.port}/bench",
            listen,
        )
        command = [
            sys.executable,
            "-m",
            "monitor",
            "run",
            "--config",
            str(here / "config"),
            "--state",
            str(here / "state"),
        ]
        return observe(
            command, {}, served, warm, window, lambda n: not dead or (n % served.units + 1) % dead != 0
        )


def peer(kind: str, uvloop: bool, served: Plant, device: str, *, warm: float = 2, window: float = 10) -> Ran:
    """One of the bare readers."""
    ports = ",".join(map(str, served.ports))
    command = [
        sys.executable,
        "-m",
        "benchmarks.acquisition_readers",
        kind,
        ports,
        str(served.units),
        device,
        str(warm + window + LONGEST_START),
    ]
    return observe([*command, *(["--uvloop"] if uvloop else [])], {}, served, warm, window, lambda n: True)


# Scenes


def compare(
    directory: Path,
    device: str,
    changing: int,
    rounds: int,
    peers: Sequence[tuple[str, bool]],
    ports: int = 500,
    units: int = 1,
) -> None:
    """The daemon and the bare readers in turn."""
    print(
        f"{ports * units} {device}s, {units} behind a connection, {changing} % of the values change at each poll"
    )
    sink = Sink()
    seen: dict[str, list[Ran]] = {}
    with plant(directory, ports, units, changing) as served:
        for _ in range(rounds):
            seen.setdefault("watchroom", []).append(ours(directory, served, device, sink))
            for kind, fast in peers:
                seen.setdefault(f"{kind}{' uvloop' if fast else ''}", []).append(
                    peer(kind, fast, served, device)
                )
    for name, runs in seen.items():
        for run in runs:
            print(run.line(name))
    print(f"  line protocol taken by the sink: {sink.lines} lines, {sink.bytes / 1e6:.1f} MB")
    for name, runs in seen.items():
        if name != "watchroom":
            ratio = median(
                mine.cpu / theirs.cpu for mine, theirs in zip(seen["watchroom"], runs, strict=True)
            )
            print(f"  CPU of the whole daemon / {name} that only reads and decodes: {ratio:.2f}")


def dead(directory: Path) -> None:
    """One of ten units behind each shared gateway is silent."""
    for timeout in ("1s", "3s"):
        with plant(directory, 50, 10, 10, dead=10) as served:
            run = ours(directory, served, "meter", Sink(), timeout=timeout, warm=30, window=20, dead=10)
        print(run.line(f"dead, timeout {timeout}"))


def capacity(directory: Path, devices: int) -> None:
    """How many devices one process keeps at 1 Hz."""
    with plant(directory, devices // 10, 10, 10) as served:
        run = ours(directory, served, "meter", Sink(), warm=5, window=15)
    print(run.line(f"{devices} devices"))
    print(f"  devices for each second of CPU: {run.healthy / run.cpu:.0f}")


def main() -> None:
    """All scenes, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", default=["meters", "all-moving", "panels", "dead", "capacity"])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--devices", type=int, default=5000)
    parser.add_argument("--peers", type=int, default=len(PEERS))
    # Under `python -m benchmarks` the arguments are names of benchmarks, not of scenes.
    given = parser.parse_args([] if sys.argv[0].endswith("benchmarks/__main__.py") else None)
    peers = PEERS[: given.peers]
    for scene in given.scenes:
        with tempfile.TemporaryDirectory(prefix="watchroom-bench-") as name:
            directory = Path(name)
            match scene:
                case "meters":
                    compare(directory, "meter", 10, given.rounds, peers)
                case "gateways":
                    compare(directory, "meter", 10, given.rounds, peers, 50, 10)
                case "all-moving":
                    compare(directory, "meter", 100, given.rounds, peers)
                case "panels":
                    compare(directory, "panel", 0, given.rounds, peers)
                case "turning-panels":  # two breakers of each turn at every poll, and a delay with each
                    compare(directory, "panel", 1, given.rounds, peers)
                case "dead":
                    dead(directory)
                case "capacity":
                    capacity(directory, given.devices)
                case _:
                    parser.error(
                        f"{scene}: meters, gateways, all-moving, panels, turning-panels, dead or capacity"
                    )


if __name__ == "__main__":
    main()
