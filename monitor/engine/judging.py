"""Where data and time meet the rules: what is looked at, and what follows for its alarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.domain import transition
from monitor.domain.alarm import Cause, Elapsed, Judged, ReAlarm, Reprioritise
from monitor.domain.instant import Instant
from monitor.domain.rules import Reported, View
from monitor.domain.scan import Scan
from monitor.engine.alarmbook import AlarmBook
from monitor.engine.timed import Timed
from monitor.engine.watch import Watch
from monitor.ports import Change


class Judging:
    """`views` gives the latest values of each equipment for rules whose delay ends."""

    def __init__(self, book: AlarmBook, views: Mapping[str, View]) -> None:
        self._book = book
        self._views = views
        lasting = tuple(book.watches.awake())  # at first, those that need a watch of their own
        self.timed = Timed(lasting)

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
        """Look at the rules of one equipment. `scanned` is False when no new reading came (time or link only).

        With `scan` and the points in which it `changed` the view, only rules that this may move are looked at.
        """
        lookout = self._book.watches.lookouts.get(equipment)
        if lookout is None:
            return
        narrow = scan is not None and changed is not None
        for watch in lookout.at_stake(view, scan, changed) if narrow else lookout.all(view):  # type: ignore[arg-type]
            read = scanned and (scan is None or lookout.speaks_of(watch, scan))
            if not self.consider(watch, view, now, read):
                lookout.settle(watch)

    def consider(self, watch: Watch, view: View, now: Instant, scanned: bool) -> bool:
        """Look, and do what follows; False when nothing came of it."""
        before = watch.progress
        verdict = watch.look(view, now, scanned=scanned)
        self._book.note_progress(watch, before)
        self.rank(watch, now)
        if watch.unmoved_by(verdict):
            return False
        if watch.overtaken_by(verdict, now):
            self._book.apply(watch, Elapsed(), now)
        self._book.apply(watch, watch.judged(verdict, view, now), now)
        self.rank(watch, now)  # raised anew, it may be less urgent than it was
        return True

    def rank(self, watch: Watch, now: Instant) -> None:
        """Give the alarm the priority that its rule says now: levels, the hour, or a new configuration."""
        wanted = watch.priority(now)
        if wanted is not watch.alarm.priority:
            self._book.apply(watch, Reprioritise(wanted), now)

    def glance(self, watch: Watch, now: Instant) -> None:
        """Look though nothing was heard."""
        if (view := self._views.get(watch.rule.equipment)) is not None:
            self.consider(watch, view, now, scanned=False)

    # Time

    def tick(self, now: Instant) -> None:
        """End the delays and suppressions that are due."""
        book = self._book
        for alarm in book.delays.over(now):
            if (watch := book.watches.seen(alarm)) is not None:
                self._delay_over(watch, now)
        for watch in self.timed.due(now):
            self.glance(watch, now)
        for alarm in book.again.due(now):
            book.apply(book.watches[alarm], ReAlarm(), now)
        if marks := book.memories.changed(now):
            book.writer.submit(Change(marks=marks))
        for alarm in book.suppressed.over(now):
            book.apply(book.watches[alarm], Elapsed(), now)
        for id_, move in book.grouping.tick(now):
            book.apply(book.watches[id_], move, now)

    def farewell(self, now: Instant) -> Change:
        """What the journal must have when we stop on purpose, after a last look at what time alone moves."""
        for watch in self.timed.all():
            self.glance(watch, now)
        return Change(marks=self._book.memories.all())

    def _delay_over(self, watch: Watch, now: Instant) -> None:
        if watch.climbs_by(now):
            self.glance(watch, now)
        due = transition.next_due(watch.alarm)
        if due is not None and due <= now.steady:
            before = watch.progress
            cause = self._look(watch, now)
            self._book.note_progress(watch, before)
            self.rank(watch, now)
            self._book.apply(watch, cause, now)
            self.rank(watch, now)
        for later in (transition.next_due(watch.alarm), watch.climb.next_due):
            if later is not None and later > now.steady:
                self._book.delays.expect(watch.rule.id, later)

    def _look(self, watch: Watch, now: Instant) -> Cause:
        view = self._views.get(watch.rule.equipment)
        if isinstance(watch.rule.condition, Reported) or view is None:
            return Judged(watch.reported, watch.reported_value)
        return watch.judged(watch.look(view, now, scanned=False), view, now)
