"""What a broker keeps for us while we are away, and that it forgot it: a gap that nobody else could notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol

import structlog

from monitor.domain.point import Value
from monitor.engine.session_rules import session_rule
from monitor.engine.tally import Tally
from monitor.ports import BrokerSession, Change, Clock

log = structlog.get_logger("sessions")

MARK = "session."
"""The journal remembers by these marks, one a connection, whose session a broker should be keeping."""


class Trip(Protocol):
    """Raises one incident of a rule."""

    def __call__(self, rule: str, value: Value) -> object: ...


class Sessions:
    """A session that a broker should have kept and has not: what was sent in between may be missing.

    `marks` are the journal's, `alive` is when the process before us last lived (POSIX seconds), `submit` commits.
    """

    def __init__(
        self,
        marks: Mapping[str, str],
        alive: float | None,
        clock: Clock,
        tally: Tally,
        submit: Callable[[Change], object],
        trip: Trip,
    ) -> None:
        self._known = {name.removeprefix(MARK): of for name, of in marks.items() if name.startswith(MARK)}
        self._alive = alive
        self._clock = clock
        self._tally = tally
        self._submit = submit
        self._trip = trip
        self._up: set[str] = set()
        self._until: dict[str, float] = {}

    def link(self, connection: str, up: bool) -> None:
        """The link came up, or ended: from there on only a session could hear for us."""
        if up:
            self._up.add(connection)
        elif connection in self._up:
            self._up.discard(connection)
            self._until[connection] = self._clock.now().wall

    def began(self, connection: str, session: BrokerSession) -> None:
        """A link began with this session."""
        expected = self._known.get(connection) == session.name
        self._known[connection] = session.name
        if not expected:
            self._submit(Change(marks={f"{MARK}{connection}": session.name}))
        elif not session.kept:
            self._lost(connection, session)

    def _lost(self, connection: str, session: BrokerSession) -> None:
        now = self._clock.now().wall
        since = self._until.get(connection, self._alive)
        gap = f"{_stamp(since) if since is not None else '..'}/{_stamp(now)}"
        log.warning("session.lost", connection=connection, session=session.name, missing=gap)
        self._tally.add("sessions_lost_total", connection=connection)
        self._trip(session_rule(connection).id, gap)


def _stamp(wall: float) -> str:
    """RFC 3339 to the second: `a/b` is an interval of ISO 8601, which needs no translation."""
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
