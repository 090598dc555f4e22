"""Devices that dial in: who is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable


class TurnedAway(StrEnum):
    """Why somebody who dialled in was sent away."""

    UNKNOWN = "unknown"
    """Said a registration that nobody expects."""
    TOO_SLOW = "too_slow"
    """Did not say who it is in time."""
    CROWDED = "crowded"
    """Too many were at the door already."""


class Reception(Protocol):
    """Who is told of callers at a connection that devices dial. Nothing here blocks."""

    def arrived(self, name: str, equipment: Sequence[str], *, replaces: bool) -> None:
        """A device has said who it is; `replaces` another connection under the same name that stood until now."""
        ...

    def left(self, name: str) -> None:
        """Its connection has ended, and no other has taken its place."""
        ...

    def turned_away(self, why: TurnedAway, said: str, peer: str) -> None:
        """Somebody from `peer` was sent away who had `said` this: text of a stranger."""
        ...


@runtime_checkable
class DialledInto(Protocol):
    """A polled connection of a driver that devices may dial."""

    def announce(self, reception: Reception) -> bool:
        """Tell `reception` of every caller from now on; False where this connection is one that we dial."""
        ...
