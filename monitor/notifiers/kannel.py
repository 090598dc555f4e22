"""SMS through a Kannel gateway: one HTTP GET a message, receipts and replies called back (Kannel user guide 1.4.5, 10).

The password travels in the query string, because smsbox knows no other way: it must never reach a log, so the HTTP
library's own request log is kept quiet and errors are told in our words.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx
from pydantic import Field, SecretStr, field_validator

from monitor.domain.notification import InboundMessage, Notification
from monitor.domain.sms import Alphabet, alphabet
from monitor.notifiers.fields import ChannelSettings, Seconds
from monitor.ports import Accepted, Clock, Permanent, Receipt, Transient, Uncertain

RECEIPTS = 1 | 2 | 4 | 8 | 16
"""dlr-mask: tell us of every station of the message."""
_CODING = {Alphabet.GSM7: "0", Alphabet.UCS2: "2"}
_DELIVERED, _FAILED = {"1"}, {"2": "not delivered", "16": "rejected by the network"}


class KannelSettings(ChannelSettings):
    """`url` is smsbox's sendsms; `callback` is where Kannel finds our receipts route, without it there are none."""

    url: str
    username: str
    password: SecretStr
    sender: str = ""
    callback: str | None = None
    timeout: Seconds = Field(default=10.0, gt=0, le=60)

    @field_validator("url", "callback")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("http:// or https:// is wanted")
        if value is not None and "?" in value:
            raise ValueError("nothing may follow the path: the fields are added to it")
        return value


class KannelNotifier:
    """Implements Notifier. The reference is ours: smsbox gives none, but carries ours in the receipt's address."""

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
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    async def send(self, notification: Notification) -> Accepted:
        """Hand one message to smsbox.

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
        return Accepted(reference, receipt=self._settings.callback is not None)

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
        if settings.callback:
            fields["dlr-mask"] = str(RECEIPTS)
            # Kannel puts the state in place of %d when it calls back; the rest of the address is ours.
            fields["dlr-url"] = f"{settings.callback}?{urlencode({'reference': reference})}&status=%d"
        return fields


def judge_answer(status: int, body: str) -> None:
    """What smsbox said. Returns when it has the message, else raises Permanent or Transient."""
    said = " ".join(body.split())[:80]
    if status in (200, 202) and said.startswith(("0:", "3:", "Sent", "Queued")):
        return
    if status in (400, 401, 403, 404) or said.startswith(("1:", "2:", "Authorization")):
        raise Permanent(f"gateway refused: {status} {said}")
    raise Transient(f"gateway not ready: {status} {said}")


def parse_receipt(query: Mapping[str, str], wall: float) -> Receipt | None:
    """A call-back about a message of ours; None for a station on its way (buffered, taken by the network).

    The handset's receipt (1) may come before the network's (8). Raises ValueError when it is no receipt.
    """
    reference, status = query.get("reference"), query.get("status")
    if not reference or status is None:
        raise ValueError("a receipt names reference and status")
    if status in _DELIVERED:
        return Receipt(reference, True, wall)
    if status in _FAILED:
        return Receipt(reference, False, wall, _FAILED[status])
    if status in ("4", "8"):
        return None
    raise ValueError(f"unknown receipt status {status[:20]!r}")


def parse_reply(query: Mapping[str, str], channel: str, wall: float) -> InboundMessage:
    """A message from a person, as `get-url = ...?from=%p&text=%b&id=%I&at=%T` of Kannel brings it.

    Raises ValueError when the sender is missing.
    """
    address, text = query.get("from", "").strip(), query.get("text", "")
    if not address:
        raise ValueError("a reply names its sender in `from`")
    at = query.get("at", "")
    sent = float(at) if at.isascii() and at.isdigit() else wall
    own = query.get("id") or hashlib.sha256(f"{address}|{text}|{at or wall}".encode()).hexdigest()[:24]
    return InboundMessage(f"{channel}:{own}", channel, address, text, min(sent, wall))
