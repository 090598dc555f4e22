"""Messages for one person by one channel: one by one while they are few, in one text when they are many, and no more in a
day than the channel allows. What is critical goes alone and at once."""

from __future__ import annotations

from typing import Protocol

from monitor.domain.alarm import Alarm
from monitor.domain.escalation import needless
from monitor.domain.instant import Instant
from monitor.domain.notification import Delivery, Notification
from monitor.domain.rules import AlarmRule, Priority
from monitor.engine.addressing import Addressing
from monitor.engine.alarming import UnknownAlarm
from monitor.engine.ledger import DAILY_CAP, Ledger
from monitor.engine.outbox import Outbox

GATHERED = "gathered"
"""Reason of a row that waits to go with others."""
COUNTED = "counted"
"""Reason of a cancelled row: a text to its person counted it without naming it."""

__all__ = ["COUNTED", "DAILY_CAP", "GATHERED", "Gathering"]


class Alarms(Protocol):
    """What is asked of alarming."""

    def alarm(self, alarm: str) -> Alarm: ...

    def rule(self, alarm: str) -> AlarmRule: ...


class Gathering:
    """Stands between a row that is made out to its person and the attempt to send it."""

    def __init__(self, outbox: Outbox, addressing: Addressing, ledger: Ledger, alarming: Alarms) -> None:
        self._outbox = outbox
        self._addressing = addressing
        self._ledger = ledger
        self._alarming = alarming

    def waits_until(self, row: Notification, now: Instant) -> float | None:
        """Steady time (s) until which a row waits for company; None: it goes now."""
        if self._urgent(row):
            return None
        slot = self._ledger.next_slot(row, now.wall)
        return now.steady + slot - now.wall if slot > now.wall else None

    def spent(self, row: Notification, now: Instant) -> bool:
        """True when its person has had all of the day that is not kept for critical alarms."""
        spent = not self._urgent(row) and self._ledger.spent(row, now.wall)
        if spent:
            self._ledger.held(row)
        return spent

    def gathered(
        self, row: Notification, now: Instant
    ) -> tuple[tuple[Notification, ...], tuple[Notification, ...]]:
        """The rows that go out as one text with this one, it first (claimed), and those that the text only counts."""
        held = self._ledger.held_back(row)
        company = [] if self._urgent(row) or row.over else self._company(row, now)
        if not company:
            return (self._addressing.saying_held_back(row, held),), ()
        rows = sorted((row, *company), key=self._rank)
        self._outbox.claim(company)
        return self._addressing.together(
            [(one, self._alarming.alarm(one.alarm), self._alarming.rule(one.alarm)) for one in rows], held
        )

    def partners(self, row: Notification) -> tuple[Notification, ...]:
        """The other rows of a text that may be on its way already (claimed): they go again with this one, or not at all."""
        if row.state is not Delivery.UNCERTAIN or not self._outbox.shared(row.code):
            return ()
        same = tuple(
            other
            for other in self._outbox.for_reader(row.recipient or "", row.channel)
            if other.code == row.code and other.id != row.id and other.state is Delivery.UNCERTAIN
        )
        self._outbox.claim(same)
        return same

    def alone_again(self, row: Notification) -> Notification:
        """A row with the text and the code of its own alarm only."""
        if not self._outbox.shared(row.code):
            return row
        alarm, rule = self._alarming.alarm(row.alarm), self._alarming.rule(row.alarm)
        return self._addressing.for_the_same(row, alarm, rule)

    def _company(self, row: Notification, now: Instant) -> list[Notification]:
        """Others that are due, or wait for the same text, one for each alarm."""
        found: dict[str, Notification] = {}
        for other in self._outbox.for_reader(row.recipient or "", row.channel):
            due = other.due <= now.steady and other.state in (Delivery.WAITING, Delivery.RETRYING)
            if due and other.alarm != row.alarm and self._still_wanted(other) and not self._urgent(other):
                found.setdefault(other.alarm, other)
        return list(found.values())

    def _still_wanted(self, row: Notification) -> bool:
        try:
            alarm = self._alarming.alarm(row.alarm)
        except UnknownAlarm:
            return False
        return not row.over and needless(row, alarm, self._outbox.siblings(row)) is None

    def _urgent(self, row: Notification) -> bool:
        return self._alarming.alarm(row.alarm).priority is Priority.CRITICAL

    def _rank(self, row: Notification) -> tuple[int, float]:
        return (self._alarming.alarm(row.alarm).priority.rank, row.created_at)
