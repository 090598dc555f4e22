"""The horn falls silent in the console itself, at once; here is written who did it, where, and what was sounding.

Silencing is not acknowledging (ISA-18.2-2016 section 12): every alarm goes on waiting, and the next one sounds again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from monitor.domain.alarm import AlarmEvent
from monitor.domain.people import AuditEntry
from monitor.engine.writer import JournalWriter
from monitor.ports import Change, Clock

NAMED = 50
"""Alarms that the audit names; each has a row of its own in the record besides."""


class Heard(NamedTuple):
    """An alarm that sounded, as the console knew it."""

    alarm: str
    occurrence: int
    annunciation: int


class Alarms(Protocol):
    """What is asked of alarming."""

    def silenced(
        self, alarm: str, occurrence: int, annunciation: int, actor: str, where: str
    ) -> AlarmEvent | None: ...


class Silencing:
    """Writes the record of it."""

    def __init__(self, alarming: Alarms, writer: JournalWriter, clock: Clock) -> None:
        self._alarming = alarming
        self._writer = writer
        self._clock = clock

    async def silenced(self, actor: str, where: str, heard: Sequence[Heard], others: int) -> int:
        """In one commit: a row for each alarm that still waits as it was heard, and one line in the audit.

        `others` sounded as well and are only counted. Returns how many rows were written, once they are durable; raises
        NotStored.
        """
        rows = [row for one in heard if (row := self._alarming.silenced(*one, actor, where)) is not None]
        audit = AuditEntry(self._clock.now().wall, actor, "horn.silence", where, _what(heard, others))
        await self._writer.write(Change(events=tuple(rows), audit=(audit,)))
        return len(rows)


def _what(heard: Sequence[Heard], others: int) -> str:
    named = [f"{one.alarm}#{one.occurrence}.{one.annunciation}" for one in heard[:NAMED]]
    more = len(heard) - len(named) + others
    return ", ".join(named) + (f" and {more} more" if more else "")
