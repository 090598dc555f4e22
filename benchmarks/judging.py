"""What a scan costs after it was decoded: `python -m benchmarks judging`.

Believing (ranges, freshness), judging and choosing what history keeps, against a plain Python peer that does the same work the
obvious way: each value looked at by itself, every rule judged at each scan, one object for each value that is kept. The two hear
the same scans in turn, so the ratios hold on another machine; the absolute figures do not. CPU time, median of the rounds.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from monitor.domain.conditions import Rate, Stuck, Unceasing
from monitor.domain.history import Sample
from monitor.domain.instant import Instant
from monitor.domain.point import Kind, Point
from monitor.domain.reading import Quality
from monitor.domain.rules import AlarmKind, AlarmRule, Condition, High, Low, Priority, State, Verdict, judge
from monitor.domain.scan import Plan, Scan, Slot
from monitor.engine.acquisition import Latest
from monitor.engine.alarming import Alarming
from monitor.engine.draining import BATCH
from monitor.engine.live import Live
from monitor.engine.pipeline import Pipeline
from monitor.engine.recording import Recorder
from monitor.engine.tally import Tally
from monitor.engine.writer import JournalWriter
from monitor.storage.history_influx import PointAddress
from monitor.storage.history_influx.lines import Lines
from monitor.storage.spool import DiskSpool

ROUNDS = 7
SCANS = 1000
START = Instant(1_790_000_000.0, 1_000.0)

Values = tuple[float | bool, ...]


class _NoSpool:
    """Takes samples and keeps nothing: what the disk costs is measured in `benchmarks.history`."""

    def append(self, samples: Sequence[Sample]) -> None:
        """Let go of them."""


class _Clock:
    def now(self) -> Instant:
        return START

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Ours:
    """The engine's own flow, wired as the daemon wires it; nobody watches, no alarm is raised."""

    def __init__(
        self, plan: Plan, rules: Sequence[AlarmRule], spool: _NoSpool | DiskSpool | None = None
    ) -> None:
        clock, tally = _Clock(), Tally()
        latest = {plan.equipment: Latest(plan, START)}
        writer = JournalWriter(None, clock, tally)  # type: ignore[arg-type]  # nothing is committed
        live = Live({}, {}, lambda _: (), lambda _: None)
        alarming = Alarming(rules, latest, writer, live, clock, tally, lambda event, rule: ())
        self.plan = plan
        self.pipeline = Pipeline(latest, {}, frozenset(), clock, tally)
        self.pipeline.judge = alarming
        self.pipeline.keep = Recorder([plan], spool or _NoSpool(), clock)  # type: ignore[arg-type]  # only `append` is asked

    def hear(self, values: Values, at: Instant) -> None:
        """One decoded scan."""
        self.pipeline.scan(Scan(self.plan, values, at))

    def repeat(self, scan: Scan, at: Instant) -> None:
        """The same raw bytes came."""
        self.pipeline.scan(scan.again(at))


@dataclass
class Plain:
    """The same work without tricks. Implements `rules.View`."""

    plan: Plan
    rules: Sequence[AlarmRule]
    answering: bool | None = True
    active: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        n = len(self.plan.points)
        self.values: list[Slot | None] = [None] * n
        self.quality = [Quality.NO_DATA] * n
        self.fresh = [0.0] * n
        self.stored = [float("-inf")] * n
        self.samples: list[Sample] = []

    def read(self, key: str) -> tuple[float | bool | None, Quality]:
        """Value and quality of one point."""
        i = self.plan.index[key]
        return self.values[i], self.quality[i]  # type: ignore[return-value]

    def hear(self, values: Values, at: Instant) -> None:
        """One decoded scan."""
        self.samples = []
        for i, value in enumerate(values):
            point = self.plan.points[i]
            low, high = point.range or (float("-inf"), float("inf"))
            quality = Quality.GOOD if low <= value <= high else Quality.OUT_OF_RANGE
            if value != self.values[i] or quality is not self.quality[i] or at.steady - self.stored[i] >= 60:
                self.stored[i] = at.steady
                self.samples.append(Sample(point.id, round(at.wall * 1000), value, quality.code))
            self.values[i], self.quality[i], self.fresh[i] = value, quality, at.steady
        for rule in self.rules:
            verdict = judge(rule.condition, self)
            if verdict is Verdict.TRUE:
                self.active.add(rule.id)
            elif verdict is Verdict.FALSE:
                self.active.discard(rule.id)


def _rules(conditions: Sequence[Condition]) -> list[AlarmRule]:
    return [
        AlarmRule(f"e.r{i}", "e", AlarmKind.LIMIT, condition, Priority.HIGH)
        for i, condition in enumerate(conditions)
    ]


def _meter() -> tuple[Plan, list[AlarmRule]]:
    """100 analog values with a plausible range each, three limits."""
    plan = Plan("e", tuple(Point("e", f"p{i}", range=(-1e6, 1e6)) for i in range(100)))
    return plan, _rules([High("p0", 400.0, 5.0), Low("p1", -400.0, 5.0), High("p50", 1000.0, 10.0)])


def _panel() -> tuple[Plan, list[AlarmRule]]:
    """160 breakers, a rule on each."""
    plan = Plan("e", tuple(Point("e", f"b{i}", Kind.DISCRETE) for i in range(160)))
    return plan, _rules([State(f"b{i}", True) for i in range(160)])


