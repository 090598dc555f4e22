"""The journal that a site's settings name."""

from __future__ import annotations

from pathlib import Path

from monitor.ports import Permanent
from monitor.settings.site import JournalSettings
from monitor.storage.journal.database import sqlite_file
from monitor.storage.journal.journal import SqlJournal


async def open_journal(settings: JournalSettings, state: Path, *, existing: bool = False) -> SqlJournal:
    """Open it with its username and password; `existing` refuses to make a SQLite file that is not there.

    Raises Transient when the server cannot be reached now, and Permanent for what a person must mend.
    """
    if existing and settings.url.startswith("sqlite:"):
        file = sqlite_file(settings.url, state)
        if not file.is_file():
            raise Permanent(f"{file}: there is no journal here; name its state directory by --state")
    password = settings.password.value if settings.password else None
    return await SqlJournal.open(settings.url, state, username=settings.username, password=password)
