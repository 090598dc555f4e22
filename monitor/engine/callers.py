"""Who dials in at a connection: counted, kept for people to see, and asked at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from monitor.engine.tally import Tally
from monitor.ports import Clock, TurnedAway

STRANGERS: Final = 10
"""Different strangers that are remembered, the newest; all are counted."""
CONTEST: Final = 3
"""So many replacements of one name within `CONTEST_SPAN` are no modem that lost its way, but two with one name."""
CONTEST_SPAN: Final = 300.0
"""Seconds."""

log = structlog.get_logger("callers")


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who was sent away. `said` and `peer` are a stranger's words."""

    said: str
    peer: str
    why: TurnedAway
    times: int
    last: float
    """POSIX seconds."""


@dataclass(frozen=True, slots=True)
class CallersHealth:
    """Who dialled in since the start of this configuration."""

    present: int
    """Devices connected now."""
    arrived: int
    replaced: int
    """Of those who arrived: how many took the place of a connection under the same name."""
    refused: int
    contested: tuple[str, ...]
    """Names that two devices seem to have: they replace each other again and again."""
    strangers: tuple[Stranger, ...]
    """The last ones sent away, newest first."""


class Callers:
    """Implements ports.Reception."""

    def __init__(self, connection: str, clock: Clock, tally: Tally) -> None:
        self._id = connection
        self._clock = clock
        self._tally = tally
        self._present: set[str] = set()
        self._arrived = self._replaced = self._refused = 0
        self._replacements: dict[str, deque[float]] = {}
        self._contested: set[str] = set()
        self._strangers: dict[tuple[str, str, TurnedAway], Stranger] = {}
        self._waiting: dict[str, None] = {}
        self._called = asyncio.Event()

    async def next(self) -> Sequence[str]:
        """Wait for equipment whose device has dialled in; all that has since it was last asked for."""
        await self._called.wait()
        self._called.clear()
        waiting, self._waiting = tuple(self._waiting), {}
        return waiting

    def arrived(self, name: str, equipment: Sequence[str], *, replaces: bool) -> None:
        """As in the port."""
        self._arrived += 1
        self._present.add(name)
        self._count("replaced" if replaces else "arrived")
        if replaces:
            self._replaced += 1
            self._note_replacement(name)
        self._waiting.update(dict.fromkeys(equipment))
        self._called.set()

    def left(self, name: str) -> None:
        """As in the port."""
        self._present.discard(name)

    def turned_away(self, why: TurnedAway, said: str, peer: str) -> None:
        """As in the port."""
        self._refused += 1
        self._count(why)
        key = said, peer, why
        before = self._strangers.pop(key, None) or Stranger(said, peer, why, 0, 0.0)
        now = self._clock.now().wall
        self._strangers[key] = replace(before, times=before.times + 1, last=now)
        if len(self._strangers) > STRANGERS:
            del self._strangers[next(iter(self._strangers))]

    def health(self, now: float) -> CallersHealth:
        """As it stands at steady time `now`."""
        return CallersHealth(
            len(self._present),
            self._arrived,
            self._replaced,
            self._refused,
            tuple(sorted(name for name in self._replacements if self._is_contested(name, now))),
            tuple(reversed(self._strangers.values())),
        )

    def _note_replacement(self, name: str) -> None:
        now = self._clock.now().steady
        self._replacements.setdefault(name, deque(maxlen=CONTEST)).append(now)
        contested = self._is_contested(name, now)
        if contested and name not in self._contested:
            log.warning("callers.two_with_one_name", connection=self._id, name=name)
        (self._contested.add if contested else self._contested.discard)(name)

    def _is_contested(self, name: str, now: float) -> bool:
        lately = self._replacements[name]
        return len(lately) == CONTEST and now - lately[0] <= CONTEST_SPAN

    def _count(self, outcome: str) -> None:
        self._tally.add("callers_total", connection=self._id, outcome=outcome)
