"""What the engine needs from the outside, said by the engine: interfaces of one to four methods.

Every implementation, the fakes in tests included, is held to one contract suite per interface (tests/contracts).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, runtime_checkable

from monitor.domain.alarm import Alarm, AlarmEvent
from monitor.domain.audit import AuditHead, AuditRow
from monitor.domain.dutylog import LogEntry
from monitor.domain.history import Bucket, Sample
from monitor.domain.inspection import CheckpointScan, Window
from monitor.domain.instant import Instant
from monitor.domain.manual import Substitution
from monitor.domain.notification import InboundMessage, Notification
from monitor.domain.people import AuditEntry
from monitor.domain.scan import Scan
from monitor.domain.service import Service
from monitor.domain.workorder import Handover, WorkOrder

# Errors


class Transient(Exception):
    """Try again later: a timeout, a refused connection, a busy server. The text says what happened."""


class NotConnected(Transient):
    """The link itself is down: nobody behind it could be asked. Known at once, and says nothing of the equipment."""


class Permanent(Exception):
    """Trying again cannot help: wrong password, rejected content, a broken file. A human must be told."""


# Time


class Clock(Protocol):
    """The machine's two clocks."""

    def now(self) -> Instant:
        """This instant on both clocks."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait on steady time; virtual in tests."""
        ...


# Drivers: there is no write method here, and there shall be none.


@dataclass(frozen=True, slots=True)
class RawPoint:
    """The part of a raw answer that is one point's: its bytes as they came, and what the driver finds odd about them."""

    content: bytes
    odd: str = ""


@dataclass(frozen=True, slots=True)
class RawRead:
    """One raw answer for `watchroom probe`: what was asked, the bytes that came, and whose they are by point key."""

    request: str
    answer: bytes
    points: Mapping[str, RawPoint] = field(default_factory=dict)


class PolledConnection(Protocol):
    """One bus, gateway or TCP link whose equipment answers when asked. Reconnects by itself."""

    async def read(self, equipment: str) -> Scan:
        """Read everything of one equipment once.

        Raises Transient when it did not answer (timeout, refused, reset, a Modbus exception that may pass) and
        Permanent when it says that it never will. Points that could not be decoded are bad in the scan.
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

    async def run(self, inlet: Inlet) -> None:
        """Listen until cancelled. Raises Permanent only for what no retry can mend (refused credentials do retry)."""
        ...

    async def close(self) -> None:
        """Disconnect; idempotent."""
        ...


# Journal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """What is committed together or not at all."""

    events: tuple[AlarmEvent, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    """Whole rows; a later one of the same id replaces the earlier."""
    notifications: tuple[Notification, ...] = ()
    """Whole rows, replaced by id."""
    inbound: tuple[InboundMessage, ...] = ()
    windows: tuple[Window, ...] = ()
    scans: tuple[CheckpointScan, ...] = ()
    """A client_id that is stored already is left as it was."""
    orders: tuple[WorkOrder, ...] = ()
    handovers: tuple[Handover, ...] = ()
    log: tuple[LogEntry, ...] = ()
    services: tuple[Service, ...] = ()
    """Whole rows, replaced by id."""
    substitutions: tuple[Substitution, ...] = ()
    """Whole rows, replaced by id."""
    audit: tuple[AuditEntry, ...] = ()
    """Chained by hash in commit order."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """Small named facts, such as the clock anchor."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Everything that is needed to go on after a restart."""

    last_sequence: int = 0
    alarms: tuple[Alarm, ...] = ()
    """Every alarm that ever had an occurrence, is pending or is suppressed."""
    notifications: tuple[Notification, ...] = ()
    """Those not finished, and those SENT or DELIVERED in the last 3 days: receipts and replies may still come."""
    windows: tuple[Window, ...] = ()
    """Those OPEN, and the last decided one of each round."""
    orders: tuple[WorkOrder, ...] = ()
    """Those neither verified nor cancelled."""
    services: tuple[Service, ...] = ()
    """The newest word on each equipment."""
    substitutions: tuple[Substitution, ...] = ()
    """The newest word on each point that somebody has stated a value for."""
    marks: Mapping[str, str] = field(default_factory=dict)


