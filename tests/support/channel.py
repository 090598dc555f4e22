"""A channel made of a list: held to the same contract as the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from monitor.domain.notification import Notification
from monitor.ports import Accepted, Heard, Permanent


class FakeChannel:
    """Implements Notifier and Listener. `troubles` are raised by the next sends in turn; `gate` holds every send."""

    def __init__(self) -> None:
        self.sent: list[Notification] = []
        self.troubles: list[Exception | None] = []
        self.gate: asyncio.Event | None = None
        self.asked = 0
        self.said: asyncio.Queue[Heard] = asyncio.Queue()

    @property
    def notifier(self) -> FakeChannel:
        """Itself, for the contract suite."""
        return self

    async def send(self, notification: Notification) -> Accepted:
        self.asked += 1
        if not notification.address:
            raise Permanent("no address")
        if self.gate:
            await self.gate.wait()
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble:
            raise trouble
        self.sent.append(notification)
        return Accepted(f"{notification.id}-{notification.attempts}", receipt=True)

    async def listen(self) -> AsyncIterator[Heard]:
        while True:
            yield await self.said.get()

    async def close(self) -> None: ...

    def received(self) -> list[tuple[str, str]]:
        return [(row.address or "", row.text) for row in self.sent]

    def breaks(self, error: type[Exception]) -> bool:
        self.troubles.append(error("as asked"))
        return True
