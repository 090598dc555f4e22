"""What outlives us: the journal with the accounts in it, the historian, and the spool in front of it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

import structlog

from monitor.app import marks
from monitor.app.ground import Ground
from monitor.engine.exporting import Exports
from monitor.host import ServiceManager
from monitor.ports import Historian, Stored, Transient
from monitor.settings.site import Site
from monitor.storage.exporting import FileExporter
from monitor.storage.history import open_historian
from monitor.storage.introducing import introduce
from monitor.storage.journal import Accounts, SqlJournal, open_journal
from monitor.storage.spool import DiskSpool, Quarantine

log = structlog.get_logger("app")

PATIENCE = 60.0
"""Seconds that one attempt to open the journal may take."""


async def reach_journal(ground: Ground, service: ServiceManager, stop: asyncio.Event) -> SqlJournal | None:
    """The journal, waited for while its server is away; None when we are stopped meanwhile."""
    ground.state.mkdir(parents=True, exist_ok=True)
    pause = 1.0
    while not stop.is_set():
        try:
            return await open_journal(ground.site.journal, ground.state)
        except Transient as error:
            log.error("journal.not_reached", reason=str(error), retry_in=pause)
            service.waiting(f"waiting for the journal: {error}", pause + PATIENCE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            pause = min(pause * 2, 30.0)
    return None


@dataclass(frozen=True, slots=True)
class Stores:
    """All of it, open. `stored` is what stood in the journal when it was opened."""

    journal: SqlJournal
    stored: Stored
    accounts: Accounts
    historian: Historian
    quarantine: Quarantine
    spool: DiskSpool
    exporter: FileExporter
    exports: Exports
    site: Site

    @classmethod
    def open(
        cls, stack: contextlib.AsyncExitStack, ground: Ground, journal: SqlJournal, stored: Stored
    ) -> Stores:
        """Raises Permanent when history or spool cannot be opened at all."""
        site, state = ground.site, ground.state
        accounts = Accounts(journal.database)
        stack.callback(accounts.close)
        historian = open_historian(site.historian, state, site)
        stack.push_async_callback(historian.close)
        exporter = FileExporter(site.timezone)
        exports = Exports(exporter, historian, state / "exports", ground.clock)
        stack.push_async_callback(exports.close)
        quarantine = Quarantine(state / "quarantine.jsonl")
        spool = DiskSpool.open(state / "spool")
        stack.callback(spool.close)
        return cls(journal, stored, accounts, historian, quarantine, spool, exporter, exports, site)

    async def introduce(self) -> None:
        """Meet the historian: what it is, and whether it is another than before."""
        await introduce(self.historian, self.site.historian.url, self.stored.marks.get(marks.HISTORIAN))
