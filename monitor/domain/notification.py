"""A message to a person about one annunciation: the outbox row and what became of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Delivery(StrEnum):
    """Where a notification stands. Only the first three are unfinished."""

    WAITING = "waiting"
    RETRYING = "retrying"
    UNCERTAIN = "uncertain"
    """Handed over, but the answer was lost: the next attempt may be a second copy."""
    SENT = "sent"
    """The channel accepted it: not yet proof that the handset has it."""
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def finished(self) -> bool:
        """No further attempt will be made (a receipt may still turn SENT into DELIVERED or FAILED)."""
        return self not in (Delivery.WAITING, Delivery.RETRYING, Delivery.UNCERTAIN)


class Unless(StrEnum):
    """What makes an escalation step unnecessary when its time comes."""

    RECEIPT = "receipt"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Notification:
    """One message of one escalation step. Steady times (s) drive it, wall times (POSIX s) are for people.

    Who is on duty is decided when it is due, so `recipient` and `text` are empty until then.
    """

    id: str
    event: int
    """Sequence of the alarm event that caused it."""
    alarm: str
    occurrence: int
    annunciation: int
    step: int
    role: str
    channel: str
    due: float
    unless: Unless | None = None
    recipient: str | None = None
    address: str | None = None
    language: str = ""
    text: str = ""
    code: str = ""
    """What the recipient replies to acknowledge this occurrence."""
    attempts: int = 0
    state: Delivery = Delivery.WAITING
    reason: str = ""
    """Why it was cancelled, is being retried, or failed; empty otherwise."""
    reference: str = ""
    """The channel's own number for the message, to match receipts."""
    created_at: float = 0.0
    sent_at: float | None = None
    delivered_at: float | None = None
    over: bool = False
    """A message that says the alarm is over."""


def identity(event: int, step: int, recipient: str, channel: str) -> str:
    """The same event, step, recipient and channel always give the same id, so that a restart cannot send twice."""
    return hashlib.sha256(f"{event}|{step}|{recipient}|{channel}".encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """What a person's phone sent to us. `outcome` says in a word what was done with it."""

    id: str
    channel: str
    address: str
    text: str
    at: float
    person: str | None = None
    outcome: str = ""
