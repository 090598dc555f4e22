"""A child process that commits for ever and says after each commit how far it is: `python committer.py STATE FIRST`."""

import asyncio
import sys
from pathlib import Path

from monitor.domain.alarm import Alarm
from monitor.domain.people import AuditEntry
from monitor.domain.rules import Priority
from monitor.ports import Change
from monitor.storage.journal import SqlJournal
from tests.contracts.journal import a_notification, an_event

EVENTS = 5
"""Events of one change: one alarm row, one message and one audit entry go with them."""


def a_change(first: int) -> Change:
    """Events `first` up to `first + EVENTS - 1` and what belongs to them."""
    return Change(
        events=tuple(an_event(first + step) for step in range(EVENTS)),
        alarms=(Alarm("pit1.overflow", Priority.CRITICAL, occurrence=first),),
        notifications=(a_notification(f"n{first}", event=first),),
        audit=(AuditEntry(float(first), "li", "alarm.acknowledged", "pit1.overflow"),),
        marks={"last": str(first)},
    )


async def commit_for_ever(state: Path, first: int) -> None:
    """Commit one change after the other, telling the first number of each once it is durable."""
    journal = await SqlJournal.open("sqlite:journal.db", state)
    while True:
        await journal.commit([a_change(first)])
        print(first, flush=True)
        first += EVENTS


if __name__ == "__main__":
    asyncio.run(commit_for_ever(Path(sys.argv[1]), int(sys.argv[2])))
