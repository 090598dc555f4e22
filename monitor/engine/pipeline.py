"""One inlet for everything that is heard, and its outlets: alarms lossless, history durable, live view latest-wins."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import structlog

from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.reading import Reading
from monitor.domain.rules import View
from monitor.domain.scan import ABSENT, Scan
from monitor.engine.acquisition import Latest
from monitor.engine.tally import Number, Tally
from monitor.ports import BrokerSession, Clock

log = structlog.get_logger("pipeline")

CALM = 60.0
"""Seconds without rubbish after which an equipment counts as usable again."""


class Judge(Protocol):
    """The outlet to alarms."""

    def judge(
        self,
        equipment: str,
        view: View,
        now: Instant,
        *,
        scanned: bool = True,
        scan: Scan | None = None,
        changed: Sequence[int] | None = None,
    ) -> None: ...


class Keep(Protocol):
    """The outlet to history."""

    def take(self, scan: Scan, changed: Sequence[int] | None = None) -> None: ...


class Safe(Protocol):
    """Where one waits until what was taken is safe."""

    async def reached(self) -> None: ...


Show = Callable[[Reading], None]


class Pipeline:
    """Implements `ports.Inlet`. `behind` lists the equipment of each connection, `pushed` the connections that are
    spoken to.

    Outlets are called in this order: judging, history, live view; a fault in history or view never reaches judging.
    """

    def __init__(
        self,
        latest: Mapping[str, Latest],
        behind: Mapping[str, tuple[str, ...]],
        pushed: frozenset[str],
        clock: Clock,
        tally: Tally,
    ) -> None:
        self._latest = latest
        self._behind = behind
        self._speaks = frozenset(equipment for connection in pushed for equipment in behind[connection])
        self._clock = clock
        self._tally = tally
        self._scans: dict[str, Number] = {}
        self._unusable: dict[str, dict[str, float]] = {}
        self._stale: list[tuple[float, str]] = []
        self._next_look: dict[str, float] = {}
        self.judge: Judge | None = None
        self.keep: Keep | None = None
        self.show: Show = lambda _: None
        self.watched: Callable[[], bool] = lambda: False
        self.on_link: Callable[[str, bool, str], None] = lambda connection, up, reason: None
        self.on_session: Callable[[str, BrokerSession], None] = lambda connection, session: None
        self.safekeeping: Safe | None = None
        for equipment in latest:
            self._expect(equipment)

    # ports.Inlet

    def scan(self, scan: Scan) -> None:
        """A full or partial scan from a driver."""
        equipment = scan.plan.equipment
        if scan.historical:
            self._store(scan)
            return
        latest = self._latest[equipment]
        stamped, changed = latest.take(scan)
        scans = self._scans.get(equipment)
        if scans is None:
            scans = self._scans[equipment] = self._tally.counter("scans_total", equipment=equipment)
        scans.value += 1
        if equipment in self._unusable:
            self._heard(equipment)
        if latest.revived:
            self._expect(equipment)
        if self.judge:
            self.judge.judge(equipment, latest, stamped.received, scan=stamped, changed=changed)
        self._tell(latest, stamped, changed)

    def answering(self, equipment: str, answering: bool, reason: str) -> None:
        """The equipment is there, or it is gone and nothing it said is fresh any more."""
        latest = self._latest[equipment]
        if latest.answering is answering:
            return
        log.log(
            20 if answering else 30,
            "equipment.answers" if answering else "equipment.silent",
            equipment=equipment,
            reason=reason,
        )
        latest.answering = answering
        now = self._clock.now()
        self._moved(latest, self._regained(latest, now) if answering else latest.lose(now), now)

    def link(self, connection: str, up: bool, reason: str, session: BrokerSession | None = None) -> None:
        """The way to a bus or broker opened or closed: while it is closed, what was said before is only a memory.

        When it opens, equipment that speaks by itself is believed again as far as it is fresh (a sensor on battery may
        say nothing for a day); equipment that is asked is believed from its next answer on.
        """
        log.log(20 if up else 30, "link.up" if up else "link.down", connection=connection, reason=reason)
        self._tally.set("link_up", int(up), connection=connection)
        self.on_link(connection, up, reason)
        if session is not None:
            self.on_session(connection, session)
        now = self._clock.now()
        for equipment in self._behind.get(connection, ()):
            latest = self._latest[equipment]
            if not up:
                # Also what is said not to be there: something may have been heard of it since.
                self._moved(latest, latest.lose(now), now)
            elif latest.answering is not False:
                self._moved(latest, self._regained(latest, now), now)

    def _regained(self, latest: Latest, now: Instant) -> Scan | None:
        return latest.regain(now) if latest.plan.equipment in self._speaks else None

    def discarded(self, connection: str, equipment: str | None, reason: str) -> None:
        """Something unusable was heard: counted always, logged when it begins and when it has ended for a while.

        A device that sends rubbish every other time would otherwise fill the log with beginnings and ends.
        """
        self._tally.add("discarded_total", connection=connection, reason=reason)
        heard = self._unusable.setdefault(equipment or connection, {})
        begins = reason not in heard
        heard[reason] = self._clock.now().steady
        if begins:
            log.warning("message.discarded", connection=connection, equipment=equipment, reason=reason)

    async def safe(self) -> None:
        """Everything taken so far is committed and durable, as far as there are outlets that keep it."""
        if self.safekeeping is not None:
            await self.safekeeping.reached()

    def state(self, point: str, value: Value | None) -> None:
        """A person states what a point is at, or lets its device speak again (None). Judged at once, and shown."""
        equipment, _, key = point.partition(".")
        latest = self._latest[equipment]
        latest.state(key, value)
        if self.judge:
            self.judge.judge(equipment, latest, self._clock.now())
        if self.watched():
            self.show(latest.reading(key))

    # Time

    def tick(self, now: Instant) -> None:
        """Mark what has grown too old since it was heard."""
        while self._stale and self._stale[0][0] < now.steady:
            due, equipment = heapq.heappop(self._stale)
            if self._next_look.get(equipment) != due:
                continue  # an earlier look took its place
            del self._next_look[equipment]
            latest = self._latest[equipment]
            marked = latest.age(now)
            if marked is not None:  # else nothing moved, and no rule has anything new to look at
                self._moved(latest, marked, now)
            self._expect(equipment)

    def _expect(self, equipment: str) -> None:
        """Look at it when the next of its points may grow too old: later ones are found then."""
        latest = self._latest[equipment]
        latest.revived = False
        due = latest.next_stale()
        if due is None or self._next_look.get(equipment, math.inf) <= due:
            return
        self._next_look[equipment] = due
        heapq.heappush(self._stale, (due, equipment))

    # Outlets

    def _heard(self, equipment: str) -> None:
        heard = self._unusable[equipment]
        now = self._clock.now().steady
        for reason in [reason for reason, at in heard.items() if now - at >= CALM]:
            del heard[reason]
            log.info("message.usable_again", equipment=equipment, was=reason)

    def _moved(self, latest: Latest, marked: Scan | None, now: Instant) -> None:
        """No reading came, only time or the link changed: every rule is looked at."""
        if latest.revived:
            self._expect(latest.plan.equipment)
        if self.judge:
            self.judge.judge(latest.plan.equipment, latest, now, scanned=False)
        if marked is not None:
            self._tell(latest, marked, [i for i, value in enumerate(marked.values) if value is not ABSENT])

    def _tell(self, latest: Latest, scan: Scan, changed: Sequence[int]) -> None:
        """History and whoever watches."""
        self._store(scan, changed)
        if changed and self.watched():
            for i in changed:
                self.show(latest.reading(latest.plan.shape[i].key))

    def _store(self, scan: Scan, changed: Sequence[int] | None = None) -> None:
        if not self.keep:
            return
        try:
            self.keep.take(scan, changed)
        except OSError as error:
            self._not_kept(error)

    def settle(self, keeping: Callable[[], None]) -> None:
        """Let history write what it held back; its fault is told as that of a scan is."""
        try:
            keeping()
        except OSError as error:
            self._not_kept(error)

    def _not_kept(self, error: OSError) -> None:
        """The spool's disk: selfwatch alarms about it, judging goes on."""
        self._tally.add("history_errors_total")
        self.discarded("history", None, f"not kept: {error.strerror or error}")
