"""People's duties and the ways of reaching them; whether anybody would hear."""

from __future__ import annotations

import contextlib
from functools import partial

from monitor import catalogue
from monitor.app.alarms import Alarms
from monitor.app.ground import Ground
from monitor.app.stores import Stores
from monitor.domain.instant import Instant
from monitor.engine.dispatching import Dispatching
from monitor.engine.presence import Presence
from monitor.engine.rehearsal import Rehearsal, abandon
from monitor.engine.supervision import Supervision
from monitor.engine.unheard import Unheard
from monitor.notifiers.simulated import SimulatedPhone
from monitor.ports import CalledBack, Change, Heard
from monitor.schedule import Schedule


class People:
    """Wired; nothing is restored and nobody is told anything yet."""

    def __init__(
        self, stack: contextlib.AsyncExitStack, ground: Ground, stores: Stores, alarms: Alarms
    ) -> None:
        self._ground, self._stores, self._alarms = ground, stores, alarms
        site, clock = ground.site, ground.clock
        self.supervision = Supervision(
            site.rounds,
            site.checkpoints,
            writer=alarms.writer,
            alarming=alarms.alarming,
            live=alarms.live,
            record=stores.journal,
            clock=clock,
            timezone=site.timezone,
            on_site=site.grade.urgent_on_site,
        )
        self._notifiers = {id_: catalogue.open_notifier(one, clock) for id_, one in site.channels.items()}
        for notifier in self._notifiers.values():
            stack.push_async_callback(notifier.close)
        self.dispatching = Dispatching.of_site(
            site, self._notifiers, alarms.writer, alarms.alarming, clock, ground.tally
        )
        alarms.writer.on_commit += [self.dispatching.observe, self.supervision.observe]

    async def restore(self) -> None:
        """Messages, then the deadlines that passed while we were away."""
        self.dispatching.restore(self._stores.stored)
        await self.supervision.restore(self._stores.stored)

    def be_heard(self) -> None:
        """Who hears, and the weekly test of it: once the alarms are as they stood."""
        site, clock, alarms = self._ground.site, self._ground.clock, self._alarms
        now = clock.now()
        self.presence = Presence(clock, self._ground.tally)
        self.presence.on_change = partial(alarms.live.publish, "position")
        self.unheard = Unheard(self.presence, alarms.live, alarms.of_ourselves, self.dispatching.hasten, now)
        marks = self._stores.stored.marks
        self.rehearsal = site.drill and Rehearsal(
            site.drill, site.timezone, alarms.alarming, alarms.live, marks, now
        )
        if not self.rehearsal:
            abandon(alarms.alarming, now)

    @property
    def phones(self) -> dict[str, SimulatedPhone]:
        """The simulated ones, by channel."""
        return {id_: one for id_, one in self._notifiers.items() if isinstance(one, SimulatedPhone)}

    @property
    def called_back(self) -> dict[str, CalledBack]:
        """Those whose provider calls us, by channel."""
        return {id_: one for id_, one in self._notifiers.items() if isinstance(one, CalledBack)}

    async def take(self, channel: str, heard: Heard) -> None:
        """What a provider brought, taken when it is stored: raises NotStored, and the provider brings it again."""
        await self.dispatching.heard(channel, heard)
        await self._alarms.writer.write(Change())

    def supervise(self, now: Instant) -> None:
        """Look at rounds and orders if something of them is due."""
        due = self.supervision.next_due()
        if due is not None and due <= now.wall:
            self.supervision.tick(now)

    def appoint(self, schedule: Schedule) -> None:
        """APScheduler calls at round windows' ends; the rows are the truth, and the clock's loop looks as well."""

        def look() -> None:
            self.supervision.tick(self._ground.clock.now())
            due = self.supervision.next_due()
            if due is not None:
                schedule.at("rounds", max(due, self._ground.clock.now().wall + 1.0), look)

        look()
