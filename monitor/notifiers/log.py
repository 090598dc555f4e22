"""Messages as lines in the log: for a site that has no telephone channel yet."""

from __future__ import annotations

import structlog

from monitor.domain.notification import Notification
from monitor.notifiers.fields import ChannelSettings
from monitor.ports import Accepted, Clock, Permanent

log = structlog.get_logger("notifier")


class LogSettings(ChannelSettings):
    """Nothing but the signature."""


class LogNotifier:
    """Implements Notifier; nobody confirms, so there is no receipt."""

    def __init__(self, channel: str, settings: LogSettings, clock: Clock) -> None:
        self._channel = channel

    async def send(self, notification: Notification) -> Accepted:
        """Write the message down. Raises Permanent for a message without address."""
        if not notification.address:
            raise Permanent("no telephone number")
        log.warning(
            "message",
            channel=self._channel,
            recipient=notification.recipient,
            text=notification.text,
            alarm=notification.alarm,
        )
        return Accepted(f"{notification.id}-{notification.attempts}")

    async def close(self) -> None:
        """Nothing is held."""
