"""The engine's centre on a workbench: virtual time, a journal that can be told to fail, points set by hand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.domain.alarm import AlarmEvent
from monitor.domain.causes import CauseTree
from monitor.domain.notification import Notification
from monitor.domain.point import Point, Value
from monitor.domain.reading import Quality, Reading
from monitor.domain.rules import AlarmRule
from monitor.domain.scan import ABSENT, Plan, Scan, Slot
from monitor.engine.acquisition import Latest
from monitor.engine.alarming import Alarming
from monitor.engine.live import Live
from monitor.engine.pipeline import Pipeline
from monitor.engine.tally import Tally
from monitor.engine.writer import JournalWriter
from monitor.ports import Change, Stored
from tests.support.clock import VirtualClock, settle


@dataclass
class TestJournal:
    """Keeps what was committed; `trouble` is raised by every commit while it is set."""

    __test__ = False
    commits: list[list[Change]] = field(default_factory=list)
    trouble: Exception | None = None
    poison: Change | None = None
    gate: asyncio.Event | None = None

    async def commit(self, changes: Sequence[Change]) -> None:
        if self.gate:
            await self.gate.wait()
        if self.trouble:
            raise self.trouble
        if self.poison is not None and any(change is self.poison for change in changes):
            from monitor.ports import Permanent

            raise Permanent("poison")
        self.commits.append(list(changes))

    async def load(self) -> Stored:
        alarms = {alarm.id: alarm for change in self.changes for alarm in change.alarms}
        events = [event.sequence for change in self.changes for event in change.events]
        marks = {name: text for change in self.changes for name, text in change.marks.items()}
        return Stored(max(events, default=0), alarms=tuple(alarms.values()), marks=marks)

    @property
    def changes(self) -> list[Change]:
        return [change for commit in self.commits for change in commit]

    @property
    def events(self) -> list[AlarmEvent]:
        return [event for change in self.changes for event in change.events]


class Bench:
    """One equipment `pit-1` by default; `await bench.start()` runs the writer."""

    def __init__(
        self,
        rules: Iterable[AlarmRule],
        points: Sequence[Point],
        *,
        journal: TestJournal | None = None,
        clock: VirtualClock | None = None,
        pushed: bool = False,
        stored: Stored | None = None,
        alive: float | None = None,
        centre: type[Alarming] = Alarming,
        behind: str = "bus",
        causes: CauseTree | None = None,
    ) -> None:
        self.clock = clock or VirtualClock()
        self.journal = journal or TestJournal()
        self.tally = Tally()
        self.equipment = points[0].equipment
        self.plan = Plan(self.equipment, tuple(points))
        self.latest = {self.equipment: Latest(self.plan, self.clock.now())}
        self.told: list[tuple[AlarmEvent, AlarmRule]] = []
        self.writer = JournalWriter(self.journal, self.clock, self.tally)
        rules = list(rules)
        self.live = Live({rule.id: rule for rule in rules}, {}, self._readings, self._reading)
        self.alarming = centre(
            rules,
            self.latest,
            self.writer,
            self.live,
            self.clock,
            self.tally,
            self._plan_message,
            causes=causes,
        )
        self.pipeline = Pipeline(
            self.latest,
            {behind: (self.equipment,)},
            frozenset({behind} if pushed else ()),
            self.clock,
            self.tally,
        )
        self.pipeline.judge = self.alarming
        self.writer.on_commit.append(self.live.committed)
        self.writer.on_trouble = lambda down: self.alarming.show_unstored() if down else None
        if stored:
            self.alarming.restore(stored, alive)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Bench:
        self._task = asyncio.create_task(self.writer.run())
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def say(
        self,
        *values: Slot,
        bad: Mapping[int, Quality] | None = None,
        source_time: float | None = None,
        **by_key: Value | None,
    ) -> None:
        """A scan arrives: all values in order, or some by name (the others absent)."""
        slots: list[Slot] = list(values) or [ABSENT] * len(self.plan.points)
        for key, value in by_key.items():
            slots[self.plan.index[key]] = value
        self.pipeline.scan(Scan(self.plan, tuple(slots), self.clock.now(), bad or {}, source_time))

    async def wait(self, seconds: float, every: float = 0.25) -> None:
        """Time goes by with the daemon's ticks."""
        steps = max(1, round(seconds / every))
        for _ in range(steps):
            await self.clock.advance(seconds / steps)
            self.pipeline.tick(self.clock.now())
            self.alarming.tick(self.clock.now())
        await settle()

    def state(self, rule: str) -> str:
        return self.alarming.alarm(rule).state.value

    def causes(self) -> list[str]:
        """The journal's events in order."""
        return [event.cause.value for event in self.journal.events]

    def _plan_message(self, event: AlarmEvent, rule: AlarmRule) -> tuple[Notification, ...]:
        if not event.annunciates:
            return ()
        self.told.append((event, rule))
        return (
            Notification(
                id=f"{event.sequence}",
                event=event.sequence,
                alarm=event.alarm,
                occurrence=event.occurrence,
                annunciation=event.annunciation,
                step=0,
                role="electrician",
                channel="phone",
                due=event.steady,
            ),
        )

    def _readings(self, equipment: str) -> tuple[Reading, ...]:
        return self.latest[equipment].readings()

    def _reading(self, point: str) -> Reading | None:
        equipment, _, key = point.partition(".")
        return self.latest[equipment].reading(key)
