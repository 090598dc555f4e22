"""Ways of reaching a person, and of hearing from one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from monitor.domain.notification import InboundMessage, Notification


@dataclass(frozen=True, slots=True)
class Accepted:
    """The channel took the message; `reference` is its number for it, `receipt` whether a receipt can come."""

    reference: str
    receipt: bool = False


class Notifier(Protocol):
    """One way of reaching a person."""

    async def send(self, notification: Notification) -> Accepted:
        """Hand over one message (`address`, `text`, `id` are filled in).

        Raises Transient (not accepted; try again), Uncertain (it may have been accepted) or Permanent.
        """
        ...

    async def close(self) -> None:
        """Let go of sockets; idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Receipt:
    """News of a message handed over earlier: the handset has it, or never will."""

    reference: str
    delivered: bool
    at: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a channel brought: receipts of ours, or a message of theirs."""

    receipts: tuple[Receipt, ...] = ()
    messages: tuple[InboundMessage, ...] = ()


class Listener(Protocol):
    """A channel that also brings receipts and replies."""

    def listen(self) -> AsyncIterator[Heard]:
        """Receipts and replies as they come, until cancelled."""
        ...


@runtime_checkable
class CalledBack(Protocol):
    """A channel whose provider calls us over HTTP. The composition root mounts `/hooks/CHANNEL/PATH` for it."""

    def callback(self, path: str, query: Mapping[str, str], peer: str) -> Heard:
        """What one call brought; `path` is what follows the channel, `peer` the caller's address.

        Raises PermissionError for a caller or a secret that is not the right one, ValueError for what is no call of
        this provider's. Neither text shows anything of the secret.
        """
        ...
