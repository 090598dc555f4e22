"""What people's phones send us: a code acknowledges what it was sent for, from the phone that it was sent to."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Protocol

import structlog

from monitor.domain import replies
from monitor.domain.alarm import Acknowledge, Alarm
from monitor.domain.notification import InboundMessage, Notification
from monitor.domain.people import AuditEntry, Person
from monitor.domain.sms import clean
from monitor.engine.alarming import Refused, UnknownAlarm
from monitor.engine.orders import Writer
from monitor.engine.outbox import Outbox
from monitor.engine.writer import NotStored
from monitor.ports import Change, Clock

log = structlog.get_logger("inbox")

REMEMBERED = 1000
"""Messages whose repetition by the provider is recognised."""
SHORTEST = 8
"""Digits that two numbers must share at least: one may lack the country."""


class ReplyOutcome(StrEnum):
    """What was done with a message; beside these the refusals of an alarm's command."""

    ACKNOWLEDGED = "acknowledged"
    ALREADY = "already_acknowledged"
    QUEUED = "queued"
    """Carried out, but the journal does not write at the moment."""
    NO_CODE = "no_code"
    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_NUMBER = "unknown_number"
    NOT_YOURS = "not_yours"
    """The code was sent to somebody else."""


class Commands(Protocol):
    """What is asked of alarming."""

    async def command(self, alarm: str, cause: Acknowledge) -> Alarm: ...

    def alarm(self, alarm: str) -> Alarm: ...


class Inbox:
    """Each message is recorded with what was done; the provider may bring it twice."""

    def __init__(
        self,
        people: Mapping[str, Person],
        outbox: Outbox,
        *,
        writer: Writer,
        alarming: Commands,
        clock: Clock,
    ) -> None:
        self._people = people
        self._outbox = outbox
        self._writer = writer
        self._alarming = alarming
        self._clock = clock
        self._seen: OrderedDict[str, None] = OrderedDict()

    async def take(self, channel: str, message: InboundMessage) -> InboundMessage | None:
        """Act on a message and record it; None when it was brought before."""
        if message.id in self._seen:
            return None
        self._seen[message.id] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        senders = [p for p in self._people.values() if p.phone and same_number(p.phone, message.address)]
        person, outcome = await self._act(senders, message)
        row = replace(
            message,
            channel=channel,
            text=clean(message.text),
            person=person.id if person else None,
            outcome=outcome,
        )
        actor = person.id if person else message.address
        audit = AuditEntry(self._clock.now().wall, actor, "message.reply", row.id, f"{row.text}: {outcome}")
        log.info("message.heard", channel=channel, person=row.person, outcome=outcome)
        self._writer.submit(Change(inbound=(row,), audit=(audit,)))
        return row

    async def _act(self, senders: Sequence[Person], message: InboundMessage) -> tuple[Person | None, str]:
        """Who spoke and what was done. A duty telephone may be several people's: it is the one who was told."""
        if not senders:
            return None, ReplyOutcome.UNKNOWN_NUMBER
        reply = replies.parse(message.text)
        if not reply.codes:
            return senders[0], ReplyOutcome.NO_CODE
        done = [await self._acknowledge(senders, code, reply.note) for code in reply.codes]
        person = next((person for person, _ in done if person), senders[0])
        return person, " ".join(dict.fromkeys(outcome for _, outcome in done))

    async def _acknowledge(
        self, senders: Sequence[Person], code: str, note: str
    ) -> tuple[Person | None, str]:
        rows = self._outbox.with_code(code)
        if not rows:
            return None, ReplyOutcome.UNKNOWN_CODE
        told = {row.recipient for row in rows}
        person = next((one for one in senders if one.id in told), None)
        if person is None:
            return None, ReplyOutcome.NOT_YOURS
        # A text about several alarms has one code: it acknowledges what that text listed, and nothing else.
        listed = {
            (row.alarm, row.occurrence, row.annunciation): row for row in rows if row.recipient == person.id
        }
        done = [await self._answered(row, person, note) for row in listed.values()]
        return person, " ".join(dict.fromkeys(done))

    async def _answered(self, row: Notification, person: Person, note: str) -> str:
        try:
            return await self._command(row, person, note)
        except Refused as refused:
            return refused.refusal.value
        except NotStored:
            return ReplyOutcome.QUEUED
        except UnknownAlarm:
            return ReplyOutcome.UNKNOWN_CODE

    async def _command(self, asked: Notification, person: Person, note: str) -> str:
        alarm = self._alarming.alarm(asked.alarm)
        same = (alarm.occurrence, alarm.annunciation) == (asked.occurrence, asked.annunciation)
        if same and alarm.acknowledged:
            return ReplyOutcome.ALREADY
        cause = Acknowledge(asked.occurrence, asked.annunciation, person.id, note)
        await self._alarming.command(asked.alarm, cause)
        return ReplyOutcome.ACKNOWLEDGED


def same_number(one: str, other: str) -> bool:
    """The same telephone, with or without country code, spaces and dashes."""
    a, b = ("".join(c for c in number if c.isascii() and c.isdigit()) for number in (one, other))
    if min(len(a), len(b)) < SHORTEST:
        return a == b and one == other
    return a.endswith(b) or b.endswith(a)
