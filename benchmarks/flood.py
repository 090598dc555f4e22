"""A flood of alarms through the real centre and a real SQLite journal: `python -m benchmarks flood`.

10,000 alarms in 10 s, each with its event, its row and one message, while an operator acknowledges all the time: how long
until everything is journaled, how long an acknowledgement takes, how much memory. The same on a disk whose sync takes 10 ms
more; all at once; and flapping alarms (500 that come and go twice a second: 2,000 events a second). There is no peer: these are
the issue's own figures, in wall time of a machine that should have nothing else to do. Commits one by one would need 100 s on
the slow disk. First, the time from a scan to its committed event on an ordinary day. `--in DIR` chooses the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from monitor.domain.alarm import Acknowledge, Alarm, AlarmEvent
from monitor.domain.instant import Instant
from monitor.domain.notification import Notification
from monitor.domain.point import Kind, Point
from monitor.domain.rules import AlarmKind, AlarmRule, Priority, State
from monitor.domain.scan import Plan, Scan
from monitor.engine.acquisition import Latest
from monitor.engine.alarming import Alarming, Refused
from monitor.engine.live import Live
from monitor.engine.pipeline import Pipeline
from monitor.engine.tally import Tally
from monitor.engine.writer import JournalWriter
from monitor.ports import Change, Journal, Stored
from monitor.storage.journal import SqlJournal

PANELS, BITS = 100, 100
ORDINARY = 500
"""Scans a second on an ordinary day."""
SECONDS = 10
ACKNOWLEDGE_EVERY = 0.05


class _Clock:
    def now(self) -> Instant:
        return Instant(time.time(), time.monotonic())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class SlowSync:
    """Implements `ports.Journal`: a commit that returns `delay` seconds later, as on a disk with slow syncs."""

    journal: SqlJournal
    delay: float

    async def commit(self, changes: Sequence[Change]) -> None:
        """As the journal's."""
        await self.journal.commit(changes)
        if self.delay:
            await asyncio.sleep(self.delay)

    async def load(self) -> Stored:
        """As the journal's."""
        return await self.journal.load()


