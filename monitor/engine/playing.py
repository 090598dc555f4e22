"""What changed between two moments of the past, in order, for playing it at whatever speed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from monitor.domain.alarm import AlarmEvent
from monitor.domain.dutylog import LogEntry
from monitor.domain.inspection import CheckpointScan, Window
from monitor.domain.notification import InboundMessage, Notification
from monitor.domain.point import Point
from monitor.domain.reading import Reading
from monitor.domain.replay.alarms import Past, fold, follow
from monitor.domain.replay.rows import message_at, moments_of, order_at
from monitor.domain.replay.values import changes
from monitor.domain.workorder import Handover, WorkOrder
from monitor.engine.replaying import (
    AT_ONCE,
    LONGEST_ROUND,
    Due,
    cancellations,
    everything,
    whole_millisecond,
)
from monitor.ports import Historian, Record

PIECES = (60.0, 900.0)
"""Seconds of history that are read at once: at least, at most."""
LATE_UPLOAD = 7 * 86_400.0
"""Seconds after which a check-in that a phone kept for itself is no longer looked for."""

Item = (
    Reading
    | tuple[Past, AlarmEvent]
    | Notification
    | InboundMessage
    | CheckpointScan
    | Window
    | WorkOrder
    | Handover
    | LogEntry
)


@dataclass(frozen=True, slots=True)
class Change:
    """At `at` (POSIX s) something became `item`."""

    at: float
    item: Item


@dataclass(frozen=True, slots=True)
class Played:
    """Changes in (start, `until`], in order; `until` is before the end that was asked for when there were too many."""

    changes: tuple[Change, ...]
    until: float


async def play(
    record: Record,
    historian: Historian,
    points: Sequence[Point],
    span: tuple[float, float],
    *,
    every: float = 1.0,
    limit: int = 5000,
) -> Played:
    """What changed in (start, end] of `span`, POSIX s: of values only the last of each `every` seconds.

    Stops after about `limit` changes, never within one instant, so that the next call goes on from `until`. Raises what
    record and historian raise.
    """
    start, end = span
    told, end = await _told(record, span, limit)
    found: list[Change] = []
    until = start
    piece = _piece(len(points), every, limit)
    while until < end and len(found) < limit:
        stop = min(until + piece, end)
        found += await _values(historian, points, (until, stop), every)
        until = stop
    found += [change for change in told if change.at <= whole_millisecond(until)]
    return _cut(sorted(found, key=attrgetter("at")), limit, until)


def _piece(points: int, every: float, limit: int) -> float:
    """About as much (s) as fills an answer when every point changes all the time: a block read once is not read again."""
    shortest, longest = PIECES
    return min(max(limit * every / max(points, 1), shortest), longest)


def _cut(changes: list[Change], limit: int, until: float) -> Played:
    """Whole instants, as many as fit and at least one."""
    kept: list[Change] = []
    for _, group in groupby(changes, key=lambda change: round(change.at * 1000)):
        instant = list(group)
        if kept and len(kept) + len(instant) > limit:
            return Played(tuple(kept), round(kept[-1].at * 1000) / 1000)
        kept += instant
    return Played(tuple(kept), until)


async def _told(record: Record, span: tuple[float, float], limit: int) -> tuple[list[Change], float]:
    """What the journal tells of it, and up to when (POSIX s): in a flood not to the end of the span."""
    start = whole_millisecond(span[0])
    before = await record.standing(start)
    events, end = await _events(record, start, span[1], limit)
    edges = start, whole_millisecond(end)
    due = Due((*before, *events))
    found = _alarms(before, events)
    found += [change async for change in _messages(record, edges, due)]
    found += [change async for change in _rounds(record, edges)]
    return found + [change async for change in _work(record, edges)], end


async def _events(record: Record, start: float, end: float, limit: int) -> tuple[list[AlarmEvent], float]:
    """About `limit` events in order, whole instants, and up to when (POSIX s) they are all."""
    found: list[AlarmEvent] = []
    until = whole_millisecond(end)
    rows = everything(lambda c: record.events(start, until, limit=AT_ONCE, cursor=c, oldest_first=True))
    async for event in rows:
        if len(found) >= limit and round(event.at * 1000) > round(found[-1].at * 1000):
            return found, round(found[-1].at * 1000) / 1000
        found.append(event)
    return found, end


def _alarms(before: Iterable[AlarmEvent], events: Iterable[AlarmEvent]) -> list[Change]:
    begun = fold(before)
    found: list[Change] = []
    for event in events:
        begun[event.alarm] = follow(begun.get(event.alarm), event)
        found.append(Change(event.at, (begun[event.alarm], event)))
    return found


async def _values(
    historian: Historian, points: Sequence[Point], span: tuple[float, float], every: float
) -> list[Change]:
    start_ms, end_ms = (round(at * 1000) for at in span)
    known = await historian.several([point.id for point in points], start_ms + 1, end_ms + 1)
    found: list[Change] = []
    for point in points:
        rows = known.get(point.id, ())
        before = rows[0] if rows and rows[0].at_ms <= start_ms else None
        later = rows[1:] if before else rows
        moved = changes(point, before, later, start_ms, end_ms, round(every * 1000))
        found += [Change(at_ms / 1000, reading) for at_ms, reading in moved]
    return found


async def _messages(record: Record, edges: tuple[float, float], due: Due) -> AsyncIterator[Change]:
    start, end = edges
    sent = everything(lambda c: record.notifications(start=start, end=end, limit=AT_ONCE, cursor=c))
    async for row in sent:
        for at in moments_of(row, due.of(row)):
            then = message_at(row, at, due.of(row)) if start <= at < end else None
            if then is not None:
                yield Change(at, then)
    came = everything(lambda c: record.inbound(start, end, limit=AT_ONCE, cursor=c))
    async for message in came:
        yield Change(message.at, message)


async def _rounds(record: Record, edges: tuple[float, float]) -> AsyncIterator[Change]:
    start, end = edges
    scans = everything(lambda c: record.scans(start - LATE_UPLOAD, end, limit=AT_ONCE, cursor=c))
    async for scan in scans:
        if start <= scan.received_at < end:
            yield Change(scan.received_at, scan)
    windows = everything(lambda c: record.windows(start - LONGEST_ROUND, end, limit=AT_ONCE, cursor=c))
    async for window in windows:
        if window.decided_at is not None and start <= window.decided_at < end:
            yield Change(window.decided_at, window)


async def _work(record: Record, edges: tuple[float, float]) -> AsyncIterator[Change]:
    """Orders, handovers, the duty log."""
    start, end = edges
    rows = [row async for row in everything(lambda c: record.orders(start, end, limit=AT_ONCE, cursor=c))]
    ended = await cancellations(record, rows, start)
    for order in rows:
        moved = (
            order.created_at,
            order.on_site_at,
            order.repaired_at,
            order.verified_at,
            ended.get(order.id),
        )
        for at in dict.fromkeys(moved):
            then = order_at(order, at, ended.get(order.id)) if at is not None and start <= at < end else None
            if at is not None and then is not None:
                yield Change(at, then)
    async for handover in everything(lambda c: record.handovers(start, end, limit=AT_ONCE, cursor=c)):
        yield Change(handover.at, handover)
    async for entry in everything(lambda c: record.log(start, end, limit=AT_ONCE, cursor=c)):
        yield Change(entry.at, entry)