def _over_time() -> tuple[Plan, list[AlarmRule]]:
    """100 analog values, three rules that want every scan. The plain peer has no memory and passes them by: read ours
    beside the rows above it."""
    plan, _ = _meter()
    return plan, _rules([Rate("p0", 1e6, 60.0, 600.0), Stuck("p1", 600.0), Unceasing("p50", 1000.0, 7200.0)])


def _moving(share: int) -> list[Values]:
    """Scans of 100 numbers as a meter rounds them; every `share`-th value moves each time."""
    rng = random.Random(1)
    now = [round(rng.uniform(200, 250), 2) for _ in range(100)]
    scans: list[Values] = []
    for n in range(SCANS):
        for i in range(n % share, 100, share):
            now[i] = round(rng.uniform(200, 250), 2)
        scans.append(tuple(value + 0.0 for value in now))  # numbers of its own, as a decoder gives
    return scans


def _flipping() -> list[Values]:
    """160 bits of which one that no rule waits for in this state goes off and on; it is settled within a scan."""
    off = (False,) * 160
    return [(*off[:7], bool(n % 2), *off[8:]) for n in range(SCANS)]


def _cpu(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) / SCANS * 1e6


def _compare(
    title: str, plan: Plan, rules: Sequence[AlarmRule], scans: Sequence[Values], *, repeats: bool
) -> None:
    ours, plain = Ours(plan, rules), Plain(plan, rules)
    steady = START
    taken: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        instants = [steady.after(i * 1e-4) for i in range(SCANS)]  # within one heartbeat
        steady = steady.after(0.2)

        def by_us(at: Sequence[Instant] = instants) -> None:
            if repeats:
                first = Scan(plan, scans[0], at[0])
                ours.pipeline.scan(first)
                for one in at:
                    ours.repeat(first, one)
                return
            for values, one in zip(scans, at, strict=True):
                ours.hear(values, one)

        def plainly(at: Sequence[Instant] = instants) -> None:
            for values, one in zip(scans, at, strict=True):
                plain.hear(values, one)

        taken.append((_cpu(by_us), _cpu(plainly)))
    mine, theirs = (median(each) for each in zip(*taken[1:], strict=True))
    ratio = median(a / b for a, b in taken[1:])
    print(f"  {title:<46}{mine:>8.1f}{theirs:>8.1f}{ratio:>8.3f}")


def _whole_way(title: str, plan: Plan, rules: Sequence[AlarmRule], scans: Sequence[Values]) -> None:
    """The same with the spool on disk, and what waits there written as line protocol in the drain's batches."""
    lines = Lines({point.id: PointAddress("meter", "e", "power", point.key, "site") for point in plan.points})
    with tempfile.TemporaryDirectory(prefix="watchroom-bench-") as name:
        spool = DiskSpool.open(Path(name))
        ours = Ours(plan, rules, spool)
        spent: list[tuple[float, float]] = []
        for round_ in range(ROUNDS):
            start = START.after(round_ * 0.2)
            kept = _cpu(lambda at=start: [ours.hear(v, at.after(i * 1e-4)) for i, v in enumerate(scans)])  # type: ignore[misc]
            spent.append((kept, _cpu(lambda: _drain(spool, lines))))
        spool.close()
    kept, written = (median(each) for each in zip(*spent[1:], strict=True))
    print(f"  {title:<46}{kept:>8.1f}{written:>8.1f}{kept + written:>8.1f}")


def _drain(spool: DiskSpool, lines: Lines) -> None:
    while (batch := spool.oldest(BATCH)) is not None:
        lines.write(batch.samples)
        spool.done(batch)


async def _measure() -> None:
    print(f"  {'us of CPU a scan, history chosen, no disk':<46}{'ours':>8}{'plain':>8}{'ratio':>8}")
    meter, panel = _meter(), _panel()
    still = _moving(101)
    _compare("100 values, 3 rules: all changing", *meter, _moving(1), repeats=False)
    _compare("100 values, 3 rules: 10 % changing", *meter, _moving(10), repeats=False)
    _compare("100 values, 3 rules: unchanged, decoded anew", *meter, [still[0]] * SCANS, repeats=False)
    _compare("100 values, 3 rules: the same bytes (repeats)", *meter, [still[0]] * SCANS, repeats=True)
    _compare("100 values, 3 rules over time: 10 % changing", *_over_time(), _moving(10), repeats=False)
    _compare("100 values, 3 rules over time: the same bytes", *_over_time(), [still[0]] * SCANS, repeats=True)
    _compare("160 bits, a rule each: one flipping", *panel, _flipping(), repeats=False)
    _compare("160 bits, a rule each: none", *panel, [_flipping()[0]] * SCANS, repeats=False)
    print(f"  {'us of CPU a scan, all the way to line protocol':<46}{'spooled':>8}{'drained':>8}{'both':>8}")
    _whole_way("100 values, 3 rules: all changing", *meter, _moving(1))
    _whole_way("100 values, 3 rules: 10 % changing", *meter, _moving(10))
    _whole_way("160 bits, a rule each: one flipping", *panel, _flipping())


def main() -> None:
    """Measure and print."""
    asyncio.run(_measure())


if __name__ == "__main__":
    main()
