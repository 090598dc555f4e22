"""Which messages the broker still holds for us, and when it is time to let it forget them. Pure.

Asking whether everything is safe costs a sync of the disk, so many messages share one. How many a broker sends before it
waits for an acknowledgement it tells nobody (Mosquitto: `max_inflight_messages`, 20 by default, except to an MQTT 5 client
that names its own): a pause after some messages is taken for its waiting.
"""

from __future__ import annotations

from collections.abc import Iterable

FEW = 8
"""No broker that we know waits after fewer messages than this."""
QUIET_S = 0.025
"""A pause this long after `FEW` messages or more: the broker may be waiting for us."""
LONGEST_S = 2.0
"""The longest that a message waits before we ask: what is sent again after a broken connection is bounded by it."""


class Unacknowledged:
    """Packet identifiers in the order of arrival (MQTT 5.0 section 4.6), with a fingerprint of what they carried.

    The fingerprints of the last `most` messages outlive a connection, since a broker that kept our session sends again
    (DUP, section 4.3.2) what it does not know to be acknowledged: that was taken already.
    """

    def __init__(self, most: int) -> None:
        """`most` is how many a broker may send unacknowledged (MQTT 5.0 section 3.1.2.11.3)."""
        self._half = max(1, most // 2)
        self._most = most
        self._waiting: dict[int, None] = {}
        self._known: dict[int, int] = {}
        self._oldest = self._newest = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def connected(self, kept: bool) -> None:
        """A new connection: nothing waits on it yet; `kept` when the broker still has our session."""
        self._waiting.clear()
        if not kept:
            self._known.clear()

    def repeated(self, identifier: int, fingerprint: int) -> bool:
        """Whether a message marked as a duplicate is one that was taken before."""
        return self._known.get(identifier) == fingerprint

    def add(self, identifier: int, fingerprint: int, now: float) -> bool:
        """Remember a message that was taken. True when so many wait that we should ask now."""
        if not self._waiting:
            self._oldest = now
        self._newest = now
        self._waiting[identifier] = None
        self._known.pop(identifier, None)
        self._known[identifier] = fingerprint
        if len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        return len(self._waiting) >= self._half

    def pause(self, now: float) -> float | None:
        """Seconds until we should ask whether all is safe; None while nothing waits."""
        count = len(self._waiting)
        if not count:
            return None
        if count >= self._half:
            return 0.0
        due = self._oldest + LONGEST_S
        if count >= FEW:
            due = min(due, self._newest + QUIET_S)
        return max(0.0, due - now)

    def take(self) -> tuple[int, ...]:
        """All that wait, oldest first; the caller acknowledges them when they are safe."""
        taken = tuple(self._waiting)
        self._waiting.clear()
        return taken


def pubacks(identifiers: Iterable[int]) -> bytes:
    """PUBACK packets, one after the other (MQTT 3.1.1 section 3.4; in 5.0 a length of 2 means success)."""
    return b"".join(b"\x40\x02" + identifier.to_bytes(2, "big") for identifier in identifiers)
