"""One message from due to recorded: needless?, who, text, send, outcome. State is only what is committed.

An attempt is written down as begun before the channel is called: after a crash the row says that a copy may be on its
way, so that at most one more is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, Protocol

import structlog

from monitor.domain import delivery
from monitor.domain.alarm import Alarm
from monitor.domain.escalation import Needless, needless, next_step, told_another_way
from monitor.domain.instant import Instant
from monitor.domain.notification import Delivery, Notification
from monitor.domain.rules import AlarmRule
from monitor.engine import gathering, troubles
from monitor.engine.addressing import Addressing, still_right
from monitor.engine.alarming import UnknownAlarm
from monitor.engine.gathering import Gathering
from monitor.engine.ledger import Ledger
from monitor.engine.orders import Writer
from monitor.engine.outbox import Outbox
from monitor.engine.tally import Tally
from monitor.engine.troubles import Troubles
from monitor.engine.writer import NotStored
from monitor.ports import Accepted, Change, Clock, Notifier, Permanent, Receipt, Transient, Uncertain

log = structlog.get_logger("dispatching")

ANSWER_WITHIN = 60.0
"""Seconds (steady) after which a channel that says nothing is taken for one whose answer was lost."""
TRIES_BEFORE_NEXT = 4
"""Attempts after which the channel counts as failing: another one stands in, or the next step is brought forward if it
goes another way."""
_TELLS_NOBODY = (Delivery.WAITING, Delivery.CANCELLED, Delivery.FAILED)
NOBODY = "nobody_on_duty"
"""Reason of a failure that no other channel can mend."""


class Alarms(troubles.Alarms, Protocol):
    """What is asked of alarming."""

    def rule(self, alarm: str) -> AlarmRule: ...


class Delivering:
    """The stages of one message.

    `early` gives up a receipt that came ahead of its answer; `stand_ins` says which channels may take over for a row.
    """

    def __init__(
        self,
        outbox: Outbox,
        addressing: Addressing,
        troubles: Troubles,
        ledger: Ledger,
        *,
        writer: Writer,
        alarming: Alarms,
        clock: Clock,
        tally: Tally,
        wake: Callable[[str], None],
        early: Callable[[str, str], Receipt | None],
        stand_ins: Callable[[Notification], Sequence[str]],
    ) -> None:
        self._outbox = outbox
        self._addressing = addressing
        self._troubles = troubles
        self._ledger = ledger
        self._gathering = Gathering(outbox, addressing, ledger, alarming)
        self._writer = writer
        self._alarming = alarming
        self._clock = clock
        self._tally = tally
        self._wake = wake
        self._early = early
        self._stand_ins = stand_ins

    # One message, stage by stage.

    async def handle(self, row: Notification, notifier: Notifier) -> None:
        """Send a message that is due, alone or with others for its person, or settle why not."""
        row, now = self._outbox.get(row.id), self._clock.now()
        partners = self._gathering.partners(row)
        try:
            await self._settle((row, *partners), notifier, now)
        finally:
            for other in partners:
                self._outbox.release(other.id)

    async def _settle(self, rows: tuple[Notification, ...], notifier: Notifier, now: Instant) -> None:
        """`rows` went out as one text before, or are one row."""
        reasons = [self._needless(row) for row in rows]
        if all(reasons):
            self.save(*(delivery.cancelled(r, w.value) for r, w in zip(rows, reasons, strict=True) if w))
        elif delivery.spent(rows[0]):  # the extra copy was under way when we died
            for row in rows:
                self.fail(row, delivery.COPIES_SPENT)
        elif len(rows) > 1:  # the very same text again
            await self._send(await self._begin(rows, ()), notifier)
        else:
            await self._first(rows[0], notifier, now)

    async def _first(self, row: Notification, notifier: Notifier, now: Instant) -> None:
        made_out = self._made_out(row, now)
        if not made_out:
            return
        first, *others = made_out
        if first.state is Delivery.UNCERTAIN:  # an extra copy of what may have arrived
            await self._send(await self._begin((first,), others), notifier)
            return
        if self._gathering.spent(first, now):
            self.save(*others)
            self.fail(first, gathering.DAILY_CAP)
            return
        until = self._gathering.waits_until(first, now)
        if until is not None:
            self.save(replace(first, due=until, reason=gathering.GATHERED), *others)
            return
        together, counted = self._gathering.gathered(first, now)
        try:
            self.save(*(delivery.cancelled(one, gathering.COUNTED) for one in counted))
            await self._send(await self._begin(together, others), notifier)
        finally:
            for one in (*together, *counted):
                if one.id != row.id:
                    self._outbox.release(one.id)

    def _needless(self, row: Notification) -> Needless | None:
        return needless(row, self.alarm(row.alarm), self._outbox.siblings(row))

    def _made_out(self, row: Notification, now: Instant) -> tuple[Notification, ...]:
        """The row for its person, and rows for the others on duty; none when the message ends here."""
        people = self._addressing.people(row, now.wall)
        if still_right(row, people):
            return (row if row.state is Delivery.UNCERTAIN else self._gathering.alone_again(row),)
        if not people:
            self._nobody(row, now)
            return ()
        reachable = [person for person in people if person.address(row.channel)]
        if not reachable:
            self.fail(row, "no_address")
            return ()
        fresh = self._addressing.not_told_just_now(row, reachable, now.wall)
        if not fresh:
            self.save(delivery.cancelled(row, Needless.ALREADY_TOLD.value))
            return ()
        alarm, rule = self._alarming.alarm(row.alarm), self._alarming.rule(row.alarm)
        first, *others = self._addressing.rows(row, fresh, alarm, rule)
        return (first, *(other for other in others if other.id not in self._outbox))

    async def _begin(
        self, rows: Sequence[Notification], others: Sequence[Notification]
    ) -> tuple[Notification, ...]:
        """Write down that the attempt begins, together with the rows of the other people."""
        begun = tuple(delivery.begin(row) for row in rows)
        self._ledger.begun(begun[0], self._clock.now().wall)
        done = self.save(*begun, *others)
        try:
            if done:
                await self._writer.settled(done)
        except NotStored:
            # A person at risk weighs more than a possible second copy: the row is queued, the message goes.
            log.warning("message.sent_unstored", notification=begun[0].id)
        return begun

    async def _send(self, begun: tuple[Notification, ...], notifier: Notifier) -> None:
        """One text for all of them; what becomes of it becomes of each."""
        text = begun[0]
        try:
            accepted = await _within(self._clock, ANSWER_WITHIN, notifier.send(text))
        except Uncertain as error:
            self._ledger.taken(text)
            for row in begun:
                self._lost(row, str(error))
        except Transient as error:
            self._ledger.not_taken(text)
            for row in begun:
                self._retry(row, str(error))
        except Permanent as error:
            self._ledger.not_taken(text)
            self._troubles.channel_failed(text.channel, str(error), self._clock.now())
            for row in begun:
                self.fail(row, str(error) or "refused")
        except Exception:  # a fault of one notifier must not stop the others
            log.exception("notifier.fault", channel=text.channel, notification=text.id)
            for row in begun:
                self._lost(row, "fault in the notifier")
        else:
            self._sent(begun, accepted)

    # Outcomes

    def _sent(self, begun: Sequence[Notification], accepted: Accepted) -> None:
        self._ledger.taken(begun[0])
        early = self._early(begun[0].channel, accepted.reference)
        self._troubles.channel_works(begun[0].channel, self._clock.now())
        for one in begun:
            row = delivery.accepted(one, accepted.reference, self._clock.now().wall)
            if early:
                row = delivery.received(row, early.delivered, early.at, early.reason)
            self._count(row, "sent")
            if row.state is Delivery.FAILED:
                self._give_way(row)
            else:
                self.save(row)
                self._drop_others(row)

    def _retry(self, begun: Notification, reason: str) -> None:
        self._count(begun, "retried")
        now = self._clock.now()
        waits = delivery.not_accepted(begun, reason, now.steady)
        if begun.attempts >= TRIES_BEFORE_NEXT:
            self._troubles.channel_failed(begun.channel, reason, now)
            self._give_way(waits, other_way=True)
            return
        known = self._stand_in(waits) if self._troubles.failing(begun.channel) else None
        self.save(waits, *((known,) if known else ()))

    def _lost(self, begun: Notification, reason: str) -> None:
        self._count(begun, "uncertain")
        row = delivery.answer_lost(begun, reason, self._clock.now().steady)
        if row.state is not Delivery.FAILED:
            self.save(row)
            return
        self._troubles.channel_failed(row.channel, reason, self._clock.now())
        self._give_way(row)

    def fail(self, row: Notification, reason: str) -> None:
        """No further attempt; the channel that stands in takes over, or the next step."""
        log.warning(
            "message.failed", notification=row.id, alarm=row.alarm, channel=row.channel, reason=reason
        )
        self._count(row, "failed")
        self._give_way(delivery.failed(row, reason))

    def _give_way(self, row: Notification, *, other_way: bool = False) -> None:
        """Save a row that has failed (`other_way`: that its channel does not take) with the row that stands in for it,
        or bring the next step forward when there is none left."""
        stand_in = self._stand_in(row)
        if stand_in:
            log.warning("message.stand_in", notification=row.id, channel=row.channel, by=stand_in.channel)
        self.save(row, *((stand_in,) if stand_in else ()))
        self._hasten(row, other_way=other_way)

    def _stand_in(self, row: Notification) -> Notification | None:
        """The row that goes the next way; None when there is none, it is under way, or another way cannot help."""
        alarm = self.alarm(row.alarm)
        if alarm is None or row.reason == NOBODY:
            return None
        for channel in self._stand_ins(row):
            other = self._addressing.by_way(row, channel, alarm, self._alarming.rule(row.alarm))
            if other is None:
                continue
            if other.id not in self._outbox:
                return replace(other, due=self._clock.now().steady)
            if not self._outbox.get(other.id).state.finished:
                return None
        return None

    def _drop_others(self, row: Notification) -> None:
        """Cancel what waits on other channels of the same step: its person has it."""
        others = (other for other in self._outbox.idle(row.alarm) if not other.over)
        self.save(
            *(
                delivery.cancelled(other, Needless.ALREADY_TOLD.value)
                for other in others
                if told_another_way(other, (self._outbox.get(row.id),))
            )
        )

    def _hasten(self, row: Notification, *, other_way: bool = False) -> None:
        """Bring the next step forward; `other_way`: only if it uses another channel, while this one goes on trying."""
        siblings = self._outbox.siblings(row)
        step = next_step(row, siblings)
        later = [
            s for s in siblings if s.event == row.event and s.step == step and s.state is Delivery.WAITING
        ]
        if other_way:
            later = [s for s in later if s.channel != row.channel]
        now = self._clock.now()
        self.save(*(delivery.hastened(s, now) for s in later if s.due > now.steady))

    def bring_forward(self, alarm_id: str, reason: str) -> None:
        """Make the steps of an alarm due now that wait for their time, in one commit; harmless when repeated.

        What would only remind the same role by the same channel keeps its time. Whether a step is still needed is
        asked as ever, when its turn comes.
        """
        alarm, now = self.alarm(alarm_id), self._clock.now()
        if alarm is None:
            return
        latest = (alarm.occurrence, alarm.annunciation)
        mine = [r for r in self._outbox.about(alarm_id) if (r.occurrence, r.annunciation) == latest]
        told = {(row.role, row.channel) for row in mine if row.state not in _TELLS_NOBODY}
        early = []
        for row in mine:
            if row.state is not Delivery.WAITING or row.over or (row.role, row.channel) in told:
                continue
            told.add((row.role, row.channel))
            if row.due > now.steady:
                early.append(replace(delivery.hastened(row, now), reason=reason))
        if early:
            log.warning("message.hastened", alarm=alarm_id, steps=[row.step for row in early], reason=reason)
        self.save(*early)

    def save(self, *rows: Notification) -> asyncio.Future[None] | None:
        """Ours from now on, stored with the next commit."""
        if not rows:
            return None
        for row in rows:
            self._outbox.put(row)
            self._wake(row.channel)
        self._tally.set("outbox_depth", self._outbox.depth)
        return self._writer.submit(Change(notifications=rows))

    def _count(self, row: Notification, outcome: str) -> None:
        self._tally.add("messages_total", channel=row.channel, outcome=outcome)

    def received(self, row: Notification, receipt: Receipt) -> None:
        """News of a message that was handed over."""
        now_so = delivery.received(row, receipt.delivered, receipt.at, receipt.reason)
        if now_so.state is row.state:
            return
        self._count(now_so, now_so.state.value)
        if now_so.state is Delivery.FAILED:
            self._give_way(now_so)
        else:
            self.save(now_so)

    def withdraw(self, alarm_id: str) -> None:
        """Cancel what waits about an alarm and has become needless."""
        alarm = self.alarm(alarm_id)
        gone = []
        for row in self._outbox.idle(alarm_id):
            why = None if row.over else needless(row, alarm, self._outbox.siblings(row))
            if why:
                gone.append(delivery.cancelled(row, why.value))
        self.save(*gone)

    def alarm(self, alarm: str) -> Alarm | None:
        """The alarm as it now is; None when its rule is gone."""
        try:
            return self._alarming.alarm(alarm)
        except UnknownAlarm:
            return None

    def _nobody(self, row: Notification, now: Instant) -> None:
        if row.over:
            self.save(delivery.cancelled(row, Needless.NEVER_TOLD.value))
            return
        self._troubles.nobody(row.role, now)
        self.fail(row, NOBODY)


async def _within(clock: Clock, seconds: float, answer: Coroutine[Any, Any, Accepted]) -> Accepted:
    """The answer, or Uncertain when it does not come in time (on our clock, so that tests need not wait)."""
    task = asyncio.ensure_future(answer)
    task.add_done_callback(_seen)
    alarm = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((task, alarm), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise Uncertain(f"no answer within {seconds:.0f} s")
    finally:
        task.cancel()
        alarm.cancel()


def _seen(task: asyncio.Future[Accepted]) -> None:
    """What an abandoned attempt still has to say is of no use: its answer counts as lost."""
    if not task.cancelled():
        task.exception()
