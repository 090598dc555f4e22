"""Reading the journal, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from monitor.domain.alarm import AlarmEvent
from monitor.domain.audit import AuditHead, AuditRow
from monitor.domain.dutylog import LogEntry
from monitor.domain.inspection import CheckpointScan, Window
from monitor.domain.notification import InboundMessage, Notification
from monitor.domain.workorder import Handover, WorkOrder

T = TypeVar("T")


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
