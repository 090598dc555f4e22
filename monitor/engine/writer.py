"""The one journal writer: everybody queues, one loop commits in groups, and only then is the world told."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple

import structlog

from monitor.engine.tally import Tally
from monitor.ports import Change, Clock, Journal, Permanent, Transient

log = structlog.get_logger("writer")

GROUP = 100
"""Changes in one transaction at most while few wait, so that nobody waits for a long one. Groups form by themselves while a
commit is under way. More waiting than this is a flood."""
LARGEST = 500
"""Changes in one transaction when many wait: on a slow disk the syncs, not the rows, are what takes the time."""
RETRY = 1.0
"""Seconds between attempts while the journal cannot write."""
STALLED = 10.0
"""Seconds after which a commit that does not return counts as a journal that does not write."""
PATIENCE = 3.0
"""Seconds that a command waits for its commit before it is answered 'not stored'."""


class NotStored(Exception):
    """The change is queued and will be stored when the journal writes again, but is not durable yet."""


class Rejected(Exception):
    """The journal will never take this change: a fault of ours, written to the log whole."""


class _Entry(NamedTuple):
    change: Change
    done: asyncio.Future[None]
    urgent: bool


class JournalWriter:
    """Keeps the order of submission, whatever the journal does, but for one thing: in a flood (more waits than one group
    takes) what somebody waits for goes first, together with all that waits before it about the same alarms, messages,
    orders and windows. So what happened to one thing is always stored and told in the order in which it happened.

    `on_commit` listeners are called in order with each change that has become durable; they must not block.
    """

    def __init__(self, journal: Journal, clock: Clock, tally: Tally) -> None:
        self._journal = journal
        self._clock = clock
        self._tally = tally
        self._queue: deque[_Entry] = deque()
        self._urgent = 0
        self._wake = asyncio.Event()
        self.on_commit: list[Callable[[Change], None]] = []
        self.on_trouble: Callable[[bool], None] = lambda _: None
        self.ok = True
        self._waiting_since: float | None = None

    def healthy(self) -> bool:
        """Commits succeed, and none has been under way for longer than 10 s."""
        since = self._waiting_since
        return self.ok and (since is None or self._clock.now().steady - since < STALLED)

    @property
    def depth(self) -> int:
        """Changes that wait for their commit."""
        return len(self._queue)

    def submit(self, change: Change, *, urgent: bool = False) -> asyncio.Future[None]:
        """Queue a change; the future resolves after its durable commit (or fails with Rejected).

        `urgent` is for what a person waits for.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.add_done_callback(_seen)
        self._queue.append(_Entry(change, done, urgent))
        self._urgent += urgent
        self._wake.set()
        return done

    async def write(self, change: Change) -> None:
        """Queue a change and wait for it. Raises NotStored after 3 s; the change stays queued."""
        await self.settled(self.submit(change, urgent=True))

    async def settled(self, done: asyncio.Future[None]) -> None:
        """Wait for a submitted change as `write` does."""
        try:
            await asyncio.wait_for(asyncio.shield(done), PATIENCE)
        except TimeoutError:
            raise NotStored("the journal does not write; the change is queued") from None

    async def caught_up(self) -> None:
        """Wait until everything submitted so far, whatever overtakes it, is committed (or rejected: the log says so)."""
        if self._queue:
            await asyncio.wait([entry.done for entry in self._queue])

    async def run(self) -> None:
        """Commit for ever. Never ends by itself."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._group()

    async def drain(self) -> None:
        """Commit what is queued, once, for a clean stop; what cannot be written is logged."""
        while self._queue:
            before = len(self._queue)
            await self._group()
            if len(self._queue) == before:
                log.error("journal.stopped_unwritten", changes=before)
                return

    async def _group(self) -> None:
        self._put_urgent_first()
        group = self._next_group()
        started = self._waiting_since = self._clock.now().steady
        watch = asyncio.create_task(self._stalled())
        try:
            await self._journal.commit([entry.change for entry in group])
        except Transient as error:
            await self._trouble(str(error))
        except Permanent as error:
            await self._refused(group, error)
        else:
            self._committed(group, self._clock.now().steady - started)
        finally:
            watch.cancel()
            self._waiting_since = None

    def _put_urgent_first(self) -> None:
        """In a flood only: else everything goes in order, and no number is stored before a lower one."""
        if not self._urgent or len(self._queue) <= GROUP:
            return
        first: list[_Entry] = []
        others: list[_Entry] = []
        wanted: set[str] = set()
        for entry in reversed(self._queue):
            about = _about(entry.change) if entry.urgent or wanted else ()
            if entry.urgent or not wanted.isdisjoint(about):
                wanted.update(about)
                first.append(entry)
            else:
                others.append(entry)
        self._queue = deque((*reversed(first), *reversed(others)))

    def _next_group(self) -> list[_Entry]:
        """The next changes in order. Those that somebody waits for are not held up by the bulk behind them."""
        waiting = len(self._queue)
        group = list(islice(self._queue, min(LARGEST, max(GROUP, waiting // 4))))
        if not self._urgent or waiting <= GROUP:
            return group
        last = max((i for i, entry in enumerate(group) if entry.urgent), default=len(group) - 1)
        return group[: last + 1]

    async def _stalled(self) -> None:
        """A commit that never returns, on a disk that hangs, is one that failed: people must see what is not stored."""
        await self._clock.sleep(STALLED)
        self._failing(f"no commit in {STALLED:g} s")

    def _failing(self, reason: str) -> None:
        if self.ok:
            self.ok = False
            log.error("journal.does_not_write", reason=reason)
            self.on_trouble(True)

    def _committed(self, group: list[_Entry], seconds: float) -> None:
        for _ in group:
            self._forget_first()
        self._tally.add("journal_commits_total")
        self._tally.add("journal_changes_total", len(group))
        self._tally.observe("journal_commit_seconds", seconds)
        self._tally.set("journal_queue_depth", len(self._queue))
        if not self.ok:
            self.ok = True
            log.warning("journal.writes_again")
            self.on_trouble(False)
        for entry in group:
            self._resolve(entry)

    def _resolve(self, entry: _Entry) -> None:
        if not entry.done.done():
            entry.done.set_result(None)
        for listener in self.on_commit:
            try:
                listener(entry.change)
            except Exception:  # a listener's fault must never stop the journal
                log.exception("journal.listener_failed", listener=getattr(listener, "__qualname__", "?"))
                self._tally.add("listener_errors_total")

    async def _trouble(self, reason: str) -> None:
        self._tally.add("journal_errors_total")
        self._tally.set("journal_queue_depth", len(self._queue))
        self._failing(reason)
        await self._clock.sleep(RETRY)

    async def _refused(self, group: list[_Entry], error: Permanent) -> None:
        """Is it the journal that is broken, or one change? An empty commit and single ones tell."""
        try:
            await self._journal.commit([Change()])
        except (Transient, Permanent):
            await self._trouble(str(error))
            return
        if len(group) > 1:
            for entry in group:
                await self._alone(entry)
        else:
            self._reject(group[0], error)

    async def _alone(self, entry: _Entry) -> None:
        started = self._clock.now().steady
        while True:
            try:
                await self._journal.commit([entry.change])
            except Transient as error:
                await self._trouble(str(error))
            except Permanent as error:
                self._reject(entry, error)
                return
            else:
                self._committed([entry], self._clock.now().steady - started)
                return

    def _forget_first(self) -> None:
        self._urgent -= self._queue.popleft().urgent

    def _reject(self, entry: _Entry, error: Permanent) -> None:
        self._forget_first()
        self._tally.add("journal_rejected_total")
        log.critical("journal.rejected_a_change", reason=str(error), change=repr(entry.change))
        if not entry.done.done():
            entry.done.set_exception(Rejected(str(error)))


def _about(change: Change) -> Iterable[str]:
    """Ids of the things whose order counts. They are of different kinds; one that two kinds share only binds more."""
    return (
        *(event.alarm for event in change.events),
        *(alarm.id for alarm in change.alarms),
        *(message.id for message in change.notifications),
        *(message.id for message in change.inbound),
        *(window.id for window in change.windows),
        *(scan.client_id for scan in change.scans),
        *(order.id for order in change.orders),
        *change.marks,
    )


def _seen(done: asyncio.Future[None]) -> None:
    """Most submitters do not wait; a rejection is logged where it happens, so the future's own warning is noise."""
    if not done.cancelled():
        done.exception()
