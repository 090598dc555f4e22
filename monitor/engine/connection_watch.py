"""Whether each connection yields anything, and how it fares: looked at in turn, so that hundreds cost no pause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from math import ceil
from typing import Final, Protocol

from monitor.domain.instant import Instant
from monitor.domain.rules import Verdict
from monitor.engine.clockwork import SELDOM, TICK
from monitor.engine.health import ConnectionHealth
from monitor.engine.own_rules import silent_subject
from monitor.engine.tally import Number, Tally

ROUNDS: Final = SELDOM / TICK
"""Ticks in which each connection is looked at once."""


class Fares(Protocol):
    """A polled connection, as its poller knows it."""

    def health(self, now: Instant) -> ConnectionHealth: ...

    def yields_nothing(self, now: float) -> bool: ...


class Report(Protocol):
    """Who hears that a connection yields nothing (TRUE) or something (FALSE), and why."""

    def __call__(self, subject: str, verdict: Verdict, reason: str = "") -> None: ...


class ConnectionWatch:
    """`tick` belongs into the clock's loop. `fares` may be filled after construction."""

    def __init__(self, tally: Tally, report: Report) -> None:
        self.fares: dict[str, Fares] = {}
        self._tally = tally
        self._report = report
        self._silent: dict[str, bool] = {}
        self._links: dict[str, tuple[bool, str]] = {}
        self._turn: Iterator[str] = iter(())
        self._known = 0
        self._gauges: dict[tuple[str, str], Number] = {}

    def link(self, connection: str, up: bool, reason: str) -> None:
        """The way to it opened or closed."""
        self._links[connection] = up, "" if up else reason

    def state(self, connection: str) -> tuple[bool | None, str]:
        """Whether the way to a connection is open (None before the first try), and why not."""
        return self._links.get(connection, (None, ""))

    def health(self, now: Instant) -> Mapping[str, ConnectionHealth]:
        """Every polled connection now."""
        return {id_: one.health(now) for id_, one in self.fares.items()}

    def tick(self, now: Instant) -> None:
        """Look at the next few: each within five seconds."""
        if self._known != len(self.fares):
            self._known, self._turn = len(self.fares), cycle(tuple(self.fares))
        for id_ in islice(self._turn, ceil(self._known / ROUNDS)):
            self._look(id_, now)

    def _look(self, id_: str, now: Instant) -> None:
        one = self.fares[id_]
        silent = one.yields_nothing(now.steady)
        if silent is not self._silent.get(id_):
            self._silent[id_] = silent
            self._report(silent_subject(id_), Verdict.TRUE if silent else Verdict.FALSE, self.state(id_)[1])
        health = one.health(now)
        if health.error_rate is not None:
            self._set("connection_error_ratio", health.error_rate, id_)
        if health.last_good is not None:
            self._set("connection_good_timestamp_seconds", health.last_good, id_)
        if health.response_p50 is not None and health.response_p99 is not None:
            self._set("connection_response_p50_seconds", health.response_p50, id_)
            self._set("connection_response_p99_seconds", health.response_p99, id_)
        given_up = sum(each.given_up for each in health.equipment)
        self._set("connection_given_up", given_up, id_)
        if health.callers is not None:
            self._set("callers_present", health.callers.present, id_)

    def _set(self, name: str, value: float, connection: str) -> None:
        gauge = self._gauges.get((name, connection))
        if gauge is None:
            gauge = self._gauges[name, connection] = self._tally.gauge(name, connection=connection)
        gauge.value = value
