"""The outbox at work: one loop per channel picks what is due, most urgent first; receipts and replies come back."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, Protocol, cast

from monitor.domain import escalation
from monitor.domain.duty import Roster
from monitor.domain.escalation import Policy
from monitor.domain.notification import Delivery, Notification
from monitor.domain.pacing import Allowance
from monitor.domain.rules import Priority
from monitor.domain.wording import Wording
from monitor.engine import delivering, inbox
from monitor.engine.addressing import Addressing
from monitor.engine.delivering import ANSWER_WITHIN, Delivering
from monitor.engine.inbox import Inbox
from monitor.engine.ledger import Ledger
from monitor.engine.orders import Writer
from monitor.engine.outbox import Outbox
from monitor.engine.tally import Tally
from monitor.engine.troubles import CHANNEL, Troubles
from monitor.ports import Change, Clock, Heard, Listener, Notifier, Receipt, Stored
from monitor.settings.site import Equipment, Site

IN_FLIGHT = 4
"""Messages that one channel is handed at the same time."""
LOOK_AGAIN = 15.0
"""Seconds at most between two turns of a channel's idle loop, so that its life can be watched."""
SLOWEST_TURN = ANSWER_WITHIN + LOOK_AGAIN + 15.0
"""Seconds that one turn may take while every message in flight waits for its answer."""
MIND = 60.0
"""Seconds between looks at the roster and at what may be forgotten."""
MEMORY = 3 * 86_400.0
"""Seconds that finished messages are kept at hand for receipts and replies."""
NO_CONSOLE = "no_console"
"""Why steps were brought forward."""
EARLY = 1000
"""Receipts kept that came before the answer they belong to."""


class Alarms(delivering.Alarms, inbox.Commands, Protocol):
    """What is asked of alarming."""


