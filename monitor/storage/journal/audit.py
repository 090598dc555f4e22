"""The audit: every human action, each row bound to the one before it by a hash.

Changing, removing, adding or swapping rows inside the chain breaks it where it was done. A cut tail shows against
the head kept in table `heads`. Whoever rewrites the rows, all hashes after them *and* the head leaves no trace in
the database itself: that shows only against a head noted elsewhere (`verify(noted=...)`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor.domain.audit import GENESIS, AuditHead, AuditRow, digest
from monitor.domain.people import AuditEntry
from monitor.storage.journal.columns import storable
from monitor.storage.journal.tables import audit, heads


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What checking the chain found. `broken_at` is the number of the first row that is wrong or missing."""

    rows: int
    head: AuditHead
    broken_at: int | None = None
    reason: str = ""

    @property
    def ok(self) -> bool:
        """True when every row is as it was written, and none is missing as far as the database can tell."""
        return self.broken_at is None


async def append(connection: AsyncConnection, entries: Sequence[AuditEntry]) -> None:
    """Chain the entries to the stored head, within the caller's transaction."""
    if not entries:
        return
    # The head row is locked: a command line and the daemon may both write.
    found = await connection.execute(select(heads).where(heads.c.name == "audit").with_for_update())
    stored = found.one()
    number, previous = stored.number, stored.hash
    rows = []
    for entry in map(_as_stored, entries):
        number += 1
        row = AuditRow(
            number,
            entry.at,
            entry.actor,
            entry.action,
            entry.subject,
            entry.detail,
            previous,
            digest(number, entry, previous),
        )
        previous = row.hash
        rows.append({name: getattr(row, name) for name in audit.columns.keys()})  # noqa: SIM118
    await connection.execute(insert(audit), rows)
    await connection.execute(
        update(heads).where(heads.c.name == "audit").values(number=number, hash=previous)
    )


def _as_stored(entry: AuditEntry) -> AuditEntry:
    """The entry as it will be read back: hashes are over what is stored."""
    return AuditEntry(
        float(entry.at),
        storable(entry.actor),
        storable(entry.action),
        storable(entry.subject),
        storable(entry.detail),
    )


async def verify(connection: AsyncConnection, noted: AuditHead | None = None) -> AuditReport:
    """Check the whole chain; `noted` is a head written down earlier, elsewhere."""
    chain = Chain(noted)
    async with connection.stream(select(audit).order_by(audit.c.number)) as rows:
        async for row in rows:
            chain.look(AuditRow(**row._mapping))
    found = await connection.execute(select(heads).where(heads.c.name == "audit"))
    kept = found.one_or_none()
    return chain.end(AuditHead(kept.number, kept.hash) if kept else None)


class Chain:
    """Checks rows in order and remembers the first that is wrong."""

    def __init__(self, noted: AuditHead | None) -> None:
        self._noted = noted
        self._rows = 0
        self._last = AuditHead(0, GENESIS)
        self._broken: tuple[int, str] | None = None

    def look(self, row: AuditRow) -> None:
        """The next row by number."""
        self._rows += 1
        if self._broken is None:
            self._broken = self._fault(row)
        self._last = AuditHead(row.number, row.hash)

    def end(self, kept: AuditHead | None) -> AuditReport:
        """All rows were seen; `kept` is the head the database remembers."""
        if self._broken is None:
            self._broken = self._fault_at_end(kept)
        number, reason = self._broken or (None, "")
        return AuditReport(self._rows, self._last, number, reason)

    def _fault(self, row: AuditRow) -> tuple[int, str] | None:
        expected = self._last.number + 1
        if row.number != expected:
            return expected, f"row {expected} is missing"
        if row.previous != self._last.hash:
            return row.number, f"row {row.number} does not follow row {row.number - 1}"
        entry = AuditEntry(row.at, row.actor, row.action, row.subject, row.detail)
        if digest(row.number, entry, row.previous) != row.hash:
            return row.number, f"row {row.number} was changed"
        if self._noted and row.number == self._noted.number and row.hash != self._noted.hash:
            return row.number, f"row {row.number} is not the one that was noted: the chain was rewritten"
        return None

    def _fault_at_end(self, kept: AuditHead | None) -> tuple[int, str] | None:
        last = self._last.number
        if kept is None:
            return last + 1, "the head of the chain is missing"
        if kept.number > last:
            return last + 1, f"rows {last + 1} to {kept.number} are missing at the end"
        if kept != self._last:
            return kept.number + 1, f"the chain goes on after its head at row {kept.number}"
        if self._noted and self._noted.number > last:
            return (
                last + 1,
                f"rows {last + 1} to {self._noted.number}, which were noted, are missing at the end",
            )
        return None
