"""Chat rooms and mail through apprise: one address of its kind is one channel. Nobody confirms, nobody answers.

Apprise says only whether it worked; why not is in its log, which may show tokens. So its log is kept to ourselves and read
for the kind of trouble only.
"""

from __future__ import annotations

import asyncio
import re

from monitor.domain.notification import Notification
from monitor.notifiers.chat_log import keep_quiet, overheard
from monitor.notifiers.chat_settings import AppriseSettings, address
from monitor.ports import Accepted, Permanent, Transient, Uncertain

_STATUS = re.compile(r"error=(\d{3})\b")
_UNSENT = ("refused", "new connection", "name or service", "name resolution", "unreachable", "connecttimeout")
_LOST = (
    "timed out",
    "timeout",
    "connection aborted",
    "connection reset",
    "unexpectedly closed",
    "without response",
)


class AppriseNotifier:
    """Implements Notifier. The library is imported with the first message: it costs 16 MB."""

    def __init__(self, channel: str, settings: AppriseSettings) -> None:
        self._channel = channel
        self._settings = settings

    async def send(self, notification: Notification) -> Accepted:
        """Hand one message over. Raises Permanent when the service refuses it, Transient when it was surely not taken,
        Uncertain when its answer was lost."""
        if not notification.address:
            raise Permanent("no address")
        try:
            heard = await asyncio.to_thread(self._notify, notification.address, notification.text)
        except Exception as error:  # noqa: BLE001 the library's own; its text may show the address with its secrets
            raise Uncertain(f"fault in the library ({type(error).__name__})") from None
        if heard is not None:
            raise judged(heard)
        return Accepted(f"{notification.id}-{notification.attempts}")

    def _notify(self, reader: str, text: str) -> str | None:
        """None when it worked, else what the library logged meanwhile in this thread."""
        keep_quiet()
        from apprise import Apprise, NotifyFormat

        service = Apprise.instantiate(address(self._settings.url, reader), suppress_exceptions=True)
        if service is None:
            return "error=400"
        service.socket_connect_timeout = service.socket_read_timeout = self._settings.timeout
        body = {"body": text, "title": self._settings.title, "body_format": NotifyFormat.TEXT}
        with overheard() as lines:
            return None if service.notify(**body) else "\n".join(lines)

    async def close(self) -> None:
        """Nothing is held."""


def judged(heard: str) -> Transient | Permanent:
    """The kind of trouble in a log of apprise, in our words."""
    status = next((int(code) for code in _STATUS.findall(heard)), None)
    said = heard.lower()
    if status is not None and status < 500 and status not in (408, 425, 429):
        return Permanent(f"the service refused it ({status})")
    if status is not None:
        return Transient(f"the service is not ready ({status})")
    if any(sign in said for sign in _UNSENT):
        return Transient("the service is not reached")
    if any(sign in said for sign in _LOST):
        return Uncertain("the service's answer was lost")
    return Transient("the service did not take it")
