"""The duty log: what no alarm says, written down by whoever saw it."""

from __future__ import annotations

from uuid import uuid4

from monitor.domain.dutylog import LogEntry
from monitor.domain.people import AuditEntry
from monitor.engine.writer import JournalWriter
from monitor.ports import Change, Clock


class DutyLog:
    """Entries are added, never changed: a mistake is mended by a further entry."""

    def __init__(self, writer: JournalWriter, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock

    async def write(self, actor: str, text: str, equipment: str = "") -> LogEntry:
        """Returns when the entry is durable. Raises ValueError for an empty text and NotStored."""
        if not text.strip():
            raise ValueError("text: an entry says something")
        now = self._clock.now()
        entry = LogEntry(uuid4().hex, now.wall, actor, text.strip(), equipment)
        audit = AuditEntry(now.wall, actor, "log", entry.id, equipment)
        await self._writer.write(Change(log=(entry,), audit=(audit,)))
        return entry
