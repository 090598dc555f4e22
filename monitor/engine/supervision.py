"""Rounds, orders and handovers: rows with deadlines, judged when their time comes or, after a stop, at start."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import structlog

from monitor.domain.alarm import Alarm, AlarmEvent, EventCause
from monitor.domain.inspection import Checkpoint, CheckpointScan, Outcome, Round, Window, remarks
from monitor.domain.instant import Instant
from monitor.domain.localtime import clock_text
from monitor.domain.people import AuditEntry
from monitor.domain.reading import Quality, Reading
from monitor.domain.rules import Verdict
from monitor.domain.workorder import Handover, OrderState, WorkOrder
from monitor.engine.orders import Incidents, OpenAlarms, OrderRefused, Orders, UnknownOrder, Writer
from monitor.engine.round_rules import missed_id
from monitor.engine.windowbook import AHEAD, KEEP, RoundStatus, WindowBook, WindowStatus
from monitor.ports import Change, Clock, Page, Stored
from monitor.settings.site import Site

__all__ = [
    "OrderRefused",
    "RoundStatus",
    "ScanResult",
    "Supervision",
    "UnknownCheckpoint",
    "UnknownOrder",
    "WindowStatus",
]

log = structlog.get_logger("supervision")

COMPARABLE = 600.0
"""Seconds within which a number read at the door and the sensor's latest speak of the same thing."""
RATHER_OFTEN = 3600.0
"""At least so often (s) rows are planned ahead."""

T = TypeVar("T")


class Alarms(Incidents, Protocol):
    """What is asked of alarming."""

    def alarm(self, alarm: str) -> Alarm: ...


class Live(OpenAlarms, Protocol):
    """What is asked of the live view."""

    def reading(self, point: str) -> Reading | None: ...


class ScanRecord(Protocol):
    """What is asked of the journal's reading side."""

    async def scan(self, client_id: str) -> CheckpointScan | None: ...

    async def scans(
        self, start: float, end: float, *, limit: int = 500, cursor: str | None = None
    ) -> Page[CheckpointScan]: ...

    async def windows(
        self, start: float, end: float, *, limit: int = 500, cursor: str | None = None
    ) -> Page[Window]: ...


