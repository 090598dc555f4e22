"""One plant room lived through again and again, by the same script: undisturbed, restarted, reloaded.

The centre is the real one (latest values, judging, alarms, journal writer, planned messages); time is virtual and moves by
hand, so that a thousand lives take seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from monitor.domain import escalation
from monitor.domain.alarm import (
    Acknowledge,
    Alarm,
    AlarmEvent,
    AlarmState,
    Reset,
    Shelve,
    Unshelve,
)
from monitor.domain.conditions import (
    AtLeast,
    Deviation,
    MonthlyUptimeBelow,
    Rate,
    Starts,
    Stuck,
    Unceasing,
    Unproven,
)
from monitor.domain.escalation import EscalationStep, Match, Policy
from monitor.domain.hours import Hours
from monitor.domain.point import Kind, Point
from monitor.domain.reading import Quality
from monitor.domain.rules import (
    AlarmKind,
    AlarmRule,
    AvailabilityBelow,
    Comm,
    Condition,
    High,
    Leak,
    Level,
    Low,
    Priority,
    Reported,
    SensorFault,
    Stale,
    State,
    TooManyUnknown,
    Unreadable,
    Verdict,
)
from monitor.domain.scan import Plan, Scan
from monitor.engine.acquisition import Latest
from monitor.engine.alarming import Alarming, Command, Refused
from monitor.engine.live import Live
from monitor.engine.pipeline import Pipeline
from monitor.engine.tally import Tally
from monitor.engine.writer import JournalWriter
from monitor.ports import Stored
from tests.engine.house import MemoryJournal
from tests.support.clock import VirtualClock

PIT = "pit-1"
POINTS = (
    Point(PIT, "level", unit="m", range=(0.0, 4.0), stale_after=30.0),
    Point(PIT, "water", Kind.DISCRETE, stale_after=60.0),
    Point(PIT, "fault", Kind.DISCRETE, stale_after=60.0),
    Point(PIT, "other", unit="m", range=(0.0, 9.0), stale_after=30.0),
    Point(PIT, "meter", Kind.COUNTER, unit="m3", stale_after=60.0),
)
PLAN = Plan(PIT, POINTS)
TOLD = EscalationStep(0.0, "electrician", "sms"), EscalationStep(600.0, "manager", "sms")
POLICIES = (Policy(Match(), TOLD, over=True),)


def _rule(random_: random.Random, name: str, condition: Condition, **fields: object) -> AlarmRule:
    rule = AlarmRule(
        f"{PIT}.{name}",
        PIT,
        AlarmKind.STATE,
        condition,
        random_.choice(list(Priority)),
        on_delay=random_.choice((0.0, 5.0, 60.0)),
        off_delay=random_.choice((0.0, 10.0, 60.0)),
        latching=random_.random() < 0.3,
        re_alarm=random_.choice((None, None, 300.0)),
    )
    return replace(rule, **fields)  # type: ignore[arg-type]


def rules(seed: int) -> list[AlarmRule]:
    """The rules of one life: those that go on over a restart as if the data had been bad meanwhile."""
    make = partial(_rule, random.Random(seed))
    return [
        make("high", High("level", 2.0, 0.2), levels=(Level(3.0, Priority.CRITICAL),)),
        make("low", Low("level", 0.5, 0.1)),
        make("fault", State("fault", True)),
        make("leak", Leak("water", 2)),
        make("both", AtLeast(2, (State("fault", True), High("level", 1.0)))),
        make("comm", Comm()),
        make("stale", Stale(("level", "water", "fault"))),
        make("sensor", SensorFault("level")),
        make("historian", Reported("historian")),
        make("missed", Reported("missed"), incident=True, on_delay=0.0, off_delay=0.0, re_alarm=None),
        make("apart", Deviation(("level", "other"), 0.6, 0.2)),
        make("lamps", AvailabilityBelow(("water", "fault"), None, 0.8)),
        make("unreadable", Unreadable(("level", "water"))),
    ]


def mindful(seed: int) -> list[AlarmRule]:
    """Those, and rules that remember what they saw: a kill may cost them their last minute, a stop and a reload nothing."""
    make = partial(_rule, random.Random(seed))
    return [
        *rules(seed),
        make("rate", Rate("level", 0.5, 60.0, 60.0)),
        make("stuck", Stuck("level", 90.0)),
        make("starts", Starts("fault", 2, 300.0)),
        make("running", Unceasing("level", 0.1, 120.0)),
        make("no_fall", Rate("level", -0.5, 60.0, 120.0, sign=1, when=State("fault", True))),
        make("counted", Starts("meter", 5, 300.0, counter=True)),
        make("metered", Unceasing("meter", 0.0, 200.0, counter=True, pause=60.0)),
        make("unproven", Unproven("water", 400.0), on_delay=0.0, off_delay=0.0),
        make("uptime", MonthlyUptimeBelow(State("fault", True), 0.9998, "Asia/Shanghai")),
        make("several", AtLeast(2, (Stuck("level", 60.0), Starts("fault", 1, 300.0), State("water", True)))),
    ]


def by_the_clock(seed: int) -> list[AlarmRule]:
    """All of them, and rules that the time of day moves: lives begin at eight."""
    make = partial(_rule, random.Random(seed))
    return [
        *mindful(seed),
        make("early", High("level", 1.0), during=_from_to(4, 20), on_delay=0.0, off_delay=0.0),
        make("nightly", Unceasing("level", 0.1, 120.0), during=_from_to(2, 40), off_delay=0.0),
    ]


def everything(seed: int) -> list[AlarmRule]:
    """All of them, and those whose future a restart may change: to see nothing is what the one is about, and the other has at
    once the priority of the hour, whatever else ended meanwhile."""
    make = partial(_rule, random.Random(seed))
    return [
        *by_the_clock(seed),
        make("unseen", TooManyUnknown(("water", "fault"), None, 0.4)),
        make("urgent", State("water", True), priority_at=((_from_to(6, 25), Priority.CRITICAL),)),
    ]


def _from_to(first: int, last: int) -> Hours:
    return Hours("UTC", ((480 + first, 480 + last),))


@dataclass(frozen=True, slots=True)
class Move:
    """`seconds` go by, then `what` happens with `pick` to decide which."""

    seconds: float
    what: str
    pick: float


WHATS = (
    *("scan",) * 14,
    *("lost", "there", "ack", "ack", "ack", "reset", "reset", "shelve", "once", "unshelve"),
    *("out", "in", "own", "own", "trip"),
)
PAUSES = (0.0, 0.5, 1.0, 2.0, 5.0, 5.0, 10.0, 30.0, 61.0, 320.0)


def script(seed: int, length: int = 40) -> list[Move]:
    """What happens in one life."""
    random_ = random.Random(seed * 7 + 1)
    return [Move(random_.choice(PAUSES), random_.choice(WHATS), random_.random()) for _ in range(length)]


@dataclass
class Centre:
    """The engine's centre from one start to the next."""

    rules: list[AlarmRule]
    journal: MemoryJournal
    clock: VirtualClock
    latest: dict[str, Latest] = field(default_factory=dict)
    heir_of: Centre | None = None
    alive: float | None = None
    """When the one before it last lived (wall)."""

    def __post_init__(self) -> None:
        self.latest = self.latest or {PIT: Latest(PLAN, self.clock.now())}
        tally = Tally()
        self.writer = JournalWriter(self.journal, self.clock, tally)
        by_id = {rule.id: rule for rule in self.rules}
        self.live = Live(by_id, {}, lambda _: (), lambda _: None)
        plan = partial(escalation.plan, POLICIES, system="pumps")
        self.alarming = Alarming(self.rules, self.latest, self.writer, self.live, self.clock, tally, plan)
        self._listen()
        self.writer.on_commit.append(self.live.committed)

    async def start(self) -> Centre:
        """As the daemon does: what the journal kept, and after a reload what was in memory."""
        stored: Stored = await self.journal.load()
        self.alarming.restore(stored, self.alive)
        if self.heir_of:
            self.alarming.inherit(self.heir_of.alarming)
        await self.writer.drain()
        return self

    def _listen(self) -> None:
        self.pipeline = Pipeline(self.latest, {"bus": (PIT,)}, frozenset(), self.clock, Tally())
        self.pipeline.judge = self.alarming

    # What happens

    async def play(self, move: Move) -> None:
        """Let time go by with the daemon's ticks, then do it, and commit."""
        await self.wait(move.seconds)
        await self.do(move.what, move.pick)
        self.tick()
        await self.writer.drain()

    async def wait(self, seconds: float, judging_only: bool = False) -> None:
        """Ticks at the same instants whoever lives through them."""
        for _ in range(steps := min(8, int(seconds / 0.5))):
            self.clock.skip(seconds / steps)
            self.tick(judging_only)
            await self.writer.drain()

    def tick(self, judging_only: bool = False) -> None:
        """One turn of the clock's loop."""
        now = self.clock.now()
        if not judging_only:
            self.pipeline.tick(now)
        self.alarming.tick(now)

    async def do(self, what: str, pick: float) -> None:
        """One thing; a command that the alarm's state refuses changes nothing, which is a future like any other."""
        match what:
            case "scan":
                self._scan(random.Random(pick))
            case "lost" | "there":
                self.pipeline.answering(PIT, what == "there", "")
            case "own":
                verdict = Verdict.TRUE if pick < 0.5 else Verdict.FALSE
                self.alarming.report(f"{PIT}.historian", verdict, self.clock.now(), "refused")
            case "trip":
                self.alarming.trip(f"{PIT}.missed", self.clock.now(), "07:30-08:30")
            case "out" | "in":
                end = self.clock.now().wall + 40 + 300 * pick if what == "out" else None
                self.alarming.serve(PIT, end, "chen", "overhaul")
            case _:
                await self._command(what, pick)

    def _scan(self, random_: random.Random) -> None:
        level = random_.choice((0.0, 0.3, 0.55, 1.5, 1.5, 1.9, 2.5, 2.5, 3.5, 9.0))
        bad = random_.choice(({}, {}, {}, {}, {0: Quality.SENTINEL}, {1: Quality.DECODE_ERROR}))
        bits = (random_.random() < 0.5, random_.random() < 0.4)
        now = self.clock.now().steady
        values = (level, *bits, level + random_.choice((0.0, 0.0, 0.5, 1.5)), now // 40.0)
        shown = tuple(None if i in bad else value for i, value in enumerate(values))
        self.pipeline.scan(Scan(PLAN, shown, self.clock.now(), bad))

    def scan(self, level: float) -> None:
        """A dry pit without a fault, and this much in it."""
        self.pipeline.scan(Scan(PLAN, (level, False, False, level, 0.0), self.clock.now(), {}))

    async def _command(self, what: str, pick: float) -> None:
        open_ = [rule for rule in self.rules if self.alarm(rule).state is not AlarmState.NORM] or self.rules
        alarm = self.alarm(open_[int(pick * len(open_))])
        now, key = self.clock.now(), (alarm.occurrence, alarm.annunciation)
        until = now.wall + 20 + 600 * pick
        causes: dict[str, Command] = {
            "ack": Acknowledge(*key, "chen", "seen"),
            "reset": Reset(*key, "chen"),
            "shelve": Shelve(*key, until, "works", "chen"),
            "once": Shelve(*key, until, "works", "chen", once=True),
            "unshelve": Unshelve("chen"),
        }
        answer = asyncio.create_task(self.alarming.command(alarm.id, causes[what]))
        await asyncio.sleep(0)
        await self.writer.drain()
        with contextlib.suppress(Refused):
            await answer

    def alarm(self, rule: AlarmRule) -> Alarm:
        """The alarm of a rule as it now is."""
        return self.alarming.alarm(rule.id)

    # Disturbances

    async def stopped(self, down: float) -> Centre:
        """Stopped on purpose, started `down` seconds later."""
        self.writer.submit(self.alarming.farewell(self.clock.now()))
        await self.writer.drain()
        return await self.restarted(down)

    async def restarted(self, down: float) -> Centre:
        """Killed here, started `down` seconds later."""
        alive = self.clock.now().wall
        self.clock.skip(down)
        again = await Centre(self.rules, self.journal, self.clock, alive=alive).start()
        again.tick()
        await again.writer.drain()
        return again

    async def blinded(self, down: float, *, last_look: bool = False) -> Centre:
        """Alive all the time; for `down` seconds nothing good was heard, and nothing heard before is believed.

        What was seen until then counts, as at a stop.
        """
        if last_look:
            self.alarming.farewell(self.clock.now())
        self._forget()
        await self.wait(down, judging_only=True)
        self._forget()
        self._listen()
        self.tick()
        await self.writer.drain()
        return self

    def _forget(self) -> None:
        now = self.clock.now()
        self.latest[PIT] = Latest(PLAN, now)
        self.alarming.judge(PIT, self.latest[PIT], now, scanned=False)
        self.alarming.report(f"{PIT}.historian", Verdict.UNKNOWN, now)

    async def reloaded(self, rules: Iterable[AlarmRule] | None = None) -> Centre:
        """A new configuration took over, at once."""
        await self.writer.drain()
        of = self.rules if rules is None else list(rules)
        return await Centre(of, self.journal, self.clock, self.latest, heir_of=self).start()


def happened(events: Iterable[AlarmEvent]) -> dict[str, list[AlarmEvent]]:
    """Events by alarm, without their numbers: those of alarms that move at one restart come in another order."""
    found: dict[str, list[AlarmEvent]] = {}
    for event in events:
        found.setdefault(event.alarm, []).append(replace(event, sequence=0))
    return found
