"""The latest of everything, for people who look: readings, alarms, messages. Latest wins; nothing here is the truth."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from monitor.domain.alarm import Alarm, AlarmState
from monitor.domain.notification import Notification
from monitor.domain.reading import Reading
from monitor.domain.rules import AlarmRule
from monitor.ports import Change
from monitor.settings.site import Equipment


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm with what a person needs beside it."""

    alarm: Alarm
    rule: AlarmRule
    equipment: Equipment | None
    stored: bool = True
    """False while the journal has not taken its latest change."""
    notifications: tuple[Notification, ...] = ()
    """Messages about this occurrence."""


class Update(NamedTuple):
    """Something is now so. `item` is None when it is gone (an alarm that is normal again)."""

    topic: str
    id: str
    item: Any


BEHIND = 20_000
"""Events and messages that may wait for one reader: unlike things, which overwrite themselves, they would pile up."""
_ONE_BY_ONE = frozenset({"event", "notification", "inbound"})


class Subscription:
    """One reader. Keeps at most one update per thing, so that a slow reader sees the latest and never falls behind for ever.

    One that takes nothing at all, such as a browser on a sleeping machine, is let go of: it comes back for a new snapshot.
    """

    def __init__(self, snapshot: list[Update], leave: Callable[[Subscription], None]) -> None:
        self.snapshot = snapshot
        self._leave = leave
        self._waiting: dict[tuple[str, str], Update] = {}
        self._wake = asyncio.Event()
        self._behind = 0
        self._over = False

    def offer(self, update: Update) -> None:
        """Take an update; an older one of the same thing is overwritten."""
        self._waiting[(update.topic, update.id)] = update
        self._behind += update.topic in _ONE_BY_ONE
        if self._behind > BEHIND:
            self._over = True
            self._waiting = {}
            self.close()
        self._wake.set()

    async def __aiter__(self) -> AsyncIterator[Update]:
        """Updates as they come, until cancellation or until it has fallen too far behind."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._over:
                return
            batch, self._waiting, self._behind = self._waiting, {}, 0
            for update in batch.values():
                yield update

    def close(self) -> None:
        """Stop receiving; idempotent."""
        self._leave(self)


class Live:
    """Kept by the engine, read by the console."""

    def __init__(
        self,
        rules: Mapping[str, AlarmRule],
        equipment: Mapping[str, Equipment],
        read: Callable[[str], tuple[Reading, ...]],
        read_one: Callable[[str], Reading | None],
    ) -> None:
        self._rules = rules
        self._equipment = equipment
        self._read = read
        self._read_one = read_one
        self._alarms: dict[str, AlarmView] = {}
        self._doubtful: set[str] = set()
        self._told: dict[tuple[str, int], dict[str, Notification]] = {}
        self._items: dict[tuple[str, str], Any] = {}
        self._readers: set[Subscription] = set()
        self.related: Callable[[str], Iterable[str]] = lambda _: ()
        """The alarms whose place in the list may change with one: its headlines, and what stands under it."""

    # Reading

    def reading(self, point: str) -> Reading | None:
        """The latest reading of `equipment.point`; None when there is no such point."""
        return self._read_one(point)

    def readings(self, equipment: str) -> tuple[Reading, ...]:
        """The latest readings of one equipment, in its plan's order."""
        return self._read(equipment)

    def alarms(self) -> tuple[AlarmView, ...]:
        """All that are not NORM: unacknowledged before acknowledged, most urgent first, newest first."""
        return tuple(sorted(self._alarms.values(), key=_urgency))

    def alarm(self, alarm: str) -> AlarmView | None:
        """One alarm that is not NORM."""
        return self._alarms.get(alarm)

    def subscribe(self) -> Subscription:
        """A full snapshot of alarms and named items, then changes (readings come as they change)."""
        snapshot = [Update("alarm", view.alarm.id, view) for view in self.alarms()]
        snapshot += [Update(topic, id_, item) for (topic, id_), item in self._items.items()]
        reader = Subscription(snapshot, self._readers.discard)
        self._readers.add(reader)
        return reader

    @property
    def watched(self) -> bool:
        """True while anybody looks, so that readings are worth announcing."""
        return bool(self._readers)

    @property
    def readers(self) -> int:
        """How many look."""
        return len(self._readers)

    # Writing

    def publish(self, topic: str, id_: str, item: object, *, keep: bool = True) -> None:
        """Say that something is now so. Kept items are part of later snapshots; None removes one."""
        if keep and topic != "reading":
            if item is None:
                self._items.pop((topic, id_), None)
            else:
                self._items[(topic, id_)] = item
        self._announce(Update(topic, id_, item))

    def show(self, alarm: Alarm, *, stored: bool) -> None:
        """An alarm is now so; `stored` tells whether the journal has it.

        Whether its data can say is what `doubt` said last: that changes without an event, so what was committed may
        be older.
        """
        alarm = replace(alarm, frozen=alarm.id in self._doubtful)
        before = self._alarms.get(alarm.id)
        if before is not None and before.alarm.occurrence != alarm.occurrence:
            self._told.pop((alarm.id, before.alarm.occurrence), None)
        if alarm.state is AlarmState.NORM:
            self._alarms.pop(alarm.id, None)
            self._told.pop((alarm.id, alarm.occurrence), None)
            self._announce(Update("alarm", alarm.id, None))
            self._announce_related(alarm.id)
            return
        rule = self._rules[alarm.id]
        told = tuple(self._told.get((alarm.id, alarm.occurrence), {}).values())
        view = AlarmView(alarm, rule, self._equipment.get(rule.equipment), stored, told)
        self._alarms[alarm.id] = view
        self._announce(Update("alarm", alarm.id, view))
        self._announce_related(alarm.id)

    def _announce_related(self, alarm: str) -> None:
        for other in self.related(alarm):
            if other in self._alarms:
                self._announce(Update("alarm", other, self._alarms[other]))

    def again(self, alarm: str) -> None:
        """Show an alarm once more: what people see beside it has changed."""
        if alarm in self._alarms:
            self._announce(Update("alarm", alarm, self._alarms[alarm]))

    def doubt(self, alarm: str, frozen: bool) -> None:
        """The data of an alarm cannot say whether it holds, or can again: nothing for the record, much for people."""
        (self._doubtful.add if frozen else self._doubtful.discard)(alarm)
        view = self._alarms.get(alarm)
        if view is not None and view.alarm.frozen is not frozen:
            self._alarms[alarm] = replace(view, alarm=replace(view.alarm, frozen=frozen))
            self._announce(Update("alarm", alarm, self._alarms[alarm]))

    def told(self, notification: Notification) -> None:
        """A message is now so."""
        by_id = self._told.setdefault((notification.alarm, notification.occurrence), {})
        by_id[notification.id] = notification
        view = self._alarms.get(notification.alarm)
        if view and view.alarm.occurrence == notification.occurrence:
            self._alarms[notification.alarm] = replace(view, notifications=tuple(by_id.values()))
            self._announce(Update("alarm", notification.alarm, self._alarms[notification.alarm]))
        elif view is None:
            del self._told[(notification.alarm, notification.occurrence)]
        self.publish("notification", notification.id, notification, keep=False)

    def committed(self, change: Change) -> None:
        """Show what has become durable."""
        for alarm in change.alarms:
            if alarm.id in self._rules:
                self.show(alarm, stored=True)
        for notification in change.notifications:
            self.told(notification)
        for inbound in change.inbound:
            self.publish("inbound", inbound.id, inbound, keep=False)
        for window in change.windows:
            self.publish("window", window.id, window, keep=False)
        for order in change.orders:
            self.publish("order", order.id, order, keep=False)
        for event in change.events:
            self.publish("event", str(event.sequence), event, keep=False)

    def _announce(self, update: Update) -> None:
        for reader in tuple(self._readers):
            reader.offer(update)


def _urgency(view: AlarmView) -> tuple[int, int, int, float]:
    hidden = view.alarm.suppressions.any
    return (int(hidden), int(view.alarm.acknowledged), view.alarm.priority.rank, -(view.alarm.raised_at or 0))
