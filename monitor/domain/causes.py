"""Which alarm explains which: many alarms of one power cut become one headline with its children listed under it.

Suppression by design (ISA-18.2-2016 section 11.8, IEC 62682 section 11.8): a child's flags are not touched and its
evaluation goes on; only people are not told of it while its headline speaks for it. Nothing is stored but the flag
`by_design` in the child's own row: who hides it, and until when, follows from the rows of the headlines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.domain.alarm import Alarm, AlarmState
from monitor.domain.rules import AlarmKind, Priority

CONSEQUENCES = frozenset(
    {AlarmKind.COMM, AlarmKind.STALE, AlarmKind.QUALITY, AlarmKind.STATE, AlarmKind.AVAILABILITY}
)
"""Kinds that a cause explains unless it says otherwise: what stops, and what cannot be seen. A level that rises because
the pump has no power is not among them: it wants somebody of its own."""
NEVER = frozenset({AlarmKind.LEAK})
"""Kinds that nothing explains away."""
WITHIN = 30.0
SETTLE = 30.0
"""Seconds: defaults of a cause."""

Look = Callable[[str], Alarm]


@dataclass(frozen=True, slots=True)
class CauseRule:
    """`alarm` explains `children` (ids of alarms) that come while it is active, or up to `within` seconds before it.

    `settle` seconds after its end whatever is still active of them is annunciated anew.
    """

    alarm: str
    children: frozenset[str]
    within: float = WITHIN
    settle: float = SETTLE


class CauseTree:
    """All causes of a site. Raises ValueError when they form a loop."""

    def __init__(self, causes: Iterable[CauseRule] = ()) -> None:
        self.causes: Mapping[str, CauseRule] = {cause.alarm: cause for cause in causes}
        if found := loop(self.causes.values()):
            raise ValueError(f"a loop of causes: {' -> '.join(found)}")
        above: dict[str, list[CauseRule]] = {}
        # What explains less comes first: a cause that is explained itself is nearer than the one that explains it.
        for cause in sorted(self.causes.values(), key=lambda one: -self._depth(one.alarm)):
            for child in cause.children:
                above.setdefault(child, []).append(cause)
        self._above = {child: tuple(causes) for child, causes in above.items()}

    def above(self, alarm: str) -> tuple[CauseRule, ...]:
        """The causes that may explain an alarm, nearest first."""
        return self._above.get(alarm, ())

    def _depth(self, alarm: str) -> int:
        """How many causes stand one above the other over this one at most."""
        over = [cause.alarm for cause in self.causes.values() if alarm in cause.children]
        return 1 + max(map(self._depth, over), default=-1)


def loop(causes: Iterable[CauseRule]) -> tuple[str, ...]:
    """Causes that explain each other in a ring, the first one again at the end; empty when there is none."""
    by_alarm = {cause.alarm: cause for cause in causes}
    harmless: set[str] = set()

    def walk(alarm: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if alarm in path:
            return (*path[path.index(alarm) :], alarm)
        if alarm in harmless:
            return ()
        for other in by_alarm:
            if other in by_alarm[alarm].children and (found := walk(other, (*path, alarm))):
                return found
        harmless.add(alarm)
        return ()

    return next((found for alarm in by_alarm if (found := walk(alarm, ()))), ())


# One headline and one child


def stands(headline: Alarm) -> bool:
    """True while an alarm speaks for others: active, and kept from people by nobody.

    One that is explained itself stands: its own headline is shown. One that was shelved or is out of service does not:
    nothing may be listed under what nobody looks at.
    """
    return headline.active and _in_view(headline)


def _in_view(headline: Alarm) -> bool:
    s = headline.suppressions
    return s.shelved_until is None and s.out_of_service_until is None


def speaks_for(headline: Alarm, child: Alarm) -> bool:
    """Critical alarms are told whatever explains them, and so is what is more urgent than its headline."""
    return child.priority is not Priority.CRITICAL and headline.priority.rank <= child.priority.rank


def explains(cause: CauseRule, headline: Alarm, arrived: float) -> bool:
    """The headline stands, and what arrived (wall, POSIX s) is not older than it by more than the window.

    Both count from when their condition last came: an occurrence that nobody acknowledged may have begun long before.
    """
    return stands(headline) and headline.since is not None and arrived >= headline.since - cause.within


def hiding(above: Sequence[CauseRule], look: Look, child: Alarm, arrived: float) -> str | None:
    """The nearest headline that speaks for an active child which `arrived` (wall, POSIX s); None: it is told itself."""
    for cause in above:
        headline = look(cause.alarm)
        if explains(cause, headline, arrived) and speaks_for(headline, child):
            return cause.alarm
    return None


def expected(above: Sequence[CauseRule], look: Look, child: Alarm, steady: float) -> float | None:
    """Steady time (s) at which a headline that may speak for a child ends its on-delay, if that is within its window.

    Until then nobody need be told of the child: the power cut that explains it may only not be certain yet.
    """
    for cause in above:
        headline = look(cause.alarm)
        pending = headline.pending
        if pending is None or pending.to != "raise" or headline.frozen or not _in_view(headline):
            continue
        if pending.due - steady <= cause.within and speaks_for(headline, child):
            return pending.due
    return None


# A child that is hidden


class Fate(StrEnum):
    """What becomes of a hidden child."""

    STAYS = "stays"
    SHOWN = "shown"
    """Its suppression ends: what is active is annunciated anew."""
    CLOSED = "closed"
    """It has returned by itself and its headline was acknowledged: it is acknowledged along with it."""


def fate(
    above: Sequence[CauseRule], look: Look, child: Alarm, settling: Callable[[str], bool]
) -> tuple[Fate, str | None]:
    """What becomes of a hidden child now, and the headline that it is listed under or closed with.

    `settling` says that a cause has ended so short a time ago that its children are still coming back.
    """
    near = [(cause, look(cause.alarm)) for cause in above]
    if child.active:
        held = (
            cause.alarm
            for cause, headline in near
            if speaks_for(headline, child) and (stands(headline) or settling(cause.alarm))
        )
        keeper = next(held, None)
        return (Fate.SHOWN if keeper is None else Fate.STAYS), keeper
    if child.acknowledged or child.latched:
        return Fate.SHOWN, None
    spoken = [
        (cause.alarm, headline)
        for cause, headline in near
        if _in_view(headline) and (headline.underneath is not AlarmState.NORM or settling(cause.alarm))
    ]
    if not spoken:
        return Fate.SHOWN, None
    answered = next((id_ for id_, headline in spoken if headline.acknowledged), None)
    return (Fate.CLOSED, answered) if answered else (Fate.STAYS, spoken[0][0])


def listed_under(
    above: Sequence[CauseRule], look: Look, child: Alarm, settling: Callable[[str], bool]
) -> str | None:
    """The headline under which people find an alarm; None for one that stands for itself.

    A child that is too urgent to be hidden is listed as well as told.
    """
    if child.suppressions.by_design:
        return fate(above, look, child, settling)[1]
    if not child.active or child.since is None:
        return None
    arrived = child.since
    return next((c.alarm for c in above if explains(c, look(c.alarm), arrived)), None)


def settle_left(cause: CauseRule, headline: Alarm, wall: float) -> float:
    """Seconds of settling that are left at `wall` (POSIX s) for a cause that ended before we started; never more than
    all of it, whatever the clock was set to meanwhile."""
    if headline.active or headline.returned_at is None:
        return 0.0
    return min(cause.settle, max(0.0, headline.returned_at + cause.settle - wall))
