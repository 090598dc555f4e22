"""The site as it was: journal and history read together, for one moment or played from one to another.

What was configured is what is configured now: neither the journal nor the history keeps a configuration.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from monitor.domain.alarm import AlarmEvent
from monitor.domain.history import Sample
from monitor.domain.inspection import CheckpointScan, Window
from monitor.domain.notification import Notification
from monitor.domain.point import Point
from monitor.domain.reading import Reading
from monitor.domain.replay.alarms import Past, fold, urgency
from monitor.domain.replay.rows import message_at, order_at, window_at
from monitor.domain.replay.values import reading_at
from monitor.domain.workorder import OrderState, WorkOrder
from monitor.ports import Historian, Page, Permanent, Record, Transient

T = TypeVar("T")
Occurrence = tuple[str, int]
"""An alarm's id and the number of the occurrence."""

CANCELLED = f"order.{OrderState.CANCELLED.value}"
"""The audit's word for a cancelled order."""
AT_ONCE = 1000
"""Rows in one question to the record."""
LONGEST_ROUND = 2 * 86_400.0
"""Seconds: no window of a round, grace included, is longer."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything at one instant, `at` (POSIX s)."""

    at: float
    readings: tuple[Reading, ...]
    """Of each point asked for, in that order."""
    alarms: tuple[Past, ...]
    """All that were not NORM, as the list of alarms sorts them."""
    messages: Mapping[Occurrence, tuple[Notification, ...]]
    """About the occurrences of `alarms`."""
    windows: tuple[Window, ...]
    """Of rounds, that were open or still in their grace."""
    scans: tuple[CheckpointScan, ...]
    """Check-ins we had heard of that may count for one of `windows`."""
    orders: tuple[WorkOrder, ...]
    """Not finished."""
    trouble: str = ""
    """Why the readings are missing; empty when the historian answered."""


class Due:
    """When a message was first due on the wall clock: planned in steady time by an event that tells both."""

    def __init__(self, events: Iterable[AlarmEvent]) -> None:
        self._events = {event.sequence: (event.at, event.steady) for event in events}

    def of(self, message: Notification) -> float | None:
        """POSIX seconds, or None when its event is not among those known."""
        known = self._events.get(message.event)
        return known[0] + message.due - known[1] if known else None


async def moment(record: Record, historian: Historian, points: Sequence[Point], at: float) -> Moment:
    """Everything as it was at `at` (POSIX s), what happened in that very millisecond included."""
    seen = whole_millisecond(at)
    events = await record.standing(seen)
    alarms = tuple(sorted(fold(events).values(), key=urgency))
    readings, trouble = await _readings(historian, points, round(at * 1000))
    windows, scans = await _rounds(record, seen)
    return Moment(
        at,
        readings,
        alarms,
        await messages_at(record, alarms, Due(events), seen),
        windows,
        scans,
        await _orders(record, seen),
        trouble,
    )


def whole_millisecond(at: float) -> float:
    """The end of the millisecond: times are told in milliseconds, and what is told for `at` belongs to it."""
    return (round(at * 1000) + 0.5) / 1000


async def messages_at(
    record: Record, alarms: Iterable[Past], due: Due, at: float
) -> dict[Occurrence, tuple[Notification, ...]]:
    """Messages about these alarms as they stood at `at`."""
    found: dict[Occurrence, list[Notification]] = {}
    for row in await record.told([(past.id, past.event.occurrence) for past in alarms]):
        then = message_at(row, at, due.of(row))
        if then is not None:
            found.setdefault((row.alarm, row.occurrence), []).append(then)
    return {occurrence: tuple(rows) for occurrence, rows in found.items()}


async def _readings(
    historian: Historian, points: Sequence[Point], at_ms: int
) -> tuple[tuple[Reading, ...], str]:
    """What is known of the alarms is worth showing also when the historian does not answer."""
    found: Mapping[str, Sequence[Sample]] = {}
    trouble = ""
    try:
        # Its own millisecond included.
        found = await historian.several([point.id for point in points], at_ms + 1, at_ms + 1)
    except (Transient, Permanent) as error:
        trouble = str(error)
    lasts = {point: rows[-1] for point, rows in found.items() if rows}
    return tuple(reading_at(point, lasts.get(point.id), at_ms) for point in points), trouble


async def _rounds(record: Record, at: float) -> tuple[tuple[Window, ...], tuple[CheckpointScan, ...]]:
    near = everything(lambda c: record.windows(at - LONGEST_ROUND, at, limit=AT_ONCE, cursor=c))
    rows = [window_at(row, at) async for row in near]
    windows = tuple(row for row in rows if row.start <= at < max(row.end, row.grace_until))
    if not windows:
        return (), ()
    start = min(row.start for row in windows)
    visits = everything(lambda c: record.scans(start, at, limit=AT_ONCE, cursor=c))
    return windows, tuple([scan async for scan in visits if scan.received_at <= at])


async def _orders(record: Record, at: float) -> tuple[WorkOrder, ...]:
    rows = [row async for row in everything(lambda c: record.orders(at, at, limit=AT_ONCE, cursor=c))]
    ended = await cancellations(record, rows, at)
    then = [order_at(row, at, ended.get(row.id)) for row in rows]
    return tuple(order for order in then if order is not None and not order.state.finished)


async def cancellations(record: Record, orders: Iterable[WorkOrder], start: float) -> dict[str, float]:
    """When (POSIX s) those of these orders were cancelled that were so after `start`: only the audit tells."""
    wanted = {order.id for order in orders if order.state is OrderState.CANCELLED}
    if not wanted:
        return {}
    rows = everything(lambda c: record.audit(start, limit=AT_ONCE, cursor=c))
    return {row.subject: row.at async for row in rows if row.action == CANCELLED and row.subject in wanted}


async def everything(page: Callable[[str | None], Awaitable[Page[T]]]) -> AsyncIterator[T]:
    """All rows of a list, page by page."""
    cursor: str | None = None
    while True:
        found = await page(cursor)
        for item in found.items:
            yield item
        cursor = found.next
        if cursor is None:
            return
