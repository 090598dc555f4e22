"""Devices that are asked and devices that speak. There is no write method here, and there shall be none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from monitor.domain.scan import Scan


@dataclass(frozen=True, slots=True)
class RawPoint:
    """The part of a raw answer that is one point's: its bytes as they came, and what the driver finds odd about them."""

    content: bytes
    odd: str = ""


@dataclass(frozen=True, slots=True)
class RawRead:
    """One raw answer for `watchroom probe`: what was asked, the bytes that came, and whose they are by point key."""

    request: str
    """Where the device speaks by itself, what it spoke on."""
    answer: bytes
    points: Mapping[str, RawPoint] = field(default_factory=dict)
    text: bool = False
    """The bytes are a text (UTF-8, unless the device made a mistake)."""


class PolledConnection(Protocol):
    """One bus, gateway or TCP link whose equipment answers when asked. Reconnects by itself."""

    async def read(self, equipment: str) -> Scan:
        """Read everything of one equipment once.

        Raises Transient when it did not answer (timeout, refused, reset, a Modbus exception that may pass) and
        Permanent when it says that it never will. Points that could not be decoded are bad in the scan.
        """
        ...

    def start(self, equipment: str, told: Callable[[Scan | Exception], None]) -> None:
        """As `read`, without a task that waits: `told` hears the scan, or what `read` would raise, exactly once.

        This is what polling asks by.
        """
        ...

    async def probe(self, equipment: str) -> tuple[Scan, Sequence[RawRead]]:
        """As `read`, with the raw answers beside."""
        ...

    async def close(self) -> None:
        """Let go of the socket; idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class BrokerSession:
    """What a broker keeps for us while we are away."""

    name: str
    """Whose it is and where: another name is another session."""
    kept: bool
    """It was still there when we came; False for one that began with this connection."""


class Inlet(Protocol):
    """Where drivers that are spoken to put what they hear."""

    def scan(self, scan: Scan) -> None:
        """A full or partial scan. Never blocks."""
        ...

    def answering(self, equipment: str, answering: bool, reason: str) -> None:
        """The equipment itself, or its gateway, says that it is there or gone."""
        ...

    def link(self, connection: str, up: bool, reason: str, session: BrokerSession | None = None) -> None:
        """The connection to the broker came up or was lost; `session` where it came up and the broker keeps one."""
        ...

    def discarded(self, connection: str, equipment: str | None, reason: str) -> None:
        """Something was heard that could not be used; counted, and logged when it begins."""
        ...

    async def safe(self) -> None:
        """Wait until everything taken so far is safe with us, so that the other side may forget it.

        Safe: what it caused is committed to the journal and its samples are durable in the spool; a power cut takes
        nothing of it. Waits as long as one of them does not write.
        """
        ...


class PushedConnection(Protocol):
    """One broker whose equipment speaks when it likes. Reconnects and resubscribes by itself."""

    @property
    def places(self) -> Sequence[str]:
        """What it listens to."""
        ...

    def overhear(self, tap: Callable[[RawRead], None]) -> None:
        """Tell `tap` of each message as it came, and which part of it is whose: for `watchroom probe`."""
        ...

    async def run(self, inlet: Inlet) -> None:
        """Listen until cancelled. Raises Permanent only for what no retry can mend (refused credentials do retry)."""
        ...

    async def close(self) -> None:
        """Disconnect; idempotent."""
        ...
