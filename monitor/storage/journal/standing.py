"""The alarms that stood at some moment, asked of the events."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

from monitor.domain.alarm import AlarmState
from monitor.storage.journal import tables

MOST = 500
"""Events of one alarm at most, the newest: one that was hidden for months may have chattered all the time."""


def query(at: float) -> Select[Any]:
    """Events, oldest first, of every alarm that was not NORM at `at` (POSIX s), since it last was."""
    alarms, events = tables.alarms, tables.events
    past, normal = events.alias("past"), events.alias("normal")
    last = (
        select(past.c.sequence)
        .where(past.c.alarm == alarms.c.id, past.c.at <= at)
        .order_by(past.c.sequence.desc())
        .limit(1)
        .correlate(alarms)
        .scalar_subquery()
    )
    # Seen from its last event: the newest at which it was normal, and so 0 for one that never was.
    lasts = select(alarms.c.id.label("alarm"), last.label("last")).subquery("lasts")
    left = (
        select(normal.c.sequence)
        .where(
            normal.c.alarm == lasts.c.alarm,
            normal.c.sequence <= lasts.c.last,
            normal.c.after == AlarmState.NORM,
        )
        .order_by(normal.c.sequence.desc())
        .limit(1)
        .correlate(lasts)
        .scalar_subquery()
    )
    newest = func.row_number().over(partition_by=events.c.alarm, order_by=events.c.sequence.desc())
    chosen = (
        select(events, newest.label("newest"))
        .join(lasts, events.c.alarm == lasts.c.alarm)
        .where(
            events.c.sequence <= lasts.c.last, events.c.sequence > func.coalesce(left, 0), events.c.at <= at
        )
        .subquery("chosen")
    )
    columns = [chosen.c[column.name] for column in events.columns]
    return select(*columns).where(chosen.c.newest <= MOST).order_by(chosen.c.sequence)
