"""The store path, spool to server: `python -m benchmarks store_path`.

First what each server takes at most on this machine: bodies of line protocol that were made beforehand, sent by a client that
does nothing else (a bare socket for each request under way). Body size, gzip, values a line, series and parallel requests are
varied one by one. Then ours: a full spool, the daemon's own drain, the same server.

A value is a number *and* its quality, two fields. Of each run: values a second by the wall clock, which is only worth something
on a machine that is otherwise idle, and CPU, which holds on a busy one too: of the server and of us. `server x1` is what one
core wholly given to the server would take. Server and we work at the same time, so with two idle cores the smaller of
`server x1` and `ours x1` is the bound (a server that uses both cores for one request has a higher one).
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.history import T0, _samples
from benchmarks.history_servers import CATALOGUE, settings_of
from monitor import host
from monitor.domain.history import Sample
from monitor.engine.draining import Drain
from monitor.engine.tally import Tally
from monitor.ports import Historian
from monitor.storage.history_influx import InfluxHistorian, PointAddress
from monitor.storage.history_influx.lines import Lines
from monitor.storage.history_victoria import VictoriaHistorian
from monitor.storage.spool import DiskSpool
from tests.servers.influxdb import InfluxDB
from tests.servers.process import ServerMissing
from tests.servers.victoria import FLAGS, Victoria

COUNT = 400_000
WAITING = 1_500_000
SCAN = 500
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Shape:
    """How values are put into requests."""

    says: str
    body: int = 20_000
    points: int = 20
    series: int = 25
    level: int = 0
    quality: bool = True
    parallel: int = 1


SHAPES = (
    Shape("as we send it"),
    Shape("500 values a body", body=500),
    Shape("5,000 values a body", body=5_000),
    Shape("50,000 values a body", body=50_000),
    Shape("gzip, level 1", level=1),
    Shape("one value a line", points=1, series=500),
    Shape("500 lines a scan, 10,000 points", series=500),
    Shape("2 requests at once", parallel=2),
    Shape("4 requests at once", parallel=4),
    Shape("without quality: one field a value", quality=False),
)


class Taken(NamedTuple):
    """What a run took, in seconds."""

    wall: float
    server: float
    client: float


def main() -> None:
    """Measure and print."""
    host.begin_roomy()  # as the daemon does
    print(f"store path; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for kind in (Victoria, InfluxDB):
        try:
            ceiling = _ceilings(kind)
            asyncio.run(_ours(kind, ceiling))
        except ServerMissing as missing:
            print(f"  {missing}")


def _started(kind: type[Victoria | InfluxDB]) -> Victoria | InfluxDB:
    if kind is InfluxDB:
        return InfluxDB()
    return Victoria(*FLAGS, "-memory.allowedBytes=1GB")  # the tests' own server is kept small


def _ceilings(kind: type[Victoria | InfluxDB]) -> Taken:
    """What the server takes of each shape; of the first, what a value costs."""
    print(f"  {kind.__name__ + ', bare client':<46}{'by the wall':>14}{'server x1':>14}")
    first = None
    for shape in SHAPES:
        with _started(kind) as server:
            path = "/api/v2/write?precision=ms"
            if isinstance(server, InfluxDB):
                server.create_database("bench")
                path = "/write?db=bench&precision=ms"
            taken = _send(server, path, _bodies(shape), shape)
        first = first or taken
        print(f"    {shape.says:<44}{COUNT / taken.wall:>14,.0f}{COUNT / taken.server:>14,.0f}", flush=True)
    assert first is not None
    return first


def _bodies(shape: Shape) -> list[bytes]:
    names = [
        (f"meter-{m}.p{p}", PointAddress("meter", f"meter-{m}", "power", f"p{p}", "site"))
        for m in range(shape.series)
        for p in range(shape.points)
    ]
    lines = Lines(dict(names))
    values = (sample.value for sample in _samples(COUNT))
    samples = [
        Sample(names[i % len(names)][0], T0 + i // len(names) * 1_000, value, 0)
        for i, value in enumerate(values)
    ]
    bodies = []
    for start in range(0, COUNT, shape.body):
        text = lines.write(samples[start : start + shape.body])[0]
        if not shape.quality:
            text = b"\n".join(_bare(line) for line in text.split(b"\n"))
        bodies.append(gzip.compress(text, shape.level) if shape.level else text)
    return bodies


def _bare(line: bytes) -> bytes:
    series, fields, at = line.split(b" ")
    return b" ".join([series, b",".join(fields.split(b",")[::2]), at])


def _send(server: Victoria | InfluxDB, path: str, bodies: Sequence[bytes], shape: Shape) -> Taken:
    """Hand over as fast as they are taken."""
    waiting: Iterator[bytes] = iter(bodies)
    turn = threading.Lock()
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\n" + ("Content-Encoding: gzip\r\n" if shape.level else "")
    refused: list[bytes] = []

    def run() -> None:
        with socket.create_connection(("127.0.0.1", server.port)) as line:
            while not refused:
                with turn:
                    body = next(waiting, None)
                if body is None:
                    return
                line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                answer = line.recv(65_536)
                while answer and b"\r\n\r\n" not in answer:
                    answer += line.recv(65_536)
                if b" 204 " not in answer[:20]:
                    refused.append(answer)

    threads = [threading.Thread(target=run) for _ in range(shape.parallel)]
    before = _cpu(server.pid)
    wall, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if refused:
        raise RuntimeError(f"the server refused: {refused[0][:200]!r}")
    return Taken(wall, _cpu(server.pid) - before, cpu)


def _cpu(pid: int | None) -> float:
    """Seconds of CPU that a process has had so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


async def _ours(kind: type[Victoria | InfluxDB], ceiling: Taken) -> None:
    """A spool that is full, and the daemon's drain."""
    with tempfile.TemporaryDirectory(prefix="watchroom-bench-") as name, _started(kind) as server:
        spool = DiskSpool.open(Path(name))
        samples = _samples(WAITING, 1_000)
        for start in range(0, WAITING, SCAN):
            spool.append(samples[start : start + SCAN])
        del samples
        host.settle_down()
        historian: Historian
        if isinstance(server, InfluxDB):
            historian = InfluxHistorian(f"influxdb1://127.0.0.1:{server.port}/bench", CATALOGUE)
        else:
            historian = VictoriaHistorian(settings_of(server), CATALOGUE, now=lambda: T0 / 1000)
        drain = Drain(spool, historian, host.SystemClock(), Tally(), lambda *_: None)
        before, wall, cpu = _cpu(server.pid), time.perf_counter(), time.process_time()
        task = asyncio.create_task(drain.run())
        while spool.depth:  # noqa: ASYNC110  # a spool tells nobody when it is empty
            await asyncio.sleep(0.02)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        taken = Taken(wall, _cpu(server.pid) - before, cpu)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await historian.close()
        spool.close()
    rate, theirs, own = WAITING / taken.wall, WAITING / taken.server, WAITING / taken.client
    print(f"    {'ours: spool, drain, historian':<44}{rate:>14,.0f}{theirs:>14,.0f}   ours x1 {own:,.0f}")
    most = COUNT / ceiling.wall
    print(
        f"    by the wall {rate / most:.2f} of the bare client; bound by CPU on two idle cores {min(theirs, own):,.0f}"
    )


if __name__ == "__main__":
    main()
