"""The people's side of the daemon on a workbench: virtual time, a journal in memory, channels made of lists.

`crash` ends everything where it stands, as kill -9 does: only what the journal committed is left for the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import TypeVar

from monitor.domain import escalation
from monitor.domain.alarm import Acknowledge, Alarm, AlarmEvent
from monitor.domain.duty import Always, Roster, ShiftPattern
from monitor.domain.escalation import EscalationStep, Match, Policy
from monitor.domain.inspection import Checkpoint, CheckpointScan, Outcome, Round, Window
from monitor.domain.notification import InboundMessage, Notification, Unless
from monitor.domain.pacing import Allowance
from monitor.domain.people import AuditEntry, Person
from monitor.domain.reading import Reading
from monitor.domain.rules import AlarmKind, AlarmRule, Priority, Reported, Verdict
from monitor.domain.wording import Wording
from monitor.domain.workorder import Handover, WorkOrder
from monitor.engine.alarming import Alarming, Planner
from monitor.engine.dispatching import Dispatching
from monitor.engine.live import Live
from monitor.engine.round_rules import people_rules
from monitor.engine.selfwatch import own_rules
from monitor.engine.supervision import Supervision
from monitor.engine.tally import Tally
from monitor.engine.writer import JournalWriter
from monitor.ports import Change, Notifier, Page, Stored
from tests.support.channel import FakeChannel
from tests.support.clock import VirtualClock, settle

SHANGHAI = "Asia/Shanghai"
T = TypeVar("T")


def at(text: str) -> float:
    """POSIX seconds of a UTC time."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@dataclass
class MemoryJournal:
    """Implements Journal and the part of Record that is read at start; `trouble` fails every commit."""

    commits: list[Change] = field(default_factory=list)
    trouble: Exception | None = None

    async def commit(self, changes: Sequence[Change]) -> None:
        if self.trouble:
            raise self.trouble
        self.commits += changes

    def _latest(self, rows: Iterable[tuple[str, T]]) -> dict[str, T]:
        return dict(rows)

    @property
    def events(self) -> list[AlarmEvent]:
        return [event for change in self.commits for event in change.events]

    @property
    def alarms(self) -> dict[str, Alarm]:
        return self._latest((row.id, row) for change in self.commits for row in change.alarms)

    @property
    def notifications(self) -> dict[str, Notification]:
        return self._latest((row.id, row) for change in self.commits for row in change.notifications)

    @property
    def all_windows(self) -> dict[str, Window]:
        return self._latest((row.id, row) for change in self.commits for row in change.windows)

    @property
    def orders(self) -> dict[str, WorkOrder]:
        return self._latest((row.id, row) for change in self.commits for row in change.orders)

    @property
    def inbound(self) -> list[InboundMessage]:
        return [row for change in self.commits for row in change.inbound]

    @property
    def audit(self) -> list[AuditEntry]:
        return [row for change in self.commits for row in change.audit]

    @property
    def handovers(self) -> list[Handover]:
        return [row for change in self.commits for row in change.handovers]

    @property
    def all_scans(self) -> dict[str, CheckpointScan]:
        found: dict[str, CheckpointScan] = {}
        for change in self.commits:
            for row in change.scans:
                found.setdefault(row.client_id, row)
        return found

    async def load(self) -> Stored:
        windows = self.all_windows.values()
        last: dict[str, Window] = {}
        for row in sorted(windows, key=lambda row: row.start):
            if row.outcome is not Outcome.OPEN:
                last[row.round] = row
        return Stored(
            last_sequence=max((event.sequence for event in self.events), default=0),
            alarms=tuple(self.alarms.values()),
            notifications=tuple(self.notifications.values()),
            windows=(*(row for row in windows if row.outcome is Outcome.OPEN), *last.values()),
            orders=tuple(row for row in self.orders.values() if not row.state.finished),
            marks=self._latest(mark for change in self.commits for mark in change.marks.items()),
        )

    async def scan(self, client_id: str) -> CheckpointScan | None:
        return self.all_scans.get(client_id)

    async def scans(
        self, start: float, end: float, *, limit: int = 500, cursor: str | None = None
    ) -> Page[CheckpointScan]:
        rows = [row for row in self.all_scans.values() if start <= row.at < end]
        return _page(rows, cursor)

    async def windows(
        self, start: float, end: float, *, limit: int = 500, cursor: str | None = None
    ) -> Page[Window]:
        rows = [row for row in self.all_windows.values() if row.start < end and row.end > start]
        return _page(sorted(rows, key=lambda row: row.start), cursor)


def _page(rows: list[T], cursor: str | None) -> Page[T]:
    """Two at a time, so that whoever forgets the cursor is found out."""
    begin = int(cursor or 0)
    following = str(begin + 2) if begin + 2 < len(rows) else None
    return Page(tuple(rows[begin : begin + 2]), following)


CHEN = Person("chen", "陳師傅", "+8613800000001", "zh-Hant", ("electrician",))
LI = Person("li", "李師傅", "+8613800000002", "zh-Hant", ("electrician",))
WANG = Person("wang", "王經理", "+8613800000009", "en", ("manager",))
ROSTER = Roster(
    SHANGHAI,
    {person.id: person for person in (CHEN, LI, WANG)},
    (
        ShiftPattern(
            "electrician",
            {"day": (480, 1200), "night": (1200, 480)},
            (("chen",), ("li",)),
            3650,
            date(2026, 1, 1),
        ),
        Always("manager", ("wang",)),
    ),
)
"""By day (08:00-20:00 local) chen, by night li."""

