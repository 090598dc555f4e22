"""Rules, their alarms, and the one writer of the journal; with what looks at all alarms together."""

from __future__ import annotations

from monitor.app.ground import Ground
from monitor.app.marks import ALIVE
from monitor.app.stores import Stores
from monitor.domain.alarm import AlarmEvent
from monitor.domain.flood import SPAN
from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.restless import WINDOW
from monitor.domain.rules import AvailabilityBelow, Verdict
from monitor.engine.alarming import Alarming
from monitor.engine.flooding import Flooding
from monitor.engine.lampbook import LampBook
from monitor.engine.lightbook import LightBook
from monitor.engine.live import Live
from monitor.engine.restless import Restless
from monitor.engine.rulebook import cause_tree, planner, rulebook
from monitor.engine.selfwatch import Selfwatch, rule_id
from monitor.engine.servicing import Servicing
from monitor.engine.writer import JournalWriter

PAGES = 5
"""Pages of a thousand events that a start looks back for nuisances."""


class Alarms:
    """Wired, and nothing restored yet."""

    def __init__(self, ground: Ground, stores: Stores) -> None:
        site, clock, tally, beliefs = ground.site, ground.clock, ground.tally, ground.beliefs
        self._clock, self._tally, self._stores = clock, tally, stores
        self.selfwatch = Selfwatch(clock, tally)
        self.writer = JournalWriter(stores.journal, clock, tally)
        rules = rulebook(site)
        self.live = Live(rules, site.equipment, beliefs.readings, beliefs.reading)
        self.alarming = Alarming(
            rules,
            beliefs,
            self.writer,
            self.live,
            clock,
            tally,
            planner(site),
            site.shelf_max,
            cause_tree(site),
        )
        zones = rules.having(AvailabilityBelow)
        self.lampbook = LampBook(
            zones, beliefs, site.grade.lamp_repair, self.alarming.report, self.writer.submit
        )
        self.lightbook = LightBook(
            rules.having(AvailabilityBelow), beliefs, site.timezone, self.writer.submit
        )
        self.flooding = Flooding(self.of_ourselves)
        self.restless = Restless(self.live, clock.now)
        self.servicing = Servicing(self.alarming, self.writer, clock)
        self.selfwatch.journal_ok = self.writer.healthy
        self.selfwatch.raise_alarm = self._loop_alarm
        self.writer.on_commit += [self.restless.observe, self.live.committed, self.flooding.observe]
        self.writer.on_trouble = self._journal_trouble

    async def restore(self, before: Alarming | None) -> None:
        """Every alarm as it stood; `before` is the centre of the configuration before, at a reload."""
        stored = self._stores.stored
        alive = stored.marks.get(ALIVE)
        self.alarming.restore(stored, float(alive) if alive is not None else None)
        self.lampbook.restore(stored.marks)
        self.lightbook.restore(stored.marks)
        for view in self.live.alarms():
            told = await self._stores.journal.notifications(
                alarm=view.alarm.id, occurrence=view.alarm.occurrence
            )
            for notification in told.items:
                self.live.told(notification)
        if before is not None:
            self.alarming.inherit(before)

    async def restore_nuisance(self) -> None:
        """The flood that was on, what chattered, and what is out of service: once everybody else is back who may raise an
        alarm."""
        now = self._clock.now()
        self.restless.restore(await self._last_hour(now))
        lately = await self._stores.journal.events(now.wall - SPAN, limit=1000)  # in a flood there are more
        self.flooding.restore(reversed(lately.items), now)
        self.servicing.restore(self._stores.stored.services)

    async def _last_hour(self, now: Instant) -> list[AlarmEvent]:
        """Its events, oldest first; of a flood the newest pages."""
        found: list[AlarmEvent] = []
        cursor: str | None = None
        for _ in range(PAGES):
            page = await self._stores.journal.events(now.wall - WINDOW, limit=1000, cursor=cursor)
            found += page.items
            cursor = page.next
            if cursor is None:
                break
        return found[::-1]

    def of_ourselves(self, subject: str, verdict: Verdict, value: Value | None) -> None:
        """State how a part of ours fares."""
        if verdict is not Verdict.BAND:
            self._tally.set("self_trouble", int(verdict is Verdict.TRUE), subject=subject)
        self.alarming.report(rule_id(subject), verdict, self._clock.now(), value)

    def trip(self, rule: str, value: Value | None) -> None:
        """A single event of a rule."""
        self.alarming.trip(rule, self._clock.now(), value)

    def state(self, rule: str, verdict: Verdict) -> None:
        """State the verdict of a rule that Watchroom judges itself."""
        self.alarming.report(rule, verdict, self._clock.now())

    def _loop_alarm(self, subject: str, verdict: Verdict, now: Instant, reason: str) -> None:
        self.alarming.report(rule_id(subject), verdict, now, reason or None)

    def _journal_trouble(self, down: bool) -> None:
        self.selfwatch.report("journal", Verdict.TRUE if down else Verdict.FALSE)
        if down:
            self.alarming.show_unstored()
