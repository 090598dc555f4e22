"""Kills a writer again and again in the middle of its work: `python -m tests.storage.killing DIRECTORY ROUNDS`.

This process imports everything once and forks each writer, so that a hundred deaths take seconds. A writer puts numbered
samples into the spool and moves them on into the embedded historian, as the daemon does, batches becoming blocks on the
way. What it has said it took must be there in the end. Prints how many samples the writers said they took.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

from monitor.domain.history import Sample
from monitor.storage.history_sqlite import store as sqlite
from monitor.storage.spool import DiskSpool

T0 = 1_790_000_000_000
POINTS = 3
STEP_MS = 25_000


def numbered(number: int) -> Sample:
    """The sample with this number; all are different, and every hour has some of each point."""
    return Sample(f"e.p{number % POINTS}", T0 + number * STEP_MS, number / 8, 0)


def write(directory: Path, first: int, told: int) -> None:
    """Take and move on samples for ever; the number of those taken goes to the pipe `told`."""
    sqlite.MOST_ROWS = 150
    spool = DiskSpool.open(directory / "spool", started=0.0)
    store = sqlite.Store(directory / "history.db", 10**12, {})
    while True:
        spool.append([numbered(number) for number in range(first, first + 7)])
        first += 7
        os.write(told, f"{first}\n".encode())
        batch = spool.oldest(100)
        if batch is not None:
            store.write(batch.samples, T0)
            if store.seal_due(T0) or store.sealing:
                store.seal_some(T0)
            spool.done(batch)


def kill_one(directory: Path, first: int, rng: random.Random) -> int:
    """Start a writer, kill it after some of its words; returns how many samples it took."""
    listening, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(listening)
        write(directory, first, told)
    os.close(told)
    with os.fdopen(listening, "rb", buffering=0) as words:
        heard = b""
        while heard.count(b"\n") < rng.randrange(1, 25):
            heard += words.read(4096)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        heard += words.read()
    return int(heard.split()[-1]) if heard.endswith(b"\n") else int(heard.split()[-2])


def main() -> None:
    """Kill as many as asked for."""
    directory, rounds = Path(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(9)
    taken = 0
    for _ in range(rounds):
        taken = kill_one(directory, taken, rng)
    print(taken)


if __name__ == "__main__":
    main()