class Journal(Protocol):
    """The record that must not be lost."""

    async def commit(self, changes: Sequence[Change]) -> None:
        """Make all changes durable in one transaction. Raises Transient (try again) or Permanent; nothing is half done."""
        ...

    async def load(self) -> Stored:
        """What stood when the last commit ended."""
        ...


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A slice of a list; `next` is the cursor to go on with, None at the end."""

    items: tuple[T, ...]
    next: str | None = None


class Record(Protocol):
    """Reading the journal, newest first unless said; times POSIX seconds, `cursor` from an earlier Page."""

    async def events(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        alarm: str | None = None,
        equipment: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
        oldest_first: bool = False,
    ) -> Page[AlarmEvent]: ...

    async def standing(self, at: float) -> Sequence[AlarmEvent]:
        """Of every alarm that was not NORM at `at`: its events since it last was, up to and with `at`, oldest first.

        Of one alarm the newest 500 at most.
        """
        ...

    async def notifications(
        self,
        *,
        alarm: str | None = None,
        occurrence: int | None = None,
        start: float | None = None,
        end: float | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[Notification]:
        """`start` and `end` choose those planned, sent or delivered in [start, end), planned at most 3 days before."""
        ...

    async def told(self, occurrences: Sequence[tuple[str, int]]) -> Sequence[Notification]:
        """Every message about these occurrences (alarm, number), oldest first."""
        ...

    async def inbound(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[InboundMessage]: ...

    async def windows(
        self,
        start: float,
        end: float,
        *,
        round: str | None = None,
        limit: int = 500,
        cursor: str | None = None,
    ) -> Page[Window]:
        """Windows that touch [start, end), oldest first."""
        ...

    async def scans(
        self,
        start: float,
        end: float,
        *,
        checkpoint: str | None = None,
        limit: int = 500,
        cursor: str | None = None,
    ) -> Page[CheckpointScan]: ...

    async def scan(self, client_id: str) -> CheckpointScan | None: ...

    async def orders(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        open_only: bool = False,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[WorkOrder]:
        """`start` and `end` choose those opened before `end` and not verified before `start`."""
        ...

    async def handovers(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[Handover]: ...

    async def log(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        equipment: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[LogEntry]: ...

    async def audit(
        self,
        start: float | None = None,
        end: float | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[AuditRow]:
        """Human actions in [start, end)."""
        ...

    async def audit_head(self) -> AuditHead:
        """The end of the chain of human actions."""
        ...


# History


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch: all stored but `rejected`, which can never be and is quarantined with its reason."""

    rejected: tuple[tuple[Sample, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found when a store was looked at: `good` or not, in words."""

    good: bool
    text: str


class Historian(Protocol):
    """Where readings are kept. Writing the same sample twice leaves one."""

    async def write(self, samples: Sequence[Sample]) -> Written:
        """Store a batch. Raises Transient to have it kept and tried again, Permanent when a human must act (the data is kept)."""
        ...

    async def raw(self, point: str, start_ms: int, end_ms: int, limit: int = 100_000) -> Sequence[Sample]:
        """Samples in [start, end), oldest first, preceded by the last one before `start` if there is one."""
        ...

    async def several(
        self, points: Sequence[str], start_ms: int, end_ms: int, limit: int = 100_000
    ) -> Mapping[str, Sequence[Sample]]:
        """As `raw` of each of these points (`limit` is for each); with `end_ms` = `start_ms` what was in force then."""
        ...

    async def buckets(self, point: str, start_ms: int, end_ms: int, count: int) -> Sequence[Bucket]:
        """`count` equal buckets over [start, end); empty ones are gaps."""
        ...

    async def points(self) -> Sequence[str]:
        """Ids of the points that it holds something of, also of those that left the configuration; perhaps a few more."""
        ...

    async def inspect(self) -> Sequence[Finding]:
        """Look whether it is what it should be, may be written and read, and keeps long enough. Stores nothing.

        Raises Transient when it does not answer, Permanent when it is not what its URL says.
        """
        ...

    async def close(self) -> None:
        """Let go of files and sockets; idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class SpoolBatch:
    """Samples that wait: those that could be read of the numbers [`start`, `position`)."""

    samples: tuple[Sample, ...]
    position: int
    start: int


class Spool(Protocol):
    """The durable buffer in front of the historian: bounded, oldest first; any loss is counted and dated."""

    def append(self, samples: Sequence[Sample]) -> None:
        """Take samples in order. Cheap: durable after the next `sync`."""
        ...

    def sync(self, now: Instant) -> None:
        """Make everything appended durable, with a watermark of `now`; called at least every 5 s."""
        ...

    def oldest(self, limit: int) -> SpoolBatch | None:
        """The oldest undelivered samples, at most `limit`; None when there are none."""
        ...

    def after(self, position: int, limit: int) -> SpoolBatch | None:
        """As `oldest`, of the samples numbered from `position` on: what is new need not wait for what is old."""
        ...

    def done(self, batch: SpoolBatch) -> None:
        """The batch is safe elsewhere and may be forgotten, also when it was not the oldest."""
        ...

    @property
    def depth(self) -> int:
        """Samples that wait."""
        ...

    @property
    def lost(self) -> int:
        """Samples given up for want of space since the spool was made, kept across restarts."""
        ...

    @property
    def appended(self) -> int:
        """Number of the next sample: how many were ever taken."""
        ...

    @property
    def durable(self) -> int:
        """Every sample taken by this process with a number below this survives a power cut. Never falls."""
        ...

    def close(self) -> None:
        """Sync and let go; idempotent."""
        ...


# Telling


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


class Uncertain(Transient):
    """The answer was lost in a timeout: the message may or may not be on its way."""


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
