"""One million hostile frames: `python -m benchmarks hostile`. Nothing is invented, nothing breaks, nothing grows.

Four tenths go at the link of Modbus TCP, three at that of RTU over TCP, three at the mapping of MQTT messages. The seed is fixed;
`python -m benchmarks.hostile FRAMES SEED` takes others.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import time
from pathlib import Path

from benchmarks import hostile_modbus, hostile_mqtt

FRAMES = 1_000_000
SEED = 20260101


class Memory:
    """Resident memory in MiB: from when a tenth is done, so that what is built once does not count."""

    def __init__(self, frames: int) -> None:
        self._warm = frames // 10
        self._first: float | None = None
        self.grown = 0.0

    def look(self, done: int) -> None:
        """Look, and remember how far it has grown."""
        if done < self._warm:
            return
        now = resident()
        if self._first is None:
            gc.collect()
            self._first = resident()
            return
        self.grown = max(self.grown, now - self._first)


def resident() -> float:
    """MiB of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def modbus(scheme: str, frames: int, seed: int) -> None:
    """One link under fire, and a line about it."""
    memory = Memory(frames)
    began = time.process_time()
    outcome = asyncio.run(hostile_modbus.Attack(scheme, seed).run(frames, memory.look))
    print(
        f"{scheme:8} {outcome.frames:>8} frames at {outcome.asked} requests: crashes {len(outcome.crashes)}, invented "
        f"{len(outcome.invented)}, right alone and not read {outcome.unread}, grown {memory.grown:.1f} MiB; "
        f"read {outcome.right}, as sent {outcome.as_sent}, refused {outcome.refused}; {time.process_time() - began:.0f} s CPU"
    )
    for what in (*outcome.crashes[:5], *outcome.invented[:5]):
        print(f"    {what[:400]}")


def mqtt(payloads: int, seed: int) -> None:
    """The mapping under fire, and a line about it."""
    memory = Memory(payloads)
    began = time.process_time()
    heard = hostile_mqtt.Attack(seed).run(payloads, memory.look)
    print(
        f"{'mqtt':8} {heard.payloads:>8} payloads: crashes {len(heard.crashes)}, invented {len(heard.invented)}, good and "
        f"not read {heard.unread}, grown {memory.grown:.1f} MiB; values {heard.values}, bad {heard.bad}, "
        f"discarded {heard.discarded}; {time.process_time() - began:.0f} s CPU"
    )
    for what in (*heard.crashes[:5], *heard.invented[:5]):
        print(f"    {what[:400]}")


def main() -> None:
    """All three, one after the other."""
    logging.disable(logging.CRITICAL)
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    frames = numbers[0] if numbers else FRAMES
    seed = numbers[1] if len(numbers) > 1 else SEED
    print(f"{frames} hostile frames, seed {seed}")
    modbus("tcp", frames * 4 // 10, seed)
    modbus("rtu+tcp", frames * 3 // 10, seed)
    mqtt(frames * 3 // 10, seed)


if __name__ == "__main__":
    main()