class Dispatching:
    """One loop per channel: a slow channel delays only itself. The most urgent alarm is told first."""

    def __init__(
        self,
        roster: Roster,
        notifiers: Mapping[str, Notifier],
        *,
        writer: Writer,
        alarming: Alarms,
        clock: Clock,
        wording: Wording,
        tally: Tally,
        equipment: Mapping[str, Equipment] | None = None,
        policies: Sequence[Policy] = (),
        allowances: Mapping[str, Allowance] | None = None,
    ) -> None:
        self._roster = roster
        self._notifiers = notifiers
        self._equipment = equipment or {}
        self._policies = policies
        self._writer = writer
        self._alarming = alarming
        self._clock = clock
        self._tally = tally
        self._outbox = Outbox()
        self._inbox = Inbox(roster.people, self._outbox, writer=writer, alarming=alarming, clock=clock)
        self._wake = {channel: asyncio.Event() for channel in notifiers}
        self._early: OrderedDict[tuple[str, str], Receipt] = OrderedDict()
        self._troubles = Troubles(roster, alarming)
        self._ledger = Ledger(allowances or {}, wording.timezone)
        self._delivering = Delivering(
            self._outbox,
            Addressing(roster, self._equipment, wording, self._outbox),
            self._troubles,
            self._ledger,
            writer=writer,
            alarming=alarming,
            clock=clock,
            tally=tally,
            wake=self._wake_up,
            early=lambda channel, reference: self._early.pop((channel, reference), None),
            stand_ins=self._stand_ins,
        )
        self._turned = {channel: clock.now().steady for channel in notifiers}

    @classmethod
    def of_site(
        cls,
        site: Site,
        notifiers: Mapping[str, Notifier],
        writer: Writer,
        alarming: Alarms,
        clock: Clock,
        tally: Tally,
    ) -> Dispatching:
        """As the site's configuration says; a channel's `signature` setting stands in front of its messages."""
        signatures = {
            id_: str(getattr(channel.settings, "signature", "") or "")
            for id_, channel in site.channels.items()
        }
        return cls(
            site.roster,
            notifiers,
            writer=writer,
            alarming=alarming,
            clock=clock,
            wording=Wording(site.language, site.timezone, signatures, clocks=site.grade.clocks),
            tally=tally,
            equipment=site.equipment,
            policies=site.policies,
            allowances={id_: _allowance(channel.settings) for id_, channel in site.channels.items()},
        )

    @property
    def turned_at(self) -> float:
        """Steady time (s) at which the slowest channel's loop last turned; a turn takes `SLOWEST_TURN` at most."""
        return min(self._turned.values(), default=self._clock.now().steady)

    @property
    def oldest_due(self) -> float | None:
        """Steady time (s) at which the oldest message that is not handed over yet was due; None when there is none."""
        return self._outbox.oldest_due

    def measure(self) -> None:
        """State how many messages are in which state."""
        states = self._outbox.states()
        for channel in self._notifiers:
            for state in Delivery:
                self._tally.set(
                    "outbox_messages", states.get((channel, state), 0), channel=channel, state=state.value
                )

    # Rows in

    def restore(self, stored: Stored) -> None:
        """Go on where the journal stopped: what was due meanwhile is due now, if it is still true."""
        for row in stored.notifications:
            self._outbox.put(row)
        self._ledger.restore(stored.notifications)
        self.accept(row for row in stored.notifications if not row.state.finished)

    def accept(self, rows: Iterable[Notification]) -> None:
        """Take committed rows. One that is at hand already is left as it is: ours is newer."""
        for row in rows:
            if row.id not in self._outbox:
                self._outbox.put(row)
            self._wake_up(row.channel)
        self._fail_orphans()
        self._tally.set("outbox_depth", self._outbox.depth)

    def observe(self, change: Change) -> None:
        """A change was committed: new messages, and alarms about which nobody need be told any more."""
        self.accept(change.notifications)
        for alarm in {event.alarm for event in change.events}:
            self._delivering.withdraw(alarm)

    def hasten(self, alarm: str) -> None:
        """Nobody in the control room could hear this alarm: whoever was to be told later is told now."""
        self._delivering.bring_forward(alarm, NO_CONSOLE)

    def _fail_orphans(self) -> None:
        """Rows whose channel the configuration no longer has give way to the next step when they are due."""
        now = self._clock.now()
        for channel in self._outbox.channels - self._notifiers.keys():
            while row := self._outbox.take(channel, now.steady, self._rank):
                self._delivering.fail(row, "no_such_channel")
                self._outbox.release(row.id)

    def _wake_up(self, channel: str) -> None:
        if channel in self._wake:
            self._wake[channel].set()

    # Loops

    async def run(self) -> None:
        """Send until cancelled; listens to the channels that bring receipts and replies."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._mind())
            for channel, notifier in self._notifiers.items():
                group.create_task(self._serve(channel, notifier))
                if hasattr(notifier, "listen"):
                    group.create_task(self._listen(channel, cast(Listener, notifier)))

    async def _serve(self, channel: str, notifier: Notifier) -> None:
        free = asyncio.Semaphore(IN_FLIGHT)
        async with asyncio.TaskGroup() as sending:
            while True:
                await free.acquire()
                row = await self._next(channel)
                sending.create_task(self._work(row, notifier, free))
                await asyncio.sleep(0)  # it claims what goes out with it, before that is taken for the next

    async def _next(self, channel: str) -> Notification:
        """The most urgent message that is due, waiting for one if need be."""
        wake = self._wake[channel]
        while True:
            now = self._clock.now()
            self._turned[channel] = now.steady
            wake.clear()
            row = self._outbox.take(channel, now.steady, self._rank)
            if row:
                return row
            due = self._outbox.next_due(channel)
            pause = LOOK_AGAIN if due is None else min(LOOK_AGAIN, max(0.0, due - now.steady))
            await _first(wake.wait(), self._clock.sleep(pause))

    async def _work(self, row: Notification, notifier: Notifier, free: asyncio.Semaphore) -> None:
        try:
            await self._delivering.handle(row, notifier)
        finally:
            self._outbox.release(row.id)
            self._wake[row.channel].set()
            free.release()

    async def _mind(self) -> None:
        """Look at the roster and at memory now and then."""
        while True:
            await self._clock.sleep(MIND)
            now = self._clock.now()
            self._troubles.look_at_roster(now)
            self._fail_orphans()
            self._outbox.forget(now.wall - MEMORY, self._still_open)

    async def _listen(self, channel: str, listener: Listener) -> None:
        async for heard in listener.listen():
            await self.heard(channel, heard)

    # What is heard

    async def heard(self, channel: str, heard: Heard) -> None:
        """Receipts of ours and messages of theirs, in any order and as often as the provider likes."""
        for receipt in heard.receipts:
            self._receipt(channel, receipt)
        for message in heard.messages:
            self._tally.add("messages_heard_total", channel=channel)
            await self._inbox.take(channel, message)

    def _receipt(self, channel: str, receipt: Receipt) -> None:
        rows = self._outbox.with_reference(channel, receipt.reference)
        if not rows:  # it may be ahead of the answer that it belongs to
            self._early[(channel, receipt.reference)] = receipt
            while len(self._early) > EARLY:
                self._early.popitem(last=False)
            return
        for row in rows:
            self._delivering.received(row, receipt)

    # Looking at alarms

    def _rank(self, row: Notification) -> int:
        alarm = self._delivering.alarm(row.alarm)
        return alarm.priority.rank if alarm else len(Priority)

    def _stand_ins(self, row: Notification) -> tuple[str, ...]:
        """The channels that may take over for a row, in order. That a channel fails is told by any that is left."""
        alarm = self._delivering.alarm(row.alarm)
        if alarm is None or row.over:
            return ()
        rule = self._alarming.rule(row.alarm)
        equipment = self._equipment.get(rule.equipment)
        system = equipment.system if equipment else ""
        ways = escalation.stand_ins(self._policies, row, rule, alarm.priority, system)
        left = tuple(self._notifiers) if row.alarm == CHANNEL else ()
        return (*ways, *(channel for channel in left if channel != row.channel and channel not in ways))

    def _still_open(self, row: Notification) -> bool:
        alarm = self._delivering.alarm(row.alarm)
        return alarm is not None and alarm.occurrence == row.occurrence and not alarm.acknowledged


def _allowance(settings: object) -> Allowance:
    return Allowance(getattr(settings, "daily", None), getattr(settings, "reserve", 0))


async def _first(*waits: Coroutine[Any, Any, Any]) -> None:
    """Until one of them is over; the others are given up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
