"""Alarms as bars on a time line: one for each stretch in which an alarm stood in one state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from monitor.domain.alarm import AlarmEvent, AlarmState
from monitor.domain.replay.alarms import Past, follow
from monitor.domain.rules import Priority


@dataclass(frozen=True, slots=True)
class Bar:
    """One alarm in one state from `start` to `end` (POSIX s)."""

    alarm: str
    occurrence: int
    priority: Priority
    state: AlarmState
    active: bool
    start: float
    end: float


def bars(begun: Iterable[Past], events: Iterable[AlarmEvent], start: float, end: float) -> list[Bar]:
    """Bars within [start, end), by their beginning: `begun` stood at `start`, `events` follow in order."""
    standing = {past.id: past for past in begun}
    running = {id_: _bar(past, start, end) for id_, past in standing.items()}
    done: list[Bar] = []
    for event in events:
        before = standing.get(event.alarm)
        after = standing[event.alarm] = follow(before, event)
        last = running.get(event.alarm)
        if last is not None and before is not None and _same(before, after):
            continue
        if last is not None:
            done.append(replace(last, end=event.at))
            del running[event.alarm]
        if after.state is not AlarmState.NORM:
            running[event.alarm] = _bar(after, event.at, end)
    return sorted((*done, *running.values()), key=lambda bar: (bar.start, bar.alarm))


def _bar(past: Past, start: float, end: float) -> Bar:
    last = past.event
    return Bar(past.id, last.occurrence, last.priority, past.state, past.active, start, end)


def _same(one: Past, other: Past) -> bool:
    """Nothing that a bar shows has changed."""
    return (one.state, one.active, one.event.occurrence, one.event.priority) == (
        other.state,
        other.active,
        other.event.occurrence,
        other.event.priority,
    )
