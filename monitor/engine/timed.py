"""What time alone moves: rules with hours or memory, re-alarms, and the memory that must outlive a restart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.domain import keeping, remembered
from monitor.domain.alarm import AlarmState
from monitor.domain.instant import Instant
from monitor.engine.watch import Watch

EVERY = 5.0
"""Seconds between two looks at rules that time alone may move: hours of the day, windows that slide."""
SAVED_EVERY = 60.0
"""Seconds within which what a rule remembers is stored, if it has changed. With its alarm it is at once, and at a stop."""
MARK = "memory."
"""The journal has by these marks what a rule remembers."""
PROGRESS = "progress."
"""And by these how far it has got: wet reads counted, the way to a further level."""


class Timed:
    """The rules among `watches` that are looked at again though nothing was heard."""

    def __init__(self, watches: Iterable[Watch]) -> None:
        self._watches = tuple(watch for watch in watches if moved_by_time(watch))
        self._next = 0.0

    def due(self, now: Instant) -> Iterable[Watch]:
        """All of them, now and then."""
        if now.steady < self._next:
            return ()
        self._next = (now.steady // EVERY + 1) * EVERY  # the same instants before and after a restart
        return self._watches

    def all(self) -> Iterable[Watch]:
        """All of them, whenever they were looked at."""
        return self._watches

    def inherit(self, before: Timed) -> None:
        """After a reload: a look at once would let what is almost due happen early."""
        self._next = before._next


def moved_by_time(watch: Watch) -> bool:
    """True when time alone may move its alarm."""
    rule = watch.rule
    by_rule = rule.during is not None or bool(rule.priority_at)
    return by_rule or (watch.folds and remembered.over_time(rule.condition))


class ReAlarms:
    """When each acknowledged alarm that stays active is annunciated anew. An index over what is stored."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}

    def note(self, watch: Watch, now: Instant) -> None:
        """The alarm has moved: its time begins with the acknowledgement and ends with whatever comes after it."""
        after, alarm = watch.rule.re_alarm, watch.alarm
        if after is None:
            return
        if alarm.underneath is not AlarmState.ACK or alarm.suppressions.any:
            self._due.pop(alarm.id, None)
        elif alarm.id not in self._due:
            # On steady time, so that a stepped wall clock wakes nobody; across a restart the wall time is all there is.
            acknowledged = now.wall if alarm.acknowledged_at is None else alarm.acknowledged_at
            self._due[alarm.id] = now.steady + min(max(acknowledged + after - now.wall, 0.0), after)

    def due(self, now: Instant) -> tuple[str, ...]:
        """Those whose time is over."""
        return tuple(alarm for alarm, at in self._due.items() if at <= now.steady)


class Memories:
    """What of the rules' memory the journal must have."""

    def __init__(self, watches: Iterable[Watch]) -> None:
        self._watches = tuple(watch for watch in watches if watch.folds)
        self._saved: dict[str, int] = {}
        """Hashes of the texts that the journal has."""
        self._looked: float | None = None
        self._place = 0

    def of(self, watch: Watch) -> Mapping[str, str]:
        """The mark of one rule as it now is."""
        if not watch.folds:
            return {}
        text = keeping.keep(watch.rule.condition, watch.memory)
        if text == keeping.NOTHING and watch.rule.id not in self._saved:
            return {}
        self._saved[watch.rule.id] = hash(text)
        return {f"{MARK}{watch.rule.id}": text}

    def resumed(self, rule: str, text: str) -> None:
        """The journal has this of a rule."""
        self._saved[rule] = hash(text)

    def all(self) -> Mapping[str, str]:
        """The marks of all rules."""
        return {name: text for watch in self._watches for name, text in self.of(watch).items()}

    def changed(self, now: Instant) -> Mapping[str, str]:
        """The marks that are others than when they were last asked for: at each look of a few rules, of all in SAVED_EVERY."""
        passed = 0.0 if self._looked is None else min(1.0, (now.steady - self._looked) / SAVED_EVERY)
        n = int(passed * len(self._watches))
        if n or self._looked is None:  # else it adds up until it is the turn of one
            self._looked = now.steady
        marks: dict[str, str] = {}
        for place in range(self._place, self._place + n):
            watch = self._watches[place % len(self._watches)]
            before = self._saved.get(watch.rule.id)
            mark = self.of(watch)
            if self._saved.get(watch.rule.id) != before:
                marks |= mark
        self._place += n
        return marks
