"""One equipment over time: its alarms as bars, and everything that people did about it."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.domain.alarm import AlarmEvent
from monitor.domain.dutylog import LogEntry
from monitor.domain.inspection import CheckpointScan
from monitor.domain.notification import Notification
from monitor.domain.replay.alarms import fold
from monitor.domain.replay.bars import Bar, bars
from monitor.domain.workorder import WorkOrder
from monitor.engine.replaying import AT_ONCE, everything, whole_millisecond
from monitor.ports import Record

MOST = 2000
"""Events, and rows of each other kind: more could not be told apart on one line."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """What happened to one equipment in a span; `cut` when there was more than can be shown."""

    bars: tuple[Bar, ...]
    actions: tuple[AlarmEvent, ...]
    """Events of its alarms that have a person."""
    messages: tuple[Notification, ...]
    scans: tuple[CheckpointScan, ...]
    orders: tuple[WorkOrder, ...]
    log: tuple[LogEntry, ...]
    cut: bool = False


async def lanes(
    record: Record, equipment: str, checkpoints: frozenset[str], start: float, end: float
) -> Lanes:
    """Everything about `equipment` in [start, end], POSIX s; check-ins are those at `checkpoints`."""
    until = whole_millisecond(end)
    before = [event for event in await record.standing(start) if event.equipment == equipment]
    page = await record.events(start, until, equipment=equipment, limit=MOST, oldest_first=True)
    events = [event for event in page.items if event.at > start]
    shown = bars(fold(before).values(), events, start, end)
    told = await record.told(sorted({(bar.alarm, bar.occurrence) for bar in shown}))
    visits = everything(lambda c: record.scans(start, until, limit=AT_ONCE, cursor=c))
    orders = everything(lambda c: record.orders(start, until, limit=AT_ONCE, cursor=c))
    log = await record.log(start, until, equipment=equipment, limit=MOST)
    return Lanes(
        tuple(shown),
        tuple(event for event in events if event.actor),
        tuple(m for m in told if m.sent_at is not None and start <= m.sent_at < until),
        tuple([scan async for scan in visits if scan.checkpoint in checkpoints]),
        tuple([order async for order in orders if order.equipment == equipment]),
        log.items,
        page.next is not None or log.next is not None,
    )
