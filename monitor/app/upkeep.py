"""What is looked at as time goes by: delays, windows, the machine, our own health; and the last words at a stop."""

from __future__ import annotations

import structlog

from monitor.app import marks
from monitor.app.alarms import Alarms
from monitor.app.ground import Ground
from monitor.app.people import People
from monitor.app.readings import Readings
from monitor.app.stores import Stores
from monitor.domain.instant import Instant
from monitor.engine.clockwork import Clockwork
from monitor.engine.machine import MachineWatch
from monitor.engine.measuring import Measuring
from monitor.engine.selfwatch import rule_id
from monitor.host import Machine, ServiceManager
from monitor.ports import Change

log = structlog.get_logger("app")


class Upkeep:
    """Looks after the floors beneath it."""

    def __init__(
        self,
        ground: Ground,
        stores: Stores,
        alarms: Alarms,
        readings: Readings,
        people: People,
        service: ServiceManager,
    ) -> None:
        self._ground, self._alarms, self._readings, self._people = ground, alarms, readings, people
        self._service = service
        site, tally = ground.site, ground.tally
        self._machine = MachineWatch(
            Machine(ground.state),
            tally,
            alarms.of_ourselves,
            lambda subject, value: alarms.trip(rule_id(subject), value),
            spool_fill=lambda: stores.spool.fill,
            oldest_due=lambda: people.dispatching.oldest_due,
        )
        self._measuring = Measuring(
            site, tally, ground.beliefs, alarms.live, alarms.writer, people.dispatching
        )

    def clockwork(self) -> Clockwork:
        """The loop that calls every look in its order."""
        alarms, readings, people = self._alarms, self._readings, self._people
        seldom = [self._machine.look, self._keep_house, alarms.lampbook.look, alarms.lightbook.look]
        if people.rehearsal:
            seldom.insert(0, people.rehearsal.tick)
        often = [
            readings.pipeline.tick,
            readings.thinning.tick,
            alarms.alarming.tick,
            people.supervise,
            people.unheard.tick,
            alarms.flooding.tick,
            alarms.restless.tick,
            readings.substituting.tick,
            readings.connections.tick,
        ]
        return Clockwork(self._ground.clock, often, seldom, self._measuring.lagged)

    def _keep_house(self, now: Instant) -> None:
        """Health, watchdog, the anchors by which a later start knows how long we were away."""
        health = self._alarms.selfwatch.check()
        self._measuring.measure(health)
        if health.ok:
            self._service.alive()
        anchors = {
            marks.CLOCK: self._ground.clock.anchor(),
            marks.ALIVE: repr(now.wall),
            marks.HISTORIAN: self._ground.site.historian.url,
        }
        self._alarms.writer.submit(Change(marks=anchors))

    async def farewell(self) -> None:
        """The last commit says that we stopped on purpose."""
        clock, writer = self._ground.clock, self._alarms.writer
        self._alarms.lightbook.save()
        alive = repr(clock.now().wall)
        last = {marks.CLOCK: clock.anchor(), marks.ALIVE: alive, marks.STOPPED: alive}
        remembered = self._alarms.alarming.farewell(clock.now())
        writer.submit(Change(marks={**remembered.marks, **last}))
        await writer.drain()
        log.info("daemon.stopped")
