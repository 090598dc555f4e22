"""Headlines and their children at work: when an alarm moves, which others must move with it.

Decides, never applies: what it returns goes through the one place where alarms change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from monitor.domain import causes
from monitor.domain.alarm import (
    Acknowledge,
    Alarm,
    AlarmState,
    Cause,
    EventCause,
    Step,
    SuppressByDesign,
    Transition,
)
from monitor.domain.causes import CauseTree, Fate, Look
from monitor.domain.instant import Instant
from monitor.domain.notification import Notification

SURE = 1.0
"""Seconds beyond a cause's on-delay after which it would have been raised."""
OURSELVES = "watchroom"
"""Who closes a child whose headline nobody acknowledged by name."""

Move = tuple[str, Cause]
"""An alarm and what happens to it."""


class Grouping:
    """Who hides whom is derived from the alarms' rows at any time; only how long ended causes settle is kept here."""

    def __init__(self, tree: CauseTree, look: Look) -> None:
        self._tree = tree
        self._look = look
        self._settling: dict[str, float] = {}
        self._orphans: Iterable[str] = ()

    # An alarm is about to be told

    def headline(self, step: Step) -> str | None:
        """The headline that speaks for an alarm that is about to be annunciated; None: it is told itself."""
        above = self._tree.above(step.alarm.id)
        if not above or not any(moved.annunciates for moved in step.transitions):
            return None
        return causes.hiding(above, self._look, step.alarm, _arrived(step.alarm, step.transitions))

    def held(
        self, alarm: Alarm, messages: tuple[Notification, ...], now: Instant
    ) -> tuple[Notification, ...]:
        """Messages about an alarm, put off while a cause that would explain it is in its on-delay."""
        above = self._tree.above(alarm.id)
        due = causes.expected(above, self._look, alarm, now.steady) if above and messages else None
        if due is None:
            return messages
        return tuple(m if m.over else replace(m, due=max(m.due, due + SURE)) for m in messages)

    # An alarm has moved

    def restored(self, alarms: Iterable[Alarm], now: Instant) -> None:
        """Go on where the rows stopped: causes that ended just before we did are still settling."""
        for cause in self._tree.causes.values():
            left = causes.settle_left(cause, self._look(cause.alarm), now.wall)
            if left > 0:
                self._settling[cause.alarm] = now.steady + left
        self._orphans = [alarm.id for alarm in alarms if alarm.suppressions.by_design]

    def after(self, before: Alarm, now: Instant) -> Iterator[Move]:
        """What follows for others from a change of one alarm, `before` being what it was."""
        cause = self._tree.causes.get(before.id)
        if cause is not None:
            self._follow(before, cause.settle, now)
            leaves = before.underneath is not AlarmState.NORM
            leaves = leaves and self._look(before.id).underneath is AlarmState.NORM
            # What returned under it is closed by the very acknowledgement with which it goes itself.
            yield from self._children(cause.children, before.id if leaves else None)
        if self._look(before.id).suppressions.by_design:
            yield from self._hidden(before.id)

    def _follow(self, before: Alarm, settle: float, now: Instant) -> None:
        headline = self._look(before.id)
        if causes.stands(headline):
            self._settling.pop(before.id, None)
        elif causes.stands(before) and not headline.active:
            self._settling[before.id] = now.steady + settle

    def _children(self, children: Iterable[str], leaving: str | None = None) -> Iterator[Move]:
        for id_ in sorted(children):
            child = self._look(id_)
            if child.suppressions.by_design:
                yield from self._hidden(id_, leaving)
            elif child.active:
                above = self._tree.above(id_)
                headline = causes.hiding(above, self._look, child, child.since or 0.0)
                if headline is not None:
                    yield id_, SuppressByDesign(True, headline)

    def _hidden(self, id_: str, leaving: str | None = None) -> Iterator[Move]:
        child = self._look(id_)

        def settling(cause: str) -> bool:
            return cause in self._settling or cause == leaving

        what, headline = causes.fate(self._tree.above(id_), self._look, child, settling)
        if what is Fate.CLOSED and headline is not None:
            actor = self._look(headline).acknowledged_by or OURSELVES
            yield id_, Acknowledge(child.occurrence, child.annunciation, actor, headline)
        elif what is Fate.SHOWN:
            yield id_, SuppressByDesign(False)

    # Time

    def tick(self, now: Instant) -> Iterator[Move]:
        """Causes that have settled: what is still active of their children stands for itself again."""
        orphans, self._orphans = self._orphans, ()
        for id_ in orphans:  # the configuration may explain them no more
            yield from self._hidden(id_)
        for alarm in [alarm for alarm, due in self._settling.items() if due <= now.steady]:
            del self._settling[alarm]
            yield from self._children(self._tree.causes[alarm].children)

    # People

    def parent(self, alarm: str) -> str | None:
        """The headline under which an alarm is listed."""
        above = self._tree.above(alarm)
        if not above:
            return None
        return causes.listed_under(above, self._look, self._look(alarm), self._settling.__contains__)

    def children(self, alarm: str) -> tuple[str, ...]:
        """The alarms listed under a headline, by id."""
        cause = self._tree.causes.get(alarm)
        return tuple(id_ for id_ in sorted(cause.children) if self.parent(id_) == alarm) if cause else ()

    def related(self, alarm: str) -> tuple[str, ...]:
        """The alarms whose place in the list may change with this one: what may explain it, and what it explains
        without hiding it."""
        cause = self._tree.causes.get(alarm)
        over = tuple(one.alarm for one in self._tree.above(alarm))
        shown = (id_ for id_ in (cause.children if cause else ()) if self._stands_alone(self._look(id_)))
        return (*over, *shown)

    @staticmethod
    def _stands_alone(child: Alarm) -> bool:
        return child.active and not child.suppressions.by_design


def _arrived(alarm: Alarm, moved: Iterable[Transition]) -> float:
    """Wall time (POSIX s) at which the condition came, which is now for a raise."""
    raised = [one.at.wall for one in moved if one.cause in (EventCause.RAISED, EventCause.TRIPPED)]
    return raised[-1] if raised else alarm.since or 0.0
