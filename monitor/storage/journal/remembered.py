"""Who was let in lately: while the database is away, those people still see the alarms, and programs theirs."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import NamedTuple

from monitor.ports import Transient
from monitor.storage.journal.account import Account

PATIENCE = 1.0
"""Seconds that somebody known waits for a database that gives no answer."""
AWAY = 2.0
"""Seconds after a failure in which the database is not asked again for somebody known."""
MOST = 1000


class Entry(NamedTuple):
    """An account, and until when (POSIX seconds) its session or token lasts; None for one without an end."""

    account: Account
    until: float | None


Look = Callable[[], Awaitable[Entry | None]]


class Remembered:
    """Answers of the database by the hash of a secret. The database is always asked first, and what it says counts."""

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float] = monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._known: OrderedDict[str, Entry] = OrderedDict()
        self._away_until = float("-inf")

    async def account(self, hash_: str, look: Look) -> Account | None:
        """Whom `look` finds, else, while it raises Transient, who was found before. Raises Transient for a stranger."""
        known = self._known.get(hash_)
        if known is None or (known.until is not None and known.until <= self._wall()):
            return self._learn(hash_, await look())
        if self._steady() < self._away_until:
            return known.account
        try:
            return self._learn(hash_, await _soon(look()))
        except Transient:
            self._away_until = self._steady() + AWAY
            return known.account

    def _learn(self, hash_: str, found: Entry | None) -> Account | None:
        self._known.pop(hash_, None)
        if found is None:
            return None
        self._known[hash_] = found
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return found.account


async def _soon(looking: Awaitable[Entry | None]) -> Entry | None:
    """The answer, or Transient after a second; what is under way then ends by itself."""
    task = asyncio.ensure_future(looking)
    done, _ = await asyncio.wait({task}, timeout=PATIENCE)
    if not done:
        task.add_done_callback(_seen)
        raise Transient("the database gives no answer")
    return task.result()


def _seen(task: asyncio.Future[Entry | None]) -> None:
    if not task.cancelled():
        task.exception()