@dataclass
class Plant:
    """Panels of breakers with a rule on each, and the centre that watches them."""

    journal: Journal
    acknowledged: list[float] = field(default_factory=list)
    raised: list[Alarm] = field(default_factory=list)
    tripped: dict[str, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    """Seconds from a scan to its committed event."""
    deepest: int = 0

    def __post_init__(self) -> None:
        clock, tally = _Clock(), Tally()
        self.plans = [
            Plan(f"panel-{n}", tuple(Point(f"panel-{n}", f"b{i}", Kind.DISCRETE) for i in range(BITS)))
            for n in range(PANELS)
        ]
        rules = [self._rule(plan.equipment, i) for plan in self.plans for i in range(BITS)]
        latest = {plan.equipment: Latest(plan, clock.now()) for plan in self.plans}
        self.writer = JournalWriter(self.journal, clock, tally)
        self.live = Live({rule.id: rule for rule in rules}, {}, lambda _: (), lambda _: None)
        self.alarming = Alarming(rules, latest, self.writer, self.live, clock, tally, _message)
        self.pipeline = Pipeline(latest, {}, frozenset(), clock, tally)
        self.pipeline.judge = self.alarming
        self.writer.on_commit += [self.live.committed, self.show]
        self.bits = {plan.equipment: [False] * BITS for plan in self.plans}
        self.clock = clock

    def _rule(self, panel: str, i: int) -> AlarmRule:
        kind, high = AlarmKind.STATE, Priority.HIGH
        return AlarmRule(
            f"{panel}.r{i}", panel, kind, State(f"b{i}", True), high, on_delay=0.0, off_delay=0.0
        )

    def show(self, change: Change) -> None:
        """What stands newest on the operator's list."""
        self.raised.extend(alarm for alarm in change.alarms if alarm.active and not alarm.acknowledged)
        for alarm in change.alarms:
            if alarm.id in self.tripped:
                self.took.append(time.monotonic() - self.tripped.pop(alarm.id))

    def say(self, plan: Plan) -> None:
        """The panel is read."""
        self.pipeline.scan(Scan(plan, tuple(self.bits[plan.equipment]), self.clock.now()))

    async def hear(self, plan: Plan) -> None:
        """One scan in its turn, as sockets bring them: others may run between two."""
        self.say(plan)
        self.deepest = max(self.deepest, self.writer.depth)
        await asyncio.sleep(0)

    async def flood(self, seconds: float) -> None:
        """All breakers trip within this time, one of each panel after the other."""
        began = time.monotonic()
        for n in range(BITS):
            for plan in self.plans:
                self.bits[plan.equipment][n] = True
                await self.hear(plan)
            await asyncio.sleep(max(0.0, began + (n + 1) * seconds / BITS - time.monotonic()))

    async def flap(self) -> None:
        """Five breakers of each panel go on and off twice a second."""
        began = time.monotonic()
        rounds = round(SECONDS / 0.25)
        for n in range(rounds):
            for plan in self.plans:
                self.bits[plan.equipment][:5] = [n % 2 == 0] * 5
                await self.hear(plan)
            await asyncio.sleep(max(0.0, began + (n + 1) * 0.25 - time.monotonic()))

    async def ordinary(self) -> None:
        """As many scans as of 500 devices at 1 Hz, evenly spread, and ten alarms a second among them."""
        began = time.monotonic()
        for n in range(ORDINARY * SECONDS):
            plan = self.plans[n % PANELS]
            if n % (ORDINARY // 10) == 0:
                bit = n // PANELS
                self.bits[plan.equipment][bit] = True
                self.tripped[f"{plan.equipment}.r{bit}"] = time.monotonic()
            await self.hear(plan)
            await asyncio.sleep(max(0.0, began + (n + 1) / ORDINARY - time.monotonic()))

    async def operate(self) -> None:
        """Somebody acknowledges what they see, one after the other, and waits for each answer."""
        while True:
            await asyncio.sleep(ACKNOWLEDGE_EVERY)
            if not self.raised:
                continue
            waiting = self.raised.pop()
            began = time.monotonic()
            with contextlib.suppress(Refused):  # it may have come anew meanwhile
                await self.alarming.command(
                    waiting.id, Acknowledge(waiting.occurrence, waiting.annunciation, "chen")
                )
            self.acknowledged.append(time.monotonic() - began)

    async def watch(self) -> None:
        """A console is open."""
        async for _ in self.live.subscribe():
            pass


def _message(event: AlarmEvent, rule: AlarmRule) -> tuple[Notification, ...]:
    if not event.annunciates:
        return ()
    return (
        Notification(
            f"n{event.sequence}",
            event.sequence,
            event.alarm,
            event.occurrence,
            event.annunciation,
            0,
            "electrician",
            "duty-sms",
            event.steady + 30,
        ),
    )


async def _run(directory: Path, delay: float, within: float | None) -> str:
    journal = await SqlJournal.open("sqlite:journal.db", directory)
    plant = Plant(SlowSync(journal, delay))
    for plan in plant.plans:
        plant.say(plan)
    tasks = [asyncio.create_task(work()) for work in (plant.writer.run, plant.operate, plant.watch)]
    began, used = time.monotonic(), time.process_time()
    await (plant.flap() if within is None else plant.flood(within))
    await plant.writer.submit(Change())  # behind all that waits
    seconds, used = time.monotonic() - began, time.process_time() - used
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    events = (await journal.load()).last_sequence
    await journal.close()
    waits = sorted(plant.acknowledged)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{events:>8,}{seconds:>10.1f}{used:>8.1f}{plant.deepest:>9,}{len(waits):>7}{waits[len(waits) // 2]:>8.3f}"
        f"{waits[int(len(waits) * 0.99)]:>8.3f}{waits[-1]:>8.3f}{memory:>8.0f}"
    )


async def _promptly(directory: Path) -> str:
    journal = await SqlJournal.open("sqlite:journal.db", directory)
    plant = Plant(journal)
    for plan in plant.plans:
        plant.say(plan)
    tasks = [asyncio.create_task(work()) for work in (plant.writer.run, plant.watch)]
    used = time.process_time()
    await plant.ordinary()
    await plant.writer.submit(Change())
    used = time.process_time() - used
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await journal.close()
    took = sorted(plant.took)
    return (
        f"{len(took)} alarms among {ORDINARY * SECONDS:,} scans in {SECONDS} s, {used:.1f} s of CPU: "
        f"p50 {took[len(took) // 2] * 1e3:.0f} ms, p99 {took[int(len(took) * 0.99)] * 1e3:.0f} ms, max {took[-1] * 1e3:.0f} ms"
    )


def _apart(into: str | None, delay: float, within: float | None, results: multiprocessing.Queue[str]) -> None:
    with tempfile.TemporaryDirectory(dir=into, prefix="watchroom-bench-") as name:
        results.put(asyncio.run(_run(Path(name), delay, within)))


def main() -> None:
    """Each run in a process of its own, so that its memory is its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="directory", help="where to put the temporary files")
    into = parser.parse_known_args()[0].directory
    with tempfile.TemporaryDirectory(dir=into, prefix="watchroom-bench-") as name:
        print(f"  scan to committed event: {asyncio.run(_promptly(Path(name)))}", flush=True)
    spawn = multiprocessing.get_context("spawn")
    print(
        f"  {'':<34}{'events':>8}{'stored s':>10}{'CPU s':>8}{'deepest':>9}{'acks':>7}{'p50 s':>8}{'p99':>8}{'max':>8}{'MiB':>8}"
    )
    for title, delay, within in (
        ("10,000 alarms in 10 s", 0.0, 10.0),
        ("the same, sync 10 ms slower", 0.010, 10.0),
        ("10,000 alarms at once", 0.0, 0.0),
        ("the same, sync 10 ms slower", 0.010, 0.0),
        ("500 flapping for 10 s", 0.0, None),
        ("the same, sync 10 ms slower", 0.010, None),
    ):
        results: multiprocessing.Queue[str] = spawn.Queue()
        run = spawn.Process(target=_apart, args=(into, delay, within, results))
        run.start()
        print(f"  {title:<34}{results.get()}", flush=True)
        run.join()


if __name__ == "__main__":
    main()
