"""The one message that Watchroom ever publishes, and only where `rebirth: true` says so.

A host that comes late, or missed a message, asks an edge node to publish its birth certificate again (specification
3.0.0, `Node Control/Rebirth`, chapter 6.4.21). It is a protocol message: it moves nothing and changes no output.
tests/drivers/test_no_write.py holds this file to it.
"""

from __future__ import annotations

from typing import Any

from monitor.domain.instant import Instant

PAUSE_S = 60.0
"""Between two requests to the same node: a birth is large, and a node that cannot give one is not to be pressed."""
NAME = b"Node Control/Rebirth"
REQUEST = b"\x12" + bytes([len(NAME) + 6]) + b"\x0a" + bytes([len(NAME)]) + NAME + b"\x20\x0b\x70\x01"
"""A payload of one metric (field 2): that name (1), datatype (4) Boolean = 11, boolean_value (14) true."""


class Rebirth:
    """Asks, and remembers when it last did."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, str], float] = {}

    def ask(self, session: Any, group: str, node: str, now: Instant) -> None:
        """Ask one node, unless it was asked within the last minute. `session` is the open session.Session."""
        if session is None or now.steady - self._asked.get((group, node), float("-inf")) < PAUSE_S:
            return
        self._asked[group, node] = now.steady
        session.lend(
            lambda client: client.publish(f"spBv1.0/{group}/NCMD/{node}", REQUEST, qos=0, retain=False)
        )
