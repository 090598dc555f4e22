"""The alarm centre: where readings become alarms and people's commands meet them.

What it is made of stands beside it: `alarmbook` changes alarms, `judging` brings it data and time, `commanding` people,
`resuming` what was before. This is their one front.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence

from monitor.domain.alarm import Alarm, AlarmEvent, Judged, Trip
from monitor.domain.causes import CauseTree
from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.rules import AlarmRule, Verdict, View
from monitor.domain.ruleset import Rulebook
from monitor.domain.scan import Scan
from monitor.engine.alarmbook import AlarmBook, Planner, Refused
from monitor.engine.commanding import SLACK, Command, Commanding
from monitor.engine.judging import Judging
from monitor.engine.live import Live
from monitor.engine.resuming import Resuming
from monitor.engine.tally import Tally
from monitor.engine.watches import UnknownAlarm
from monitor.engine.writer import JournalWriter
from monitor.ports import Change, Clock, Stored

__all__ = ["SLACK", "Alarming", "Command", "Planner", "Refused", "UnknownAlarm"]


class Alarming:
    """Holds every alarm; `views` gives the latest values of each equipment for rules whose delay ends."""

    def __init__(
        self,
        rules: Rulebook | Iterable[AlarmRule],
        views: Mapping[str, View],
        writer: JournalWriter,
        live: Live,
        clock: Clock,
        tally: Tally,
        plan: Planner,
        longest_shelf: float = math.inf,
        causes: CauseTree | None = None,
    ) -> None:
        """`longest_shelf` in seconds; `causes` says which alarms explain which."""
        self.rules = rules if isinstance(rules, Rulebook) else Rulebook.of(rules)
        self._book = AlarmBook(self.rules, writer, live, tally, plan, causes or CauseTree())
        self._judging = Judging(self._book, views)
        self._commanding = Commanding(self._book, self._judging, clock, longest_shelf)
        self._resuming = Resuming(self._book, self._judging, clock)

    # Start

    def restore(self, stored: Stored, alive: float | None = None) -> None:
        """Go on where the journal stopped. The downtime counts as bad data: delays are kept, none has ended.

        `alive` is when we last were (wall, POSIX s), None where nobody knows.
        """
        self._resuming.restore(stored, alive)

    def farewell(self, now: Instant) -> Change:
        """What the journal must have when we stop on purpose."""
        last = self._judging.farewell(now)
        self._book.save()
        return last

    def inherit(self, before: Alarming) -> None:
        """After `restore`, on a reload: go on with what the centre of the configuration before had in memory."""
        self._resuming.inherit(before._book, before._judging)

    def was_down(self, start: float, end: float, *, clean: bool) -> None:
        """Write into the record that nothing was watched from `start` to `end` (wall, POSIX s)."""
        self._resuming.was_down(start, end, clean=clean)

    def reloaded(self, changes: Iterable[str], actor: str) -> None:
        """Write into the record what a new configuration changed, a line each."""
        self._resuming.reloaded(changes, actor)

    # Data

    def judge(
        self,
        equipment: str,
        view: View,
        now: Instant,
        *,
        scanned: bool = True,
        scan: Scan | None = None,
        changed: Sequence[int] | None = None,
    ) -> None:
        """Look at the rules of one equipment: see `Judging.judge`."""
        self._judging.judge(equipment, view, now, scanned=scanned, scan=scan, changed=changed)

    # Watchroom's own

    def report(
        self,
        rule: str,
        verdict: Verdict,
        now: Instant,
        value: Value | None = None,
        along: Change | None = None,
    ) -> asyncio.Future[None]:
        """State the verdict of a `Reported` rule; `along` is committed with whatever follows, or by itself."""
        watch = self._book.watches[rule]
        watch.reported, watch.reported_value = verdict, value
        return self._book.apply(watch, Judged(verdict, value), now, along=along)

    def trip(
        self, rule: str, now: Instant, value: Value | None = None, along: Change | None = None
    ) -> asyncio.Future[None]:
        """A single event: a new occurrence, committed together with `along`."""
        return self._book.apply(self._book.watches[rule], Trip(value), now, along=along)

    # Time

    def tick(self, now: Instant) -> None:
        """End the delays and suppressions that are due, and save the delays that began."""
        self._judging.tick(now)
        self._book.save()

    def save_delays(self) -> None:
        """Submit the delays that began, froze or were dropped, and the progress made, since the last time."""
        self._book.save()

    # People

    async def command(self, alarm: str, cause: Command) -> Alarm:
        """Carry out a person's command; returns the alarm once it is durable.

        Raises UnknownAlarm, Refused, and NotStored when the journal does not write (the command stands and is
        queued). A repeated acknowledgement changes nothing and returns at once.
        """
        return await self._commanding.command(alarm, cause)

    def serve(
        self, equipment: str, until: float | None, actor: str, reason: str, *, missing_only: bool = False
    ) -> None:
        """Take every alarm of an equipment out of service until `until` (wall, POSIX s), or back with None.

        `missing_only` leaves those alone that are out already: after a start, for rules that are new.
        """
        self._commanding.serve(equipment, until, actor, reason, missing_only=missing_only)

    async def comment(self, alarm: str, actor: str, note: str) -> None:
        """Write a remark into the alarm's record. Raises UnknownAlarm."""
        await self._commanding.comment(alarm, actor, note)

    def silenced(
        self, alarm: str, occurrence: int, annunciation: int, actor: str, where: str
    ) -> AlarmEvent | None:
        """The row that says that its horn was silenced; None when it no longer waits in this very annunciation."""
        return self._commanding.silenced(alarm, occurrence, annunciation, actor, where)

    async def tested(self, alarm: str, actor: str, note: str) -> None:
        """A person tested the sensor of a rule that asks for it: its time begins anew. Raises UnknownAlarm, Refused."""
        await self._commanding.tested(alarm, actor, note)

    def proven(self, alarm: str) -> float | None:
        """When the sensor of a rule that asks for tests last spoke or was tested (POSIX s). Raises UnknownAlarm."""
        return self._commanding.proven(alarm)

    def alarm(self, alarm: str) -> Alarm:
        """The alarm as it now is. Raises UnknownAlarm."""
        return self._book.watches.alarm(alarm)

    def rule(self, alarm: str) -> AlarmRule:
        """The rule of an alarm. Raises UnknownAlarm."""
        return self._book.watches.rule(alarm)

    def parent(self, alarm: str) -> str | None:
        """The headline under which an alarm is listed; None for one that stands for itself."""
        return self._book.grouping.parent(alarm)

    def children(self, alarm: str) -> tuple[str, ...]:
        """The alarms that are listed under this one."""
        return self._book.grouping.children(alarm)

    @property
    def unacknowledged(self) -> int:
        """How many alarms wait for a person."""
        return self._book.unacknowledged

    def show_unstored(self) -> None:
        """The journal stopped writing: mark what people see whose latest change may not be durable."""
        self._book.show_unstored()
