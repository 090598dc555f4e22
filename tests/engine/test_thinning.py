"""A chattering device: all is judged, little is kept, nothing is silent."""

from __future__ import annotations

from collections.abc import Sequence

from structlog.testing import capture_logs

from monitor.domain.alarm import EventCause
from monitor.domain.instant import Instant
from monitor.domain.point import Point
from monitor.domain.rules import AlarmKind, AlarmRule, Leak, Priority, Verdict
from monitor.domain.scan import ABSENT, Plan, Scan, Slot
from monitor.engine.tally import Tally
from monitor.engine.thinning import BURST, CALM, Thinning
from tests.engine.bench import Bench

PLAN = Plan("leak-1", (Point("leak-1", "leak"), Point("leak-1", "battery")))
OTHER = Plan("leak-2", PLAN.points)
START = 1_790_000_000.0
RATE = 10.0


class Kept:
    """What got through, in order."""

    def __init__(self, rates: dict[str, float] | None = None) -> None:
        self.scans: list[tuple[Scan, Sequence[int] | None]] = []
        self.reports: list[tuple[str, Verdict]] = []
        self.tally = Tally()
        self.thinning = Thinning(
            self,
            rates or {"leak-1": RATE},
            self.tally,
            lambda rule, verdict: self.reports.append((rule, verdict)),
        )

    def take(self, scan: Scan, changed: Sequence[int] | None = None) -> None:
        self.scans.append((scan, changed))

    def say(self, at: float, *values: Slot, plan: Plan = PLAN, source: float | None = None) -> None:
        changed = [i for i, value in enumerate(values) if value is not ABSENT]
        self.thinning.take(Scan(plan, values, Instant(START + at, at), source_time=source), changed)

    @property
    def batteries(self) -> list[Slot]:
        return [scan.values[1] for scan, _ in self.scans if scan.values[1] is not ABSENT]


def chattering(seconds: float = 10.0, rate: int = 1000) -> Kept:
    """More than the burst, at `rate` a second."""
    kept = Kept()
    for n in range(int(seconds * rate)):
        kept.say(n / rate, ABSENT, n)
        if n % (rate // 4) == 0:
            kept.thinning.tick(Instant(START + n / rate, n / rate))
    return kept


def test_an_ordinary_device_is_kept_whole_and_so_is_a_burst() -> None:
    kept = Kept()
    for n in range(int(RATE * BURST)):
        kept.say(0.0, ABSENT, n)
    assert kept.batteries == list(range(int(RATE * BURST)))
    assert kept.reports == []


def test_a_chatterer_is_thinned_counted_and_told_once() -> None:
    with capture_logs() as logs:
        kept = chattering()
    assert 10 * RATE < len(kept.batteries) < RATE * BURST + 10 * (RATE + 5)
    assert kept.reports == [("leak-1.message_rate", Verdict.TRUE)]
    assert kept.tally.get("history_thinned_total", equipment="leak-1") > 8000
    assert [line["event"] for line in logs] == ["equipment.chatters"]
    assert kept.batteries == sorted(kept.batteries, key=int)  # type: ignore[arg-type]


def test_the_newest_value_of_each_point_is_kept_with_its_own_time() -> None:
    kept = chattering()
    for last in (10.0, 10.02):  # one of them is the last that is still allowed for a tenth of a second
        kept.say(last, ABSENT, 1)
    kept.thinning.tick(Instant(START + 10.02, 10.02))
    kept.say(10.021, True, ABSENT)
    kept.say(10.022, ABSENT, 76)
    kept.say(10.023, ABSENT, 77)
    kept.scans.clear()
    kept.thinning.tick(Instant(START + 10.1, 10.1))
    assert [(scan.values, scan.received.steady, changed) for scan, changed in kept.scans] == [
        ((True, ABSENT), 10.021, None),
        ((ABSENT, 77), 10.023, None),
    ]
    kept.thinning.settle()
    assert len(kept.scans) == 2


def test_the_alarm_ends_after_a_calm_minute() -> None:
    kept = chattering()
    kept.thinning.tick(Instant(START + 10 + CALM / 2, 10 + CALM / 2))
    assert len(kept.reports) == 1
    kept.thinning.tick(Instant(START + 11 + CALM, 11 + CALM))
    assert kept.reports[1:] == [("leak-1.message_rate", Verdict.FALSE)]
    kept.say(200.0, ABSENT, 1)
    assert kept.batteries[-1] == 1


def test_others_are_not_touched_by_it() -> None:
    kept = Kept({"leak-1": RATE, "leak-2": RATE})
    for n in range(5000):
        kept.say(n / 1000, ABSENT, n)
    kept.scans.clear()
    for n in range(50):
        kept.say(5.0 + n, ABSENT, n, plan=OTHER)
    assert kept.batteries == list(range(50))


def test_what_a_broker_held_for_an_hour_is_kept_though_it_comes_at_once() -> None:
    kept = Kept()
    for n in range(36_000):
        kept.say(3600.0, ABSENT, n, source=START + n / 10)
    assert kept.batteries == list(range(36_000))


def test_a_wall_clock_set_back_makes_nobody_a_chatterer() -> None:
    kept = Kept()
    for n in range(3600):
        wall = START + n - (7200 if n > 600 else 0)
        kept.thinning.take(Scan(PLAN, (False, n), Instant(wall, float(n))), [1])
    assert kept.batteries == list(range(3600))
    assert kept.reports == []


def test_what_says_nothing_new_costs_nothing() -> None:
    kept = Kept()
    for n in range(5000):
        kept.thinning.take(Scan(PLAN, (False, 50), Instant(START + n / 1000, n / 1000)), [])
    assert len(kept.scans) == 5000
    assert kept.reports == []


async def test_every_message_of_a_chatterer_is_judged() -> None:
    leak = AlarmRule("leak-1.leak", "leak-1", AlarmKind.LEAK, Leak("leak", 1), Priority.CRITICAL, 0.0, 0.0)
    async with Bench([leak], PLAN.points, pushed=True) as bench:
        kept = Kept({"leak-1": 0.1})
        bench.pipeline.keep = kept.thinning
        for n in range(200):
            bench.say(leak=False, battery=n)
        bench.say(leak=True)
        bench.say(leak=False)
        assert True not in [scan.values[0] for scan, _ in kept.scans]
        raised = [event for event in (await _events(bench)) if event == EventCause.RAISED.value]
        assert raised == ["raised"]


async def _events(bench: Bench) -> list[str]:
    await bench.wait(1)
    return bench.causes()
