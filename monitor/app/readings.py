"""From connections to what is believed, judged and kept."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from functools import partial

from monitor import catalogue
from monitor.app.alarms import Alarms
from monitor.app.ground import Ground
from monitor.app.stores import Stores
from monitor.domain.pointset import PointBook
from monitor.domain.reading import Reading
from monitor.domain.rules import Verdict
from monitor.domain.source import EquipmentSource
from monitor.engine.clockwork import SLOWEST_TURN
from monitor.engine.connection_watch import ConnectionWatch
from monitor.engine.draining import Drain
from monitor.engine.metronome import Metronome
from monitor.engine.own_rules import link_subject, rule_id
from monitor.engine.pipeline import Pipeline
from monitor.engine.polling import Poller
from monitor.engine.recording import TOGETHER, Recorder
from monitor.engine.rulebook import message_rates
from monitor.engine.safekeeping import Safekeeping
from monitor.engine.sessions import Sessions
from monitor.engine.substituting import Substituting
from monitor.engine.thinning import Thinning
from monitor.settings.site import Site

Loop = Callable[[], Awaitable[None]]

REQUESTS_A_TURN = 32
"""Time-outs in a row that one turn of a poller may be made of (the requests of one equipment)."""
SLOWEST_WRITE = 300.0
"""Seconds that one attempt to write history may take, its pause included."""


class Readings:
    """Wired; no connection is open yet."""

    def __init__(self, ground: Ground, stores: Stores, alarms: Alarms) -> None:
        self._ground, self._stores, self._alarms = ground, stores, alarms
        self._behind = _behind(ground.site)
        polled = [id_ for id_, one in ground.site.connections.items() if catalogue.polled(one.driver)]
        self._places = {id_: place / len(polled) for place, id_ in enumerate(polled)}
        site, clock, tally, beliefs = ground.site, ground.clock, ground.tally, ground.beliefs
        plans = [latest.plan for latest in beliefs.values()]
        self._recorder = Recorder(
            plans, stores.spool, clock, soon=lambda: clock.call_later(TOGETHER, self.write_history)
        )
        self.thinning = Thinning(self._recorder, message_rates(site), tally, alarms.state)
        self.pipeline = self._wire()
        self._metronome = Metronome(clock)
        self.connections = ConnectionWatch(tally, alarms.selfwatch.report)
        self.substituting = Substituting(PointBook(plans), self.pipeline.state, alarms.writer, clock)

    def _wire(self) -> Pipeline:
        site, clock, tally, alarms = self._ground.site, self._ground.clock, self._ground.tally, self._alarms
        behind = {id_: tuple(source.id for source in sources) for id_, sources in self._behind.items()}
        pushed = frozenset(site.connections) - frozenset(self._places)
        pipeline = Pipeline(self._ground.beliefs, behind, pushed, clock, tally)
        pipeline.judge, pipeline.keep = alarms.alarming, self.thinning
        pipeline.show = self._show
        pipeline.watched = lambda: alarms.live.watched
        pipeline.on_link = self._link
        pipeline.on_session = lambda connection, session: self.sessions.began(connection, session)
        pipeline.safekeeping = Safekeeping(
            alarms.writer, self._stores.spool, clock, tally, settle=self._settle
        )
        return pipeline

    def restore_sessions(self, alive: float | None) -> None:
        """What brokers should have kept for us; `alive` is when the process before us last lived (POSIX s)."""
        marks, writer, ground = self._stores.stored.marks, self._alarms.writer, self._ground
        self.sessions = Sessions(marks, alive, ground.clock, ground.tally, writer.submit, self._alarms.trip)

    def restore_stated(self) -> None:
        """The values that people have stated for points."""
        self.substituting.restore(self._stores.stored.substitutions)

    def connect(self, stack: contextlib.AsyncExitStack, id_: str) -> Loop:
        """Open a connection; returns the loop that polls or listens."""
        site, clock = self._ground.site, self._ground.clock
        connection, behind = site.connections[id_], self._behind[id_]
        if id_ not in self._places:
            pushed = catalogue.open_pushed(connection, behind, clock)
            stack.push_async_callback(pushed.close)
            return partial(pushed.run, self.pipeline)
        polled = catalogue.open_polled(connection, behind, clock)
        stack.push_async_callback(polled.close)
        poller = Poller(
            id_,
            polled,
            behind,
            clock,
            self.pipeline,
            self._ground.tally,
            in_flight=connection.settings.in_flight,
            shift=self._places[id_],
            metronome=self._metronome,
        )
        self.connections.fares[id_] = poller
        longest = connection.settings.timeout * REQUESTS_A_TURN
        selfwatch = self._alarms.selfwatch
        selfwatch.expect(f"connection {id_}", lambda: poller.turned_at, longest + SLOWEST_TURN)
        return poller.run

    def drain(self) -> Drain:
        """What moves samples on to the historian."""
        spool, selfwatch = self._stores.spool, self._alarms.selfwatch
        drain = Drain(
            spool,
            self._stores.historian,
            self._ground.clock,
            self._ground.tally,
            selfwatch.report,
            quarantine=self._stores.quarantine,
            gap=spool.gap,
        )
        selfwatch.expect("history", lambda: drain.turned_at, SLOWEST_WRITE)
        return drain

    def write_history(self) -> None:
        """Into the spool with what waits for company."""
        self.pipeline.settle(self._recorder.settle)

    def _settle(self) -> None:
        """Into spool and journal's queue with whatever is still in memory."""
        self.thinning.settle()
        self.write_history()
        self._alarms.alarming.save_delays()

    def _link(self, connection: str, up: bool, reason: str) -> None:
        self._alarms.live.publish("link", connection, {"up": up, "reason": reason})
        self.sessions.link(connection, up)
        self.connections.link(connection, up, reason)
        self._alarms.state(rule_id(link_subject(connection)), Verdict.FALSE if up else Verdict.TRUE)

    def _show(self, reading: Reading) -> None:
        self._alarms.live.publish("reading", reading.point, reading)


def _behind(site: Site) -> dict[str, tuple[EquipmentSource, ...]]:
    """The equipment behind each connection."""
    found: dict[str, list[EquipmentSource]] = {id_: [] for id_ in site.connections}
    for one in site.equipment.values():
        found[one.connection].append(one.source)
    return {id_: tuple(sources) for id_, sources in found.items()}
