"""Everything that is known of one occurrence of an alarm: what was measured around it, and what people did."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from monitor.domain.alarm import AlarmEvent, AlarmState
from monitor.domain.audit import AuditHead, AuditRow
from monitor.domain.dutylog import LogEntry
from monitor.domain.history import Sample
from monitor.domain.inspection import CheckpointScan
from monitor.domain.notification import InboundMessage, Notification
from monitor.domain.point import Point
from monitor.domain.workorder import WorkOrder
from monitor.engine.replaying import AT_ONCE, everything, whole_millisecond
from monitor.ports import Historian, Record

T = TypeVar("T")

MADE = "evidence.make"
"""The audit's word for a pack that was made; its detail is the pack's fingerprint."""
AROUND = 1800.0
"""Seconds before the first and after the last event that belong to it."""
LONGEST = 86_400.0
"""Seconds: of an occurrence that lasted longer the readings of the beginning are kept."""
MOST_SAMPLES = 20_000
"""Of one point."""
MOST_ROWS = 5_000
"""Of the audit, of other events, of messages."""
SOME = 20
"""Points that are read at once."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One occurrence. `start` and `end` (POSIX s) are the span of what surrounds it, `cut` names what is not whole."""

    alarm: str
    occurrence: int
    equipment: str
    start: float
    end: float
    events: tuple[AlarmEvent, ...]
    """Its own, oldest first."""
    neighbours: tuple[AlarmEvent, ...]
    """Other alarms' events of the same equipment in the span."""
    messages: tuple[Notification, ...]
    replies: tuple[InboundMessage, ...]
    """Everything that phones sent in the span."""
    scans: tuple[CheckpointScan, ...]
    orders: tuple[WorkOrder, ...]
    log: tuple[LogEntry, ...]
    audit: tuple[AuditRow, ...]
    """All human actions of the span, oldest first and without a gap, so that their chain can be proved."""
    head: AuditHead
    points: Sequence[Point]
    samples: Mapping[str, Sequence[Sample]]
    """By point, oldest first; the first may be the one that was in force when the span began."""
    cut: tuple[str, ...] = ()


class NoSuchOccurrence(LookupError):
    """The record knows no such occurrence of the alarm."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is configured where it happened."""

    points: Sequence[Point] = ()
    checkpoints: frozenset[str] = frozenset()


async def gather(
    record: Record,
    historian: Historian,
    occurrence: tuple[str, int],
    place: Mapping[str, Place],
    now: float,
) -> Incident:
    """Collect what belongs to an occurrence (alarm, number) by `now` (POSIX s); `place` by equipment.

    Raises NoSuchOccurrence, and what record and historian raise.
    """
    alarm, number = occurrence
    own = await _own_events(record, alarm, number)
    if not own:
        raise NoSuchOccurrence(f"{alarm}#{number}: the record has no such occurrence")
    equipment = own[0].equipment
    here = place.get(equipment, Place())
    start, end, cut = _span(own, now)
    until = whole_millisecond(end)
    others = await _some(
        everything(lambda c: record.events(start, until, equipment=equipment, limit=AT_ONCE, cursor=c))
    )
    audit = await _some(everything(lambda c: record.audit(start, until, limit=AT_ONCE, cursor=c)))
    samples, full = await _samples(historian, here.points, start, until)
    cut += [f"readings of {point}" for point in full]
    cut += [
        name
        for name, rows in (("events of the equipment", others), ("audit", audit))
        if len(rows) >= MOST_ROWS
    ]
    replies = await _some(everything(lambda c: record.inbound(start, until, limit=AT_ONCE, cursor=c)))
    log = await _some(
        everything(lambda c: record.log(start, until, equipment=equipment, limit=AT_ONCE, cursor=c))
    )
    return Incident(
        alarm,
        number,
        equipment,
        start,
        end,
        tuple(own),
        tuple(event for event in reversed(others) if (event.alarm, event.occurrence) != occurrence),
        tuple(await record.told([occurrence])),
        tuple(reversed(replies)),
        await _scans(record, here.checkpoints, start, until),
        await _orders(record, f"alarm:{alarm}#{number}", equipment, start, until),
        tuple(reversed(log)),
        tuple(reversed(audit)),
        await record.audit_head(),
        here.points,
        samples,
        tuple(cut),
    )


async def _own_events(record: Record, alarm: str, number: int) -> list[AlarmEvent]:
    """From the newest back: older occurrences end the search."""
    found: list[AlarmEvent] = []
    async for event in everything(lambda c: record.events(alarm=alarm, limit=AT_ONCE, cursor=c)):
        if event.occurrence < number:
            break
        if event.occurrence == number:
            found.append(event)
    return found[::-1]


def _span(own: Sequence[AlarmEvent], now: float) -> tuple[float, float, list[str]]:
    start, wanted = own[0].at - AROUND, min(max(event.at for event in own) + AROUND, now)
    if own[-1].after is not AlarmState.NORM:
        wanted = now  # it stands still
    end = min(wanted, start + LONGEST)
    return start, end, [] if end == wanted else ["readings and actions after the first day"]


async def _samples(
    historian: Historian, points: Sequence[Point], start: float, end: float
) -> tuple[dict[str, Sequence[Sample]], list[str]]:
    ids = [point.id for point in points]
    found: dict[str, Sequence[Sample]] = {}
    for first in range(0, len(ids), SOME):
        some = ids[first : first + SOME]
        found |= await historian.several(some, round(start * 1000), round(end * 1000), MOST_SAMPLES)
    return found, [point for point, rows in found.items() if len(rows) >= MOST_SAMPLES]


async def _some(rows: AsyncIterator[T]) -> list[T]:
    """At most so many, in the order of the list."""
    found: list[T] = []
    async for row in rows:
        found.append(row)
        if len(found) >= MOST_ROWS:
            break
    return found


async def _scans(
    record: Record, checkpoints: frozenset[str], start: float, end: float
) -> tuple[CheckpointScan, ...]:
    rows = everything(lambda c: record.scans(start, end, limit=AT_ONCE, cursor=c))
    found = [scan async for scan in rows if scan.checkpoint in checkpoints]
    return tuple(sorted(found, key=lambda scan: scan.at))


async def _orders(
    record: Record, origin: str, equipment: str, start: float, end: float
) -> tuple[WorkOrder, ...]:
    """Those that came of it, and those of the equipment that stood in the span."""
    rows = everything(lambda c: record.orders(start, limit=AT_ONCE, cursor=c))
    found = [
        order
        async for order in rows
        if order.origin == origin or (order.equipment == equipment and order.created_at < end)
    ]
    return tuple(sorted(found, key=lambda order: order.created_at))
