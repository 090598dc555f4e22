"""One site at work: floor by floor up, turning, and floor by floor down again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from monitor.app import marks
from monitor.app.alarms import Alarms
from monitor.app.door import Console, Door
from monitor.app.ground import Ground
from monitor.app.people import People
from monitor.app.readings import Readings
from monitor.app.stores import Stores, reach_journal
from monitor.app.upkeep import Upkeep
from monitor.engine.acquisition import Latest
from monitor.engine.alarming import Alarming
from monitor.engine.beliefs import Beliefs
from monitor.engine.clockwork import SLOWEST_TURN
from monitor.engine.dispatching import SLOWEST_TURN as SLOWEST_TELLING
from monitor.engine.draining import Drain
from monitor.engine.loops import Loops
from monitor.engine.tally import Tally
from monitor.host import ServiceManager, SystemClock, clear_out, settle_down
from monitor.ports import Change
from monitor.schedule import Schedule
from monitor.settings.site import Site
from monitor.storage.journal import SqlJournal

log = structlog.get_logger("app")

SIGNAL = "signal"
"""Who reloads: whoever may send us a signal; the machine's own log knows more."""
LAST_HISTORY = 2.0
"""Seconds that history may take at a stop."""


class Daemon:
    """One site at work. A reload makes a new one that takes over clock, console socket, counters and latest values."""

    _alarms: Alarms

    def __init__(
        self,
        site: Site,
        state: Path,
        service: ServiceManager,
        heir_of: Daemon | None = None,
        changes: Sequence[str] = (),
    ) -> None:
        """`changes` says in words what `site` changes of the configuration that ran before."""
        self._service = service
        self._first = heir_of is None
        self._changes = changes
        clock: SystemClock = heir_of._ground.clock if heir_of else SystemClock()
        tally: Tally = heir_of._ground.tally if heir_of else Tally()
        believed: Mapping[str, Latest] = heir_of._ground.beliefs if heir_of else {}
        plans = [equipment.source.plan for equipment in site.equipment.values()]
        self._ground: Ground = Ground(site, state, clock, tally, Beliefs.of(plans, clock.now(), believed))
        self._door: Door = heir_of._door if heir_of else Door()
        self._before: Alarming | None = heir_of._alarms.alarming if heir_of else None

    async def run(self, stop: asyncio.Event, reload: asyncio.Event) -> None:
        """Start everything, run until asked to stop or to reload, and stop everything in turn.

        Raises Permanent when journal, history, spool or console cannot be opened at all.
        """
        async with contextlib.AsyncExitStack() as stack:
            journal = await reach_journal(self._ground, self._service, stop)
            if journal is None:
                return
            stack.push_async_callback(journal.close)
            await self._build(stack, journal)
            if not self._first:
                clear_out()
            settle_down()
            self._start(stack)
            up = asyncio.create_task(self._until_up())
            met = asyncio.create_task(self._stores.introduce())
            asked = [asyncio.create_task(event.wait()) for event in (stop, reload)]
            await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            for task in (up, met, *asked):
                task.cancel()
            if stop.is_set():
                self._service.stopping()
            log.info("daemon.stopping", reload=not stop.is_set())

    # Up

    async def _build(self, stack: contextlib.AsyncExitStack, journal: SqlJournal) -> None:
        """Every floor on the one beneath it; nothing turns yet."""
        ground = self._ground
        stored = await journal.load()
        if self._first:
            ground.clock.resume(stored.marks.get(marks.CLOCK))
        self._door.listen(ground.site.listen)
        stores = self._stores = Stores.open(stack, ground, journal, stored)
        alarms = self._alarms = Alarms(ground, stores)
        readings = self._readings = Readings(ground, stores, alarms)
        people = self._people = People(stack, ground, stores, alarms)
        await self._restore()
        people.be_heard()
        self._upkeep = Upkeep(ground, stores, alarms, readings, people, self._service)
        self._console = Console(self._door, ground, stores, alarms, readings, people)

    async def _restore(self) -> None:
        """Everything as it stood, then the gap since, then the people's deadlines that passed in it."""
        alarms, stored = self._alarms, self._stores.stored
        await alarms.restore(self._before)
        self._before = None
        alive = stored.marks.get(marks.ALIVE)
        if self._first and alive is not None:
            clean = stored.marks.get(marks.STOPPED) == alive
            alarms.alarming.was_down(float(alive), self._ground.clock.now().wall, clean=clean)
        if self._changes:
            alarms.alarming.reloaded(self._changes, SIGNAL)
        self._readings.restore_sessions(float(alive) if alive is not None else None)
        await self._people.restore()
        await alarms.restore_nuisance()
        self._readings.restore_stated()

    def _start(self, stack: contextlib.AsyncExitStack) -> None:
        """Set everything turning. What is pushed on the stack here is unwound in reverse: first no more times of day,
        then no loop turns, then links are closed, then the last words are written."""
        ground, alarms, people, selfwatch = self._ground, self._alarms, self._people, self._alarms.selfwatch
        loops = Loops(ground.clock, selfwatch)
        schedule = Schedule(ground.site.timezone)
        stack.push_async_callback(self._upkeep.farewell)
        connections = {id_: self._readings.connect(stack, id_) for id_ in ground.site.connections}
        drain = self._readings.drain()
        stack.push_async_callback(self._last_history, drain)
        stack.push_async_callback(loops.stop)
        stack.callback(schedule.stop)
        loops.keep("journal", alarms.writer.run)
        loops.keep("history", drain.run)
        loops.keep("dispatching", people.dispatching.run)
        loops.keep("console", self._console.answer)
        clockwork = self._upkeep.clockwork()
        loops.keep("clock", clockwork.run)
        selfwatch.expect("clock", lambda: clockwork.turned_at, SLOWEST_TURN)
        selfwatch.expect("dispatching", lambda: people.dispatching.turned_at, SLOWEST_TELLING)
        for id_, run in connections.items():
            loops.keep(f"connection {id_}", run)
        people.appoint(schedule)
        schedule.start()

    async def _last_history(self, drain: Drain) -> None:
        """What waits goes to the historian if that is quick; else it waits safely in the spool."""
        self._readings.write_history()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_HISTORY):
                await drain.flush()

    async def _until_up(self) -> None:
        """Say that we are ready: everything is restored and turns, the console answers, the journal has written."""
        await self._console.up.wait()
        await asyncio.shield(self._alarms.writer.submit(Change()))
        settle_down()
        site, beliefs = self._ground.site, self._ground.beliefs
        host, port = self._door.socket.getsockname()[:2]
        self._service.ready(f"{len(site.equipment)} equipment, console on {host}:{port}")
        log.info(
            "daemon.started",
            site=site.id,
            equipment=len(site.equipment),
            points=sum(len(latest.plan.points) for latest in beliefs.values()),
            console=f"http://{host}:{port}",
        )
