"""SMS through a Kannel gateway: one HTTP GET a message (Kannel user guide 1.4.5, chapter 6).

The password travels in the query string, because smsbox knows no other way: it must never reach a log, so the HTTP
library's own request log is kept quiet and errors are told in our words.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx

from monitor.domain.notification import Notification
from monitor.domain.sms import Alphabet, alphabet
from monitor.notifiers.kannel_calls import RECEIPT, KannelCalls
from monitor.notifiers.kannel_settings import KannelSettings
from monitor.ports import Accepted, Clock, Heard, Permanent, Transient, Uncertain

STATIONS = 1 | 2 | 4 | 8 | 16
"""dlr-mask: tell us of every station of the message."""
_CODING = {Alphabet.GSM7: "0", Alphabet.UCS2: "2"}


class KannelNotifier:
    """Implements Notifier and CalledBack. The reference is ours: smsbox gives none, but carries ours in the receipt."""

    def __init__(
        self,
        channel: str,
        settings: KannelSettings,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        for noisy in ("httpx", "httpcore"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        self._channel = channel
        self._settings = settings
        self._clock = clock
        self._calls = KannelCalls(channel, settings)
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    async def send(self, notification: Notification) -> Accepted:
        """Hand one message to smsbox, which answers when bearerbox has it on its disk.

        Raises Permanent for a refusal that will stay (credentials, number), Transient when it was surely not taken,
        Uncertain when the answer was lost after the request had gone.
        """
        if not notification.address:
            raise Permanent("no telephone number")
        reference = f"{notification.id}-{notification.attempts}"
        try:
            answer = await self._open().get(self._settings.url, params=self._fields(notification, reference))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Transient(f"gateway not reached ({type(error).__name__})") from None
        except httpx.TransportError as error:
            raise Uncertain(f"the gateway's answer was lost ({type(error).__name__})") from None
        judge_answer(answer.status_code, answer.text)
        return Accepted(reference, receipt=self._settings.callback_url is not None)

    def callback(self, path: str, query: Mapping[str, str], peer: str) -> Heard:
        """A receipt or a reply that Kannel brings. Raises PermissionError or ValueError."""
        return self._calls.heard(path, query, peer, self._clock.now().wall)

    async def close(self) -> None:
        """Let go of sockets; idempotent."""
        if self._client:
            client, self._client = self._client, None
            await client.aclose()

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self._transport, timeout=self._settings.timeout, trust_env=False
            )
        return self._client

    def _fields(self, notification: Notification, reference: str) -> dict[str, str]:
        settings = self._settings
        fields = {
            "username": settings.username,
            "password": settings.password.get_secret_value(),
            "to": notification.address or "",
            "coding": _CODING[alphabet(notification.text)],
            "charset": "UTF-8",
            "text": notification.text,
        }
        if settings.sender:
            fields["from"] = settings.sender
        if settings.callback_url and settings.callback_secret:
            fields["dlr-mask"] = str(STATIONS)
            # Kannel puts the state in place of %d when it calls back; the rest of the address is ours.
            ours = {"reference": reference, "secret": settings.callback_secret.get_secret_value()}
            address = f"{settings.callback_url.rstrip('/')}/hooks/{self._channel}/{RECEIPT}"
            fields["dlr-url"] = f"{address}?{urlencode(ours)}&status=%d"
        return fields


def judge_answer(status: int, body: str) -> None:
    """What smsbox said. Returns when it has the message, else raises Permanent or Transient."""
    said = " ".join(body.split())[:80]
    if status in (200, 202) and said.startswith(("0:", "3:", "Sent", "Queued")):
        return
    if status in (400, 401, 403, 404) or said.startswith(("1:", "2:", "Authorization")):
        raise Permanent(f"gateway refused: {status} {said}")
    raise Transient(f"gateway not ready: {status} {said}")
