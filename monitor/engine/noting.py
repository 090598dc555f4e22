"""A human action that changes nothing else, written into the audit."""

from __future__ import annotations

from monitor.domain.people import AuditEntry
from monitor.engine.writer import JournalWriter
from monitor.ports import Change, Clock


class Noting:
    """Who took what out of the house is part of the record."""

    def __init__(self, writer: JournalWriter, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock

    async def note(self, actor: str, action: str, subject: str, detail: str = "") -> None:
        """Returns when it is durable. Raises NotStored."""
        entry = AuditEntry(self._clock.now().wall, actor, action, subject, detail)
        await self._writer.write(Change(audit=(entry,)))
