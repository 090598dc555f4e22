"""What Kannel calls us with: receipts (dlr-url) and replies (get-url of an sms-service), user guide 1.4.5, 6 and 10."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from ipaddress import ip_address

from monitor.domain.notification import InboundMessage
from monitor.notifiers.kannel_settings import KannelSettings
from monitor.ports import Heard, Receipt

RECEIPT, REPLY = "receipt", "reply"
LONGEST = 2000
"""Characters of a reply that are taken: more than ten parts are no answer to an alarm."""
_DELIVERED = {"1"}
_FAILED = {"2": "not delivered", "16": "rejected by the network"}
_ON_ITS_WAY = {"4", "8"}


class KannelCalls:
    """Lets in who knows the secret and comes from the right place, and reads what they bring."""

    def __init__(self, channel: str, settings: KannelSettings) -> None:
        self._channel = channel
        self._secret = settings.callback_secret
        self._from = settings.callback_from

    def heard(self, path: str, query: Mapping[str, str], peer: str, wall: float) -> Heard:
        """A receipt or a reply, at `wall` (POSIX s). Raises PermissionError or ValueError."""
        self._let_in(query.get("secret", ""), peer)
        if path == RECEIPT:
            receipt = parse_receipt(query, wall)
            return Heard(receipts=(receipt,)) if receipt else Heard()
        if path == REPLY:
            return Heard(messages=(parse_reply(query, self._channel, wall),))
        raise ValueError(f"there is `{RECEIPT}` and `{REPLY}`")

    def _let_in(self, shown: str, peer: str) -> None:
        try:
            address = ip_address(peer)
        except ValueError:
            raise PermissionError("the caller has no address") from None
        mapped = getattr(address, "ipv4_mapped", None) or address
        if not any(mapped in network for network in self._from if network.version == mapped.version):
            raise PermissionError("calls are not taken from this address")
        if self._secret is None:
            raise PermissionError("this channel has no callback_secret: nothing is taken")
        if not hmac.compare_digest(shown.encode(), self._secret.get_secret_value().encode()):
            raise PermissionError("the secret is missing or wrong")


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
    if status in _ON_ITS_WAY:
        return None
    raise ValueError(f"unknown receipt status {status[:20]!r}")


def parse_reply(query: Mapping[str, str], channel: str, wall: float) -> InboundMessage:
    """A message from a person, as `get-url = ...?from=%p&text=%b&id=%I&at=%T` of Kannel brings it.

    Raises ValueError when the sender is missing or the text is endless.
    """
    address, text = query.get("from", "").strip(), query.get("text", "")
    if not address:
        raise ValueError("a reply names its sender in `from`")
    if len(text) > LONGEST or len(address) > 40:
        raise ValueError("a reply is not as long as this")
    at = query.get("at", "")
    sent = float(at) if at.isascii() and at.isdigit() and len(at) < 15 else wall
    own = (
        query.get("id", "")[:64] or hashlib.sha256(f"{address}|{text}|{at or wall}".encode()).hexdigest()[:24]
    )
    return InboundMessage(f"{channel}:{own}", channel, address, text, min(sent, wall))
