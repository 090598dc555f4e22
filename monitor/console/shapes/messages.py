"""Messages to people and from them."""

from __future__ import annotations

from pydantic import BaseModel

from monitor.console.services import Services
from monitor.console.times import stamp
from monitor.domain.notification import InboundMessage, Notification


class NotificationOut(BaseModel):
    """One message of one escalation step, and what became of it."""

    id: str
    event: int
    alarm: str
    occurrence: int
    annunciation: int
    step: int
    role: str
    channel: str
    recipient: str | None
    name: str | None
    """The recipient's name."""
    address: str | None
    text: str
    code: str
    state: str
    """waiting, retrying, uncertain, sent (the channel took it), delivered (the handset has it), cancelled, failed."""
    reason: str
    attempts: int
    over: bool
    created_at: str
    due_at: str | None
    """When an unfinished message goes out."""
    sent_at: str | None
    delivered_at: str | None


class InboundOut(BaseModel):
    """What a person's phone sent to us."""

    id: str
    channel: str
    address: str
    person: str | None
    name: str | None
    text: str
    at: str
    outcome: str


def notification(message: Notification, services: Services) -> NotificationOut:
    """The outbox row for people: steady times become wall times."""
    now = services.clock.now()
    due = None if message.state.finished else stamp(now.wall + message.due - now.steady)
    return NotificationOut(
        id=message.id,
        event=message.event,
        alarm=message.alarm,
        occurrence=message.occurrence,
        annunciation=message.annunciation,
        step=message.step,
        role=message.role,
        channel=message.channel,
        recipient=message.recipient,
        name=person(message.recipient, services),
        address=message.address,
        text=message.text,
        code=message.code,
        state=message.state.value,
        reason=message.reason,
        attempts=message.attempts,
        over=message.over,
        created_at=stamp(message.created_at),
        due_at=due,
        sent_at=stamp(message.sent_at),
        delivered_at=stamp(message.delivered_at),
    )


def inbound(message: InboundMessage, services: Services) -> InboundOut:
    """The message as it came, and what was done with it."""
    return InboundOut(
        id=message.id,
        channel=message.channel,
        address=message.address,
        person=message.person,
        name=person(message.person, services),
        text=message.text,
        at=stamp(message.at),
        outcome=message.outcome,
    )


def person(id_: str | None, services: Services) -> str | None:
    """A person's name; the id where nobody of the roster has it."""
    if id_ is None:
        return None
    known = services.site.roster.people.get(id_)
    return known.name if known else id_
