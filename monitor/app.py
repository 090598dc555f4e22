"""The composition root: who is wired to whom, and in which order things start and stop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

import structlog

from monitor import catalogue
from monitor.console.listening import bind
from monitor.console.services import Services
from monitor.domain.flood import SPAN
from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.reading import Reading
from monitor.domain.rules import Verdict
from monitor.domain.source import EquipmentSource
from monitor.engine.acquisition import Latest
from monitor.engine.alarming import Alarming
from monitor.engine.beliefs import Beliefs
from monitor.engine.clockwork import SLOWEST_TURN, Clockwork
from monitor.engine.connection_watch import ConnectionWatch
from monitor.engine.dispatching import SLOWEST_TURN as SLOWEST_TELLING
from monitor.engine.dispatching import Dispatching
from monitor.engine.draining import Drain
from monitor.engine.dutylog import DutyLog
from monitor.engine.flooding import Flooding
from monitor.engine.lampbook import LampBook
from monitor.engine.live import Live
from monitor.engine.loops import Loops
from monitor.engine.machine import MachineWatch
from monitor.engine.measuring import Measuring
from monitor.engine.noting import Noting
from monitor.engine.pipeline import Pipeline
from monitor.engine.polling import Poller
from monitor.engine.presence import Presence
from monitor.engine.recording import Recorder
from monitor.engine.rehearsal import Rehearsal, abandon
from monitor.engine.rulebook import cause_tree, message_rates, planner, rulebook
from monitor.engine.safekeeping import Safekeeping
from monitor.engine.selfwatch import Selfwatch, link_rule, rule_id
from monitor.engine.servicing import Servicing
from monitor.engine.sessions import Sessions
from monitor.engine.substituting import Substituting
from monitor.engine.supervision import Supervision
from monitor.engine.tally import Tally
from monitor.engine.thinning import Thinning
from monitor.engine.unheard import Unheard
from monitor.engine.writer import JournalWriter
from monitor.host import Machine, ServiceManager, SystemClock, clear_out, settle_down
from monitor.notifiers.simulated import SimulatedPhone
from monitor.ports import CalledBack, Change, Heard, Stored, Transient
from monitor.schedule import Schedule
from monitor.settings.site import Site
from monitor.storage.export_xlsx import export_xlsx
from monitor.storage.history import open_historian
from monitor.storage.introducing import introduce
from monitor.storage.journal import Accounts, SqlJournal, open_journal
from monitor.storage.spool import DiskSpool, Quarantine

log = structlog.get_logger("app")

Loop = Callable[[], Awaitable[None]]

CLOCK_MARK, ALIVE_MARK, STOPPED_MARK = "clock", "alive", "stopped"
"""Names of the journal's marks: the clock anchor, when we last lived, when we last stopped on purpose."""
HISTORIAN_MARK = "historian"
"""Name of the mark that tells where readings went."""
SIGNAL = "signal"
"""Who reloads: whoever may send us a signal; the machine's own log knows more."""
LAST_HISTORY = 2.0
"""Seconds that history may take at a stop."""
PATIENCE = 60.0
"""Seconds that one attempt to open the journal may take."""
SLOWEST_WRITE = 300.0
"""Seconds that one attempt to write history may take, its pause included."""
REQUESTS_A_TURN = 32
"""Time-outs in a row that one turn of a poller may be made of (the requests of one equipment)."""