class UnknownCheckpoint(KeyError):
    """No checkpoint has this id."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """`stored` is False when this client_id was known already; `windows` are those that the scan counts for."""

    stored: bool
    windows: tuple[Window, ...]


class Supervision:
    """What people have promised to do in time. `tick` wherever `next_due` says, late or twice does no harm."""

    def __init__(
        self,
        rounds: Iterable[Round],
        checkpoints: Mapping[str, Checkpoint],
        *,
        writer: Writer,
        alarming: Alarms,
        live: Live,
        record: ScanRecord,
        clock: Clock,
        timezone: str,
        on_site: float = 1800.0,
    ) -> None:
        self._checkpoints = checkpoints
        self._writer = writer
        self._alarming = alarming
        self._live = live
        self._record = record
        self._clock = clock
        self._timezone = timezone
        self._book = WindowBook(rounds, timezone)
        self._missed: dict[str, tuple[int, str]] = {}
        """Rule -> its current occurrence and the window that it is about."""
        self._unstored: set[str] = set()
        self._planned_at = -math.inf
        self.orders = Orders(
            writer=writer, alarming=alarming, live=live, clock=clock, timezone=timezone, on_site=on_site
        )

    @classmethod
    def of_site(
        cls, site: Site, writer: Writer, alarming: Alarms, live: Live, record: ScanRecord, clock: Clock
    ) -> Supervision:
        """As the site's configuration says; the response clock is that of its service grade."""
        return cls(
            site.rounds,
            site.checkpoints,
            writer=writer,
            alarming=alarming,
            live=live,
            record=record,
            clock=clock,
            timezone=site.timezone,
            on_site=site.grade.urgent_on_site,
        )

    # Start and time

    async def restore(self, stored: Stored) -> None:
        """Go on where the journal stopped. The next `tick` judges what passed meanwhile."""
        now = self._clock.now().wall
        start = min([now - KEEP, *(row.start for row in stored.windows if row.outcome is Outcome.OPEN)])
        recent = await _all(lambda cursor: self._record.windows(start, now + AHEAD, cursor=cursor))
        scans = await _all(lambda cursor: self._record.scans(start, now + AHEAD, cursor=cursor))
        withdrawn = self._book.load((*stored.windows, *recent), scans, now)
        if withdrawn:
            log.info("windows.withdrawn", windows=[row.id for row in withdrawn])
            self._writer.submit(Change(windows=withdrawn))
        self.orders.restore(stored.orders)

    def tick(self, now: Instant) -> None:
        """Plan ahead, judge what is due, raise what was missed. Each missed window and its alarm are one commit."""
        planned = self._book.plan(now.wall)
        self._planned_at = now.wall
        if planned:
            self._writer.submit(Change(windows=planned))
        for row in self._book.judge(now.wall):
            self._decided(row, now, Change(windows=(row,)))
        self.orders.tick(now)
        self._book.prune(now.wall)

    def next_due(self) -> float | None:
        """POSIX seconds at which `tick` has something to do."""
        dues = (self._book.next_due(), self.orders.next_due(), self._planned_at + RATHER_OFTEN)
        return min(due for due in dues if due is not None)

    def _decided(self, row: Window, now: Instant, change: Change) -> asyncio.Future[None]:
        """Store a decided window with what it does to the alarm of its round, in one commit."""
        rule = missed_id(row.round)
        log.info("window.decided", window=row.id, outcome=row.outcome.value)
        if row.outcome.missed:
            done = self._alarming.trip(rule, now, self._label(row), change)
            self._missed[rule] = (self._alarming.alarm(rule).occurrence, row.id)
            return done
        latest = self._book.last_missed(row.round)
        if row.outcome.done and (latest is None or latest.start < row.start):
            return self._alarming.report(rule, Verdict.FALSE, now, along=change)
        return self._writer.submit(change)

    def _label(self, row: Window) -> str:
        """`07:30-08:30`, and `1/3` when some were seen."""
        times = f"{clock_text(row.start, self._timezone)}-{clock_text(row.end, self._timezone)}"
        if row.outcome is Outcome.MISSED:
            return times
        status = self._book.status(row)
        return f"{times} {len(status.seen)}/{len(status.seen) + len(status.missing)}"

    # News from alarming

    def observe(self, change: Change) -> None:
        """A change was committed: an acknowledgement of a missed round with its reason excuses the window."""
        for event in change.events:
            if event.cause is EventCause.ACKNOWLEDGED and event.note.strip():
                self._excuse(event)

    def _excuse(self, event: AlarmEvent) -> None:
        round_ = event.alarm.removesuffix(".missed")
        if round_ == event.alarm:
            return
        occurrence, window = self._missed.get(event.alarm, (None, ""))
        if occurrence is None:  # raised before our last start
            row = self._book.last_missed(round_)
            occurrence, window = self._alarming.alarm(event.alarm).occurrence, row.id if row else ""
        if occurrence != event.occurrence:
            return
        excused = self._book.excuse(window, round_, event.note.strip(), event.actor or "?")
        if excused:
            self._writer.submit(Change(windows=(excused,)))

    # People

    async def record_scan(self, scan: CheckpointScan) -> ScanResult:
        """Somebody was at a checkpoint. Answers only when it is durable; a repeated client_id changes nothing.

        Raises UnknownCheckpoint, BadAnswer, ValueError for an impossible time, NotStored.
        """
        checkpoint = self._checkpoints.get(scan.checkpoint)
        if checkpoint is None:
            raise UnknownCheckpoint(scan.checkpoint)
        if not math.isfinite(scan.at):
            raise ValueError("at: not a time")
        earlier = self._book.scan(scan.client_id) or await self._record.scan(scan.client_id)
        known = self._book.scan(scan.client_id) or earlier  # another upload may have come while we looked
        if known:
            return await self._repeated(known)
        now = self._clock.now()
        # A telephone's clock may be ahead; nobody has been anywhere in the future.
        scan = replace(scan, at=min(scan.at, now.wall), received_at=now.wall)
        scan = replace(scan, remarks=remarks(checkpoint.items, scan.answers, self._sensors(checkpoint, scan)))
        await self._store(scan, now)
        return ScanResult(True, self._book.of_scan(scan.client_id))

    async def _repeated(self, known: CheckpointScan) -> ScanResult:
        if known.client_id in self._unstored:  # not durable yet when it was last asked: ask again
            await self._writer.settled(self._writer.submit(Change(scans=(known,))))
            self._unstored.discard(known.client_id)
        return ScanResult(False, self._book.of_scan(known.client_id))

    async def _store(self, scan: CheckpointScan, now: Instant) -> None:
        self._book.take(scan)
        detail = "; ".join(scan.remarks)
        audit = AuditEntry(now.wall, scan.actor, "checkpoint.scan", scan.checkpoint, detail)
        dones = [self._writer.submit(Change(scans=(scan,), audit=(audit,)))]
        dones += [self._decided(row, now, Change(windows=(row,))) for row in self._book.judge(now.wall)]
        self._unstored.add(scan.client_id)
        for done in dones:  # committed in order: a window is never done without its scan
            await self._writer.settled(done)
        self._unstored.discard(scan.client_id)

    def _sensors(self, checkpoint: Checkpoint, scan: CheckpointScan) -> dict[str, float]:
        if abs(scan.received_at - scan.at) > COMPARABLE:
            return {}
        found: dict[str, float] = {}
        for item in checkpoint.items:
            reading = self._live.reading(item.compare.point) if item.compare else None
            if reading and reading.quality is Quality.GOOD and isinstance(reading.value, (int, float)):
                found[reading.point] = float(reading.value)
        return found

    def today(self, now: Instant) -> tuple[RoundStatus, ...]:
        """Every round with its windows of the local day and what was seen in each."""
        return self._book.today(now.wall)

    async def open_order(
        self, *, title: str, equipment: str, actor: str, origin: str = "person", due: float | None = None
    ) -> WorkOrder:
        """See `Orders.open`."""
        return await self.orders.open(title=title, equipment=equipment, actor=actor, origin=origin, due=due)

    async def move_order(self, id_: str, state: OrderState, actor: str, note: str = "") -> WorkOrder:
        """See `Orders.move`."""
        return await self.orders.move(id_, state, actor, note)

    async def hand_over(self, actor: str, text: str) -> Handover:
        """See `Orders.hand_over`."""
        return await self.orders.hand_over(actor, text)


async def _all(page: Callable[[str | None], Awaitable[Page[T]]]) -> list[T]:
    found: list[T] = []
    cursor: str | None = None
    while True:
        got = await page(cursor)
        found += got.items
        cursor = got.next
        if cursor is None:
            return found
