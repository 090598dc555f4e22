"""Telephones that live in memory: for the demonstration, and for trying an escalation before the gateway is there."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

from pydantic import Field

from monitor.domain.notification import InboundMessage, Notification
from monitor.notifiers.fields import ChannelSettings, Seconds
from monitor.ports import Accepted, Clock, Heard, Permanent, Receipt

UNHEARD = 1000
"""Receipts and replies that wait for a listener before the next one has to wait."""


class SimulatedSettings(ChannelSettings):
    """`receipt_after`: when the handset says that it has a message; `receipts: false` for one that never does."""

    receipts: bool = True
    receipt_after: Seconds = Field(default=1.0, ge=0, le=3600)
    keep: int = Field(default=50, ge=1, le=1000)
    """Messages kept of each telephone."""


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """What a telephone shows. `at` is POSIX seconds; `sent` is True for what its owner wrote."""

    id: str
    address: str
    text: str
    at: float
    sent: bool = False
    code: str = ""
    alarm: str = ""


class SimulatedPhone:
    """Implements Notifier and Listener. Every number is a telephone that is switched on."""

    def __init__(self, channel: str, settings: SimulatedSettings, clock: Clock) -> None:
        self._channel = channel
        self._settings = settings
        self._clock = clock
        self._phones: dict[str, deque[PhoneMessage]] = {}
        self._heard: asyncio.Queue[Heard] = asyncio.Queue(UNHEARD)
        self._receipts: set[asyncio.Task[None]] = set()

    async def send(self, notification: Notification) -> Accepted:
        """Show the message on the telephone. Raises Permanent for a message without address."""
        if not notification.address:
            raise Permanent("no telephone number")
        # By id and attempt, so that a restart never gives an old message's number to a new one.
        reference = f"{notification.id}-{notification.attempts}"
        self._show(
            PhoneMessage(
                id=reference,
                address=notification.address,
                text=notification.text,
                at=self._clock.now().wall,
                code=notification.code,
                alarm=notification.alarm,
            )
        )
        if self._settings.receipts:
            task = asyncio.ensure_future(self._confirm(reference))
            self._receipts.add(task)
            task.add_done_callback(self._receipts.discard)
        return Accepted(reference, self._settings.receipts)

    async def _confirm(self, reference: str) -> None:
        await self._clock.sleep(self._settings.receipt_after)
        await self._heard.put(Heard(receipts=(Receipt(reference, True, self._clock.now().wall),)))

    async def listen(self) -> AsyncIterator[Heard]:
        """Receipts and replies as they come."""
        while True:
            yield await self._heard.get()

    async def reply(self, address: str, text: str) -> None:
        """The owner of a telephone writes to us."""
        now = self._clock.now().wall
        message = InboundMessage(uuid4().hex, self._channel, address, text, now)
        self._show(PhoneMessage(message.id, address, text, now, sent=True))
        await self._heard.put(Heard(messages=(message,)))

    def addresses(self) -> tuple[str, ...]:
        """Telephones that ever had a message."""
        return tuple(self._phones)

    def messages(self, address: str) -> tuple[PhoneMessage, ...]:
        """What one telephone shows, oldest first."""
        return tuple(self._phones.get(address, ()))

    async def close(self) -> None:
        """Switch off; idempotent."""
        for task in tuple(self._receipts):
            task.cancel()
        await asyncio.gather(*self._receipts, return_exceptions=True)

    def _show(self, message: PhoneMessage) -> None:
        shown = self._phones.setdefault(message.address, deque(maxlen=self._settings.keep))
        shown.append(message)