ESCALATION = (
    EscalationStep(0.0, "electrician", "sms"),
    EscalationStep(180.0, "electrician", "phone", Unless.RECEIPT),
    EscalationStep(600.0, "manager", "sms", Unless.ACKNOWLEDGED),
)
POLICIES = (
    Policy(Match(kinds=frozenset({AlarmKind.STATE, AlarmKind.INSPECTION, AlarmKind.ORDER})), ESCALATION),
)
"""Not for the alarms about telling itself, so that messages can be counted."""


def plain_rule(name: str, priority: Priority = Priority.CRITICAL, *, latching: bool = False) -> AlarmRule:
    """An alarm that the test itself reports."""
    return AlarmRule(
        id=f"pit-1.{name}",
        equipment="pit-1",
        kind=AlarmKind.STATE,
        condition=Reported(name),
        priority=priority,
        on_delay=0.0,
        off_delay=0.0,
        latching=latching,
        title={"": name},
    )


class House:
    """`async with House(...)`: the writer and the dispatching run."""

    def __init__(
        self,
        journal: MemoryJournal | None = None,
        clock: VirtualClock | None = None,
        *,
        rules: Iterable[AlarmRule] = (),
        rounds: Sequence[Round] = (),
        checkpoints: Sequence[Checkpoint] = (),
        channels: Mapping[str, Notifier] | None = None,
        roster: Roster = ROSTER,
        policies: Sequence[Policy] = POLICIES,
        timezone: str = SHANGHAI,
        readings: Mapping[str, Reading] | None = None,
        allowances: Mapping[str, Allowance] | None = None,
        plan: Planner | None = None,
    ) -> None:
        self.clock = clock or VirtualClock(wall=at("2026-11-23T02:00"))
        self.journal = journal or MemoryJournal()
        self.sms, self.phone = FakeChannel(), FakeChannel()
        if channels is None:
            channels = {"sms": self.sms, "phone": self.phone}
        self.tally = Tally()
        self.writer = JournalWriter(self.journal, self.clock, self.tally)
        all_rules = [*rules, *people_rules(rounds), *own_rules()]
        known = dict(readings or {})
        self.live = Live({rule.id: rule for rule in all_rules}, {}, lambda _: (), known.get)
        self.alarming = Alarming(
            all_rules,
            {},
            self.writer,
            self.live,
            self.clock,
            self.tally,
            plan or partial(escalation.plan, policies, system="pumps"),
        )
        self.dispatching = Dispatching(
            roster,
            channels,
            writer=self.writer,
            alarming=self.alarming,
            clock=self.clock,
            wording=Wording("zh-Hant", timezone, {"sms": "【河畔物業】"}),
            tally=self.tally,
            policies=policies,
            allowances=allowances,
        )
        self.supervision = Supervision(
            rounds,
            {checkpoint.id: checkpoint for checkpoint in checkpoints},
            writer=self.writer,
            alarming=self.alarming,
            live=self.live,
            record=self.journal,
            clock=self.clock,
            timezone=timezone,
        )
        self.writer.on_commit += [
            self.live.committed,
            self.dispatching.observe,
            self.supervision.observe,
        ]
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> House:
        stored = await self.journal.load()
        self.alarming.restore(stored)
        self.dispatching.restore(stored)
        await self.supervision.restore(stored)
        self._tasks = [
            asyncio.create_task(self.writer.run()),
            asyncio.create_task(self.dispatching.run()),
        ]
        self.supervision.tick(self.clock.now())
        await settle()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.crash()

    async def crash(self) -> None:
        """Nothing more is done: what is queued is lost, what is being sent is abandoned."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []

    async def raise_(self, name: str) -> None:
        """The condition of a plain rule holds."""
        self.alarming.report(f"pit-1.{name}", Verdict.TRUE, self.clock.now(), 1.0)
        await settle(60)

    async def clear(self, name: str) -> None:
        """The condition of a plain rule is over."""
        self.alarming.report(f"pit-1.{name}", Verdict.FALSE, self.clock.now())
        await settle()

    async def acknowledge(self, alarm_id: str, note: str = "seen", actor: str = "operator") -> None:
        """A person acknowledges the present annunciation."""
        alarm = self.alarming.alarm(alarm_id)
        await self.alarming.command(alarm_id, Acknowledge(alarm.occurrence, alarm.annunciation, actor, note))
        await settle()

    async def wait(self, seconds: float, every: float = 1.0) -> None:
        """Time goes by with the daemon's ticks."""
        left = seconds
        while left > 0:
            step = min(every, left)
            await self.clock.advance(step)
            self.alarming.tick(self.clock.now())
            self.supervision.tick(self.clock.now())
            left -= step
        await settle()

    def row(self, step: int, alarm: str | None = None) -> Notification:
        """The stored row of one step (of the newest event)."""
        rows = [
            row
            for row in self.journal.notifications.values()
            if row.step == step and (alarm is None or row.alarm == alarm)
        ]
        return max(rows, key=lambda row: row.event)
