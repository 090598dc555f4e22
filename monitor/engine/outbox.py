"""The messages at hand: an index in memory over stored rows, so that nobody searches for what is due next."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable
from typing import TypeVar

from monitor.domain.notification import Delivery, Notification

K = TypeVar("K", bound=Hashable)


class Outbox:
    """Rows by id, by alarm, by code and by reference; per channel a heap of what waits and one of what is due.

    Heap entries are never removed, only outlived: an entry counts while its row still waits for exactly that time.
    """

    def __init__(self) -> None:
        self._rows: dict[str, Notification] = {}
        self._by_alarm: dict[str, set[str]] = {}
        self._by_code: dict[str, set[str]] = {}
        self._by_reader: dict[tuple[str, str], set[str]] = {}
        self._by_reference: dict[tuple[str, str], set[str]] = {}
        self._later: dict[str, list[tuple[float, str]]] = {}
        self._ready: dict[str, list[tuple[int, float, str]]] = {}
        self._busy: set[str] = set()
        self._unfinished: dict[str, float] = {}

    def __contains__(self, id_: str) -> bool:
        return id_ in self._rows

    @property
    def depth(self) -> int:
        """Messages that are not finished."""
        return len(self._unfinished)

    @property
    def oldest_due(self) -> float | None:
        """Steady time (s) at which the oldest unfinished message was due for the first time; None when there is none."""
        return min(self._unfinished.values(), default=None)

    def states(self) -> dict[tuple[str, Delivery], int]:
        """How many rows at hand are in each state, by channel."""
        return Counter((row.channel, row.state) for row in self._rows.values())

    @property
    def channels(self) -> set[str]:
        """Channels that any row was meant for."""
        return set(self._later)

    def put(self, row: Notification) -> None:
        """Take a row as it now is."""
        self._index_by_code_and_reader(row)
        self._rows[row.id] = row
        self._by_alarm.setdefault(row.alarm, set()).add(row.id)
        if row.reference:
            self._by_reference.setdefault((row.channel, row.reference), set()).add(row.id)
        if row.state.finished:
            self._unfinished.pop(row.id, None)
        else:
            # A retry moves `due` on; how long the person has been waiting is told by when it was due first.
            known = row.due if row.state is Delivery.WAITING else self._unfinished.get(row.id, row.due)
            self._unfinished[row.id] = min(known, row.due)
            heapq.heappush(self._later.setdefault(row.channel, []), (row.due, row.id))

    def _index_by_code_and_reader(self, row: Notification) -> None:
        before = self._rows.get(row.id)
        if before is not None and before.code != row.code:
            _drop(self._by_code, before.code, row.id)
        if row.code:
            self._by_code.setdefault(row.code, set()).add(row.id)
        if before is not None and before.recipient:
            _drop(self._by_reader, (before.recipient, before.channel), row.id)
        if row.recipient and not row.state.finished:
            self._by_reader.setdefault((row.recipient, row.channel), set()).add(row.id)

    def take(self, channel: str, steady: float, rank: Callable[[Notification], int]) -> Notification | None:
        """The most urgent row that is due on this channel, marked busy until `release`; None when nothing is."""
        later, ready = self._later.get(channel, []), self._ready.setdefault(channel, [])
        while later and later[0][0] <= steady:
            due, id_ = heapq.heappop(later)
            if self._waits(id_, due):
                heapq.heappush(ready, (rank(self._rows[id_]), due, id_))
        while ready:
            _, due, id_ = heapq.heappop(ready)
            if self._waits(id_, due):
                self._busy.add(id_)
                return self._rows[id_]
        return None

    def _waits(self, id_: str, due: float) -> bool:
        row = self._rows.get(id_)
        return row is not None and not row.state.finished and row.due == due and id_ not in self._busy

    def release(self, id_: str) -> None:
        """The row is no longer being worked on; if it is not finished it waits for its time again."""
        self._busy.discard(id_)
        row = self._rows.get(id_)
        if row and not row.state.finished:
            heapq.heappush(self._later.setdefault(row.channel, []), (row.due, id_))

    def next_due(self, channel: str) -> float | None:
        """Steady time (s) of the next row on a channel; may be earlier than true, never later."""
        later = self._later.get(channel)
        return later[0][0] if later else None

    def get(self, id_: str) -> Notification:
        """A row. Raises KeyError."""
        return self._rows[id_]

    def siblings(self, row: Notification) -> list[Notification]:
        """The other rows about the same alarm."""
        return [other for other in self.about(row.alarm) if other.id != row.id]

    def about(self, alarm: str) -> list[Notification]:
        """All rows about one alarm, by event and step."""
        rows = (self._rows[id_] for id_ in self._by_alarm.get(alarm, ()))
        return sorted(rows, key=lambda row: (row.event, row.step, row.id))

    def idle(self, alarm: str) -> Iterable[Notification]:
        """Unfinished rows about one alarm that nobody is sending at this moment."""
        return [row for row in self.about(alarm) if not row.state.finished and row.id not in self._busy]

    def with_code(self, code: str) -> list[Notification]:
        """Rows that carry a reply code."""
        return [self._rows[id_] for id_ in self._by_code.get(code, ())]

    @property
    def codes(self) -> Container[str]:
        """Reply codes in use."""
        return self._by_code.keys()

    def with_reference(self, channel: str, reference: str) -> list[Notification]:
        """The rows that a channel knows by this number: several when they went out as one text."""
        return [self._rows[id_] for id_ in self._by_reference.get((channel, reference), ())]

    def for_reader(self, recipient: str, channel: str) -> list[Notification]:
        """Unfinished rows made out to one person for one channel that nobody is sending at this moment."""
        ids = self._by_reader.get((recipient, channel), ())
        return [self._rows[id_] for id_ in sorted(ids) if id_ not in self._busy]

    def claim(self, rows: Iterable[Notification]) -> None:
        """Mark rows as being worked on, as `take` does; `release` each."""
        self._busy.update(row.id for row in rows)

    def shared(self, code: str) -> bool:
        """True for the code of one text about several alarms."""
        return len({self._rows[id_].alarm for id_ in self._by_code.get(code, ())}) > 1

    def forget(self, before: float, keep: Callable[[Notification], bool]) -> None:
        """Drop finished rows made before `before` (POSIX s) unless `keep` says otherwise; their codes are free again."""
        old = [r for r in self._rows.values() if r.state.finished and r.created_at < before and not keep(r)]
        for row in old:
            del self._rows[row.id]
            _drop(self._by_alarm, row.alarm, row.id)
            _drop(self._by_code, row.code, row.id)
            _drop(self._by_reference, (row.channel, row.reference), row.id)


def _drop(index: dict[K, set[str]], key: K, id_: str) -> None:
    ids = index.get(key)
    if ids:
        ids.discard(id_)
        if not ids:
            del index[key]