class Daemon:
    """One site at work. A reload makes a new one that takes over clock, console socket, counters and latest values."""

    def __init__(
        self,
        site: Site,
        state: Path,
        service: ServiceManager,
        heir_of: Daemon | None = None,
        changes: Sequence[str] = (),
    ) -> None:
        """`changes` says in words what `site` changes of the configuration that ran before."""
        self._site = site
        self._state = state
        self._service = service
        self._first = heir_of is None
        self._changes = changes
        self._clock: SystemClock = heir_of._clock if heir_of else SystemClock()
        self._socket: socket.socket | None = heir_of._socket if heir_of else None
        self._listening_on: tuple[str, int] | None = heir_of._listening_on if heir_of else None
        self._tally: Tally = heir_of._tally if heir_of else Tally()
        plans = [equipment.source.plan for equipment in site.equipment.values()]
        before: Mapping[str, Latest] = heir_of._beliefs if heir_of else {}
        self._beliefs: Beliefs = Beliefs.of(plans, self._clock.now(), before)
        self._before: Alarming | None = heir_of._alarming if heir_of else None
        self._console_up = asyncio.Event()

    async def run(self, stop: asyncio.Event, reload: asyncio.Event) -> None:
        """Start everything, run until asked to stop or to reload, and stop everything in turn.

        Raises Permanent when journal, history, spool or console cannot be opened at all.
        """
        async with contextlib.AsyncExitStack() as stack:
            journal = await self._open_journal(stop)
            if journal is None:
                return
            stack.push_async_callback(journal.close)
            await self._wire(stack, journal)
            if not self._first:
                clear_out()
            settle_down()
            self._start(stack)
            up = asyncio.create_task(self._until_up())
            met = asyncio.create_task(
                introduce(self._historian, self._site.historian.url, self._historian_before)
            )
            asked = [asyncio.create_task(event.wait()) for event in (stop, reload)]
            await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            for task in (up, met, *asked):
                task.cancel()
            if stop.is_set():
                self._service.stopping()
            log.info("daemon.stopping", reload=not stop.is_set())

    # Opening

    async def _open_journal(self, stop: asyncio.Event) -> SqlJournal | None:
        """The journal, waited for while its server is away; None when we are stopped meanwhile."""
        self._state.mkdir(parents=True, exist_ok=True)
        pause = 1.0
        while not stop.is_set():
            try:
                return await open_journal(self._site.journal, self._state)
            except Transient as error:
                log.error("journal.not_reached", reason=str(error), retry_in=pause)
                self._service.waiting(f"waiting for the journal: {error}", pause + PATIENCE)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause)
                pause = min(pause * 2, 30.0)
        return None

    async def _wire(self, stack: contextlib.AsyncExitStack, journal: SqlJournal) -> None:
        """Everything made and connected; nothing runs yet."""
        site, clock, tally = self._site, self._clock, self._tally
        stored = await journal.load()
        self._accounts = Accounts(journal.database)
        stack.callback(self._accounts.close)
        if self._first:
            clock.resume(stored.marks.get(CLOCK_MARK))
        self._listen()
        self._historian = open_historian(site.historian, self._state, site)
        stack.push_async_callback(self._historian.close)
        self._historian_before = stored.marks.get(HISTORIAN_MARK)
        self._quarantine = Quarantine(self._state / "quarantine.jsonl")
        self._spool = DiskSpool.open(self._state / "spool")
        stack.callback(self._spool.close)
        self._selfwatch = Selfwatch(clock, tally)
        self._writer = JournalWriter(journal, clock, tally)
        rules = rulebook(site)
        self._live = Live(rules, site.equipment, self._beliefs.readings, self._beliefs.reading)
        self._alarming = Alarming(
            rules.values(),
            self._beliefs,
            self._writer,
            self._live,
            clock,
            tally,
            planner(site),
            site.shelf_max,
            cause_tree(site),
        )
        self._lampbook = LampBook(
            rules.values(), self._beliefs, site.grade.lamp_repair, self._alarming.report, self._writer.submit
        )
        self._wire_pipeline()
        self._wire_selfwatch()
        self._wire_people(stack, journal)
        await self._restore(stored, journal)
        self._wire_machine(stored)
        self._journal = journal

    def _wire_pipeline(self) -> None:
        plans = [latest.plan for latest in self._beliefs.values()]
        self._recorder = Recorder(plans, self._spool, self._clock)
        connections = self._site.connections
        behind = {id_: tuple(source.id for source in self._behind(id_)) for id_ in connections}
        pushed = frozenset(id_ for id_, one in connections.items() if not catalogue.polled(one.driver))
        pipeline = Pipeline(self._beliefs, behind, pushed, self._clock, self._tally)
        self._thinning = Thinning(self._recorder, message_rates(self._site), self._tally, self._chatters)
        pipeline.judge, pipeline.keep = self._alarming, self._thinning
        pipeline.show = self._show
        pipeline.watched = lambda: self._live.watched
        pipeline.on_link = self._link
        pipeline.on_session = lambda connection, session: self._sessions.began(connection, session)
        pipeline.safekeeping = Safekeeping(
            self._writer, self._spool, self._clock, self._tally, settle=self._settle
        )
        self._pipeline = pipeline

    def _settle(self) -> None:
        """Into spool and journal's queue with whatever is still in memory."""
        self._thinning.settle()
        self._alarming.save_delays()

    def _chatters(self, rule: str, verdict: Verdict) -> None:
        self._alarming.report(rule, verdict, self._clock.now())

    def _wire_selfwatch(self) -> None:
        self._connections = ConnectionWatch(self._tally, self._selfwatch.report)
        self._selfwatch.journal_ok = self._writer.healthy
        self._selfwatch.raise_alarm = self._own_alarm
        self._flooding = Flooding(self._machine_alarm)
        self._servicing = Servicing(self._alarming, self._writer, self._clock)
        points = {point.id: point for latest in self._beliefs.values() for point in latest.plan.points}
        self._substituting = Substituting(points, self._pipeline.state, self._writer, self._clock)
        self._writer.on_commit += [self._live.committed, self._flooding.observe]
        self._writer.on_trouble = self._journal_trouble

    def _wire_people(self, stack: contextlib.AsyncExitStack, journal: SqlJournal) -> None:
        site, clock = self._site, self._clock
        self._supervision = Supervision(
            site.rounds,
            site.checkpoints,
            writer=self._writer,
            alarming=self._alarming,
            live=self._live,
            record=journal,
            clock=clock,
            timezone=site.timezone,
            on_site=site.grade.urgent_on_site,
        )
        self._notifiers = {id_: catalogue.open_notifier(one, clock) for id_, one in site.channels.items()}
        for notifier in self._notifiers.values():
            stack.push_async_callback(notifier.close)
        self._dispatching = Dispatching.of_site(
            site, self._notifiers, self._writer, self._alarming, clock, self._tally
        )
        self._writer.on_commit += [self._dispatching.observe, self._supervision.observe]

    def _wire_machine(self, stored: Stored) -> None:
        site, clock = self._site, self._clock
        self._machine = MachineWatch(
            Machine(self._state),
            self._tally,
            self._machine_alarm,
            lambda subject, value: self._alarming.trip(rule_id(subject), clock.now(), value),
            spool_fill=lambda: self._spool.fill,
            oldest_due=lambda: self._dispatching.oldest_due,
        )
        self._measuring = Measuring(
            site, self._tally, self._beliefs, self._live, self._writer, self._dispatching
        )
        self._presence = Presence(clock, self._tally)
        self._presence.on_change = partial(self._live.publish, "position")
        self._unheard = Unheard(
            self._presence, self._live, self._machine_alarm, self._dispatching.hasten, clock.now()
        )
        self._rehearsal = site.drill and Rehearsal(
            site.drill, site.timezone, self._alarming, self._live, stored.marks, clock.now()
        )
        if not self._rehearsal:
            abandon(self._alarming, clock.now())

    async def _restore(self, stored: Stored, journal: SqlJournal) -> None:
        """Everything as it stood, then the gap since, then the people's deadlines that passed in it."""
        self._alarming.restore(stored)
        self._lampbook.restore(stored.marks)
        for view in self._live.alarms():
            told = await journal.notifications(alarm=view.alarm.id, occurrence=view.alarm.occurrence)
            for notification in told.items:
                self._live.told(notification)
        if self._before is not None:
            self._alarming.inherit(self._before)
            self._before = None
        alive = stored.marks.get(ALIVE_MARK)
        if self._first and alive is not None:
            clean = stored.marks.get(STOPPED_MARK) == alive
            self._alarming.was_down(float(alive), self._clock.now().wall, clean=clean)
        if self._changes:
            self._alarming.reloaded(self._changes, SIGNAL)
        self._sessions = Sessions(
            stored.marks,
            float(alive) if alive is not None else None,
            self._clock,
            self._tally,
            self._writer.submit,
            lambda rule, value: self._alarming.trip(rule, self._clock.now(), value),
        )
        self._dispatching.restore(stored)
        await self._supervision.restore(stored)
        now = self._clock.now()
        lately = await journal.events(now.wall - SPAN, limit=1000)  # the newest: in a flood there are more
        self._flooding.restore(reversed(lately.items), now)
        self._servicing.restore(stored.services)
        self._substituting.restore(stored.substitutions)

    def _listen(self) -> None:
        """The console's socket, kept across a reload unless its address changed."""
        open_ = self._socket is not None and self._socket.fileno() != -1
        if open_ and self._listening_on == self._site.listen:
            return
        before = self._socket  # closed only when the other is had, so that there is a way back
        self._socket, self._listening_on = bind(self._site.listen), self._site.listen
        if before is not None:
            before.close()

    async def _answer(self) -> None:
        """The console: its libraries are imported in a thread while all else turns already, or a start would be half as
        long again."""
        whole = await asyncio.to_thread(import_module, "monitor.console.whole")
        app = whole.console(self._services(), self._called_back(), self._take, self._tally)
        await whole.serve(app, self._console_socket, self._console_up.set)

    def _services(self) -> Services:
        return Services(
            site=self._site,
            live=self._live,
            alarming=self._alarming,
            supervision=self._supervision,
            record=self._journal,
            historian=self._historian,
            quarantine=self._quarantine.newest,
            workbook=self._workbook,
            accounts=self._accounts,
            health=self._selfwatch.health,
            tally=self._tally,
            clock=self._clock,
            presence=self._presence,
            servicing=self._servicing,
            substituting=self._substituting,
            log=DutyLog(self._writer, self._clock),
            noting=Noting(self._writer, self._clock),
            connections=self._connections,
            lamps=self._lampbook.failed,
            phones={id_: n for id_, n in self._notifiers.items() if isinstance(n, SimulatedPhone)},
        )

    async def _workbook(self, point: str, start_ms: int, end_ms: int, out: Path) -> int:
        timezone = self._site.timezone
        return await export_xlsx(self._historian, [point], start_ms, end_ms, out, timezone=timezone)

    def _called_back(self) -> dict[str, CalledBack]:
        return {id_: one for id_, one in self._notifiers.items() if isinstance(one, CalledBack)}

    async def _take(self, channel: str, heard: Heard) -> None:
        """What a provider brought, taken when it is stored: raises NotStored, and the provider brings it again."""
        await self._dispatching.heard(channel, heard)
        await self._writer.write(Change())

    # Running

    def _start(self, stack: contextlib.AsyncExitStack) -> None:
        """Set everything turning. What is pushed on the stack here is unwound in reverse: first no more times of day,
        then no loop turns, then links are closed, then the last words are written."""
        loops = Loops(self._clock, self._selfwatch)
        schedule = Schedule(self._site.timezone)
        stack.push_async_callback(self._farewell)
        connections = [self._connect(stack, id_) for id_ in self._site.connections]
        drain = self._drain()
        stack.push_async_callback(_last_history, drain)
        stack.push_async_callback(loops.stop)
        stack.callback(schedule.stop)
        loops.keep("journal", self._writer.run)
        loops.keep("history", drain.run)
        loops.keep("dispatching", self._dispatching.run)
        loops.keep("console", self._answer)
        clockwork = self._clockwork()
        loops.keep("clock", clockwork.run)
        self._selfwatch.expect("clock", lambda: clockwork.turned_at, SLOWEST_TURN)
        self._selfwatch.expect("dispatching", lambda: self._dispatching.turned_at, SLOWEST_TELLING)
        for id_, run in connections:
            loops.keep(f"connection {id_}", run)
        self._appoint(schedule)
        schedule.start()

    def _connect(self, stack: contextlib.AsyncExitStack, id_: str) -> tuple[str, Loop]:
        """Open a connection; returns the loop that polls or listens."""
        connection, behind = self._site.connections[id_], self._behind(id_)
        if not catalogue.polled(connection.driver):
            pushed = catalogue.open_pushed(connection, behind, self._clock)
            stack.push_async_callback(pushed.close)
            return id_, partial(pushed.run, self._pipeline)
        polled = catalogue.open_polled(connection, behind, self._clock)
        stack.push_async_callback(polled.close)
        poller = Poller(
            id_,
            polled,
            behind,
            self._clock,
            self._pipeline,
            self._tally,
            in_flight=connection.settings.in_flight,
            shift=self._place(id_),
        )
        self._connections.fares[id_] = poller
        longest = connection.settings.timeout * REQUESTS_A_TURN
        self._selfwatch.expect(f"connection {id_}", lambda: poller.turned_at, longest + SLOWEST_TURN)
        return id_, poller.run

    def _drain(self) -> Drain:
        drain = Drain(
            self._spool,
            self._historian,
            self._clock,
            self._tally,
            self._selfwatch.report,
            quarantine=self._quarantine,
            gap=self._spool.gap,
        )
        self._selfwatch.expect("history", lambda: drain.turned_at, SLOWEST_WRITE)
        return drain

    def _clockwork(self) -> Clockwork:
        seldom = [self._machine.look, self._keep_house, self._lampbook.look]
        if self._rehearsal:
            seldom.insert(0, self._rehearsal.tick)
        often = [
            self._pipeline.tick,
            self._thinning.tick,
            self._alarming.tick,
            self._supervise,
            self._unheard.tick,
            self._flooding.tick,
            self._substituting.tick,
            self._connections.tick,
        ]
        return Clockwork(self._clock, often, seldom, self._measuring.lagged)

    def _supervise(self, now: Instant) -> None:
        due = self._supervision.next_due()
        if due is not None and due <= now.wall:
            self._supervision.tick(now)

    def _keep_house(self, now: Instant) -> None:
        """Health, watchdog, the anchors by which a later start knows how long we were away."""
        health = self._selfwatch.check()
        self._measuring.measure(health)
        if health.ok:
            self._service.alive()
        anchor, url = self._clock.anchor(), self._site.historian.url
        marks = {CLOCK_MARK: anchor, ALIVE_MARK: repr(now.wall), HISTORIAN_MARK: url}
        self._writer.submit(Change(marks=marks))

    def _appoint(self, schedule: Schedule) -> None:
        """APScheduler calls at round windows' ends; the rows are the truth, and the clock's loop looks as well."""

        def look() -> None:
            self._supervision.tick(self._clock.now())
            due = self._supervision.next_due()
            if due is not None:
                schedule.at("rounds", max(due, self._clock.now().wall + 1.0), look)

        look()

    async def _farewell(self) -> None:
        """The last commit says that we stopped on purpose."""
        alive = repr(self._clock.now().wall)
        anchor = self._clock.anchor()
        self._writer.submit(Change(marks={CLOCK_MARK: anchor, ALIVE_MARK: alive, STOPPED_MARK: alive}))
        await self._writer.drain()
        log.info("daemon.stopped")

    # Small wires

    def _own_alarm(self, subject: str, verdict: Verdict, now: Instant, reason: str) -> None:
        self._alarming.report(rule_id(subject), verdict, now, reason or None)

    def _machine_alarm(self, subject: str, verdict: Verdict, value: Value | None) -> None:
        if verdict is not Verdict.BAND:
            self._tally.set("self_trouble", int(verdict is Verdict.TRUE), subject=subject)
        self._alarming.report(rule_id(subject), verdict, self._clock.now(), value)

    def _journal_trouble(self, down: bool) -> None:
        self._selfwatch.report("journal", Verdict.TRUE if down else Verdict.FALSE)
        if down:
            self._alarming.show_unstored()

    def _link(self, connection: str, up: bool, reason: str) -> None:
        self._live.publish("link", connection, {"up": up, "reason": reason})
        self._sessions.link(connection, up)
        self._connections.link(connection, up, reason)
        rule = link_rule(connection).id
        self._alarming.report(rule, Verdict.FALSE if up else Verdict.TRUE, self._clock.now())

    def _show(self, reading: Reading) -> None:
        self._live.publish("reading", reading.point, reading)

    def _place(self, connection: str) -> float:
        """Where this connection's turns lie among those of the others, from 0 to 1."""
        polled = [id_ for id_, one in self._site.connections.items() if catalogue.polled(one.driver)]
        return polled.index(connection) / len(polled)

    def _behind(self, connection: str) -> tuple[EquipmentSource, ...]:
        return tuple(e.source for e in self._site.equipment.values() if e.connection == connection)

    @property
    def _console_socket(self) -> socket.socket:
        if self._socket is None:
            raise RuntimeError("the console's socket is bound before anything starts")
        return self._socket

    async def _until_up(self) -> None:
        """Say that we are ready: everything is restored and turns, the console answers, the journal has written."""
        await self._console_up.wait()
        await asyncio.shield(self._writer.submit(Change()))
        settle_down()
        host, port = self._console_socket.getsockname()[:2]
        self._service.ready(f"{len(self._site.equipment)} equipment, console on {host}:{port}")
        log.info(
            "daemon.started",
            site=self._site.id,
            equipment=len(self._site.equipment),
            points=sum(len(latest.plan.points) for latest in self._beliefs.values()),
            console=f"http://{host}:{port}",
        )


async def _last_history(drain: Drain) -> None:
    """What waits goes to the historian if that is quick; else it waits safely in the spool."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LAST_HISTORY):
            await drain.flush()
