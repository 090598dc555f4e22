"""What the console asks of the rest of the daemon, said by the console: each protocol holds only what is called here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from monitor.domain.alarm import Alarm
from monitor.domain.dutylog import LogEntry
from monitor.domain.history import Sample
from monitor.domain.inspection import CheckpointScan, Window
from monitor.domain.instant import Instant
from monitor.domain.lamps import FailedLamp
from monitor.domain.lit import Lit
from monitor.domain.manual import Substitution
from monitor.domain.people import Role
from monitor.domain.point import Value
from monitor.domain.reading import Reading
from monitor.domain.restless import Marks
from monitor.domain.rules import AlarmRule
from monitor.domain.service import Mode, Service
from monitor.domain.workorder import Handover, OrderState, WorkOrder
from monitor.engine.alarming import Command
from monitor.engine.exporting import Export, Order
from monitor.engine.health import ConnectionHealth
from monitor.engine.live import AlarmView, Update
from monitor.engine.presence import Position, Sound
from monitor.engine.silencing import Heard
from monitor.engine.tally import Figure
from monitor.ports import Clock, Exporter, Historian, Record
from monitor.settings.site import Site


class Subscription(Protocol):
    """One reader of the live view: everything as it is, then what changes, at most one waiting update per thing."""

    snapshot: list[Update]

    def __aiter__(self) -> AsyncIterator[Update]: ...

    def close(self) -> None: ...


class Live(Protocol):
    """The latest of everything."""

    def reading(self, point: str, /) -> Reading | None: ...

    def readings(self, equipment: str, /) -> tuple[Reading, ...]: ...

    def alarms(self) -> tuple[AlarmView, ...]: ...

    def alarm(self, alarm: str, /) -> AlarmView | None: ...

    def subscribe(self) -> Subscription: ...


class Alarming(Protocol):
    """The one door for people's commands on alarms (raises UnknownAlarm, Refused, NotStored)."""

    async def command(self, alarm: str, cause: Command, /) -> Alarm: ...

    async def comment(self, alarm: str, actor: str, note: str, /) -> None: ...

    async def tested(self, alarm: str, actor: str, note: str, /) -> None: ...

    def proven(self, alarm: str, /) -> float | None: ...

    def alarm(self, alarm: str, /) -> Alarm: ...

    def rule(self, alarm: str, /) -> AlarmRule: ...

    def parent(self, alarm: str, /) -> str | None: ...

    def children(self, alarm: str, /) -> tuple[str, ...]: ...


class ScanResult(Protocol):
    """`stored` is False when this client_id was known already; `windows` are those that the scan belongs to."""

    @property
    def stored(self) -> bool: ...

    @property
    def windows(self) -> tuple[Window, ...]: ...


class Supervision(Protocol):
    """Rounds, work orders and handovers."""

    async def record_scan(self, scan: CheckpointScan, /) -> ScanResult: ...

    async def open_order(
        self, *, title: str, equipment: str, actor: str, origin: str = "person", due: float | None = None
    ) -> WorkOrder: ...

    async def move_order(self, id_: str, state: OrderState, actor: str, note: str = "") -> WorkOrder: ...

    async def hand_over(self, actor: str, text: str) -> Handover: ...


class Noting(Protocol):
    """Human actions that change nothing else (raises NotStored)."""

    async def note(self, actor: str, action: str, subject: str, detail: str = "", /) -> None: ...


class DutyLog(Protocol):
    """What no alarm says."""

    async def write(self, actor: str, text: str, equipment: str = "", /) -> LogEntry: ...


class Servicing(Protocol):
    """Equipment out of service or in commissioning (raises ServiceRefused, NotStored)."""

    def of(self, equipment: str, /) -> Service | None: ...

    async def change(
        self, equipment: str, mode: Mode, until: float | None, actor: str, reason: str, /
    ) -> Service: ...


class Substituting(Protocol):
    """Values that people state for points (raises SubstitutionRefused, NotStored)."""

    def of(self, point: str, /) -> Substitution | None: ...

    async def state(
        self, point: str, value: Value, until: float, actor: str, reason: str, /
    ) -> Substitution: ...

    async def resume(self, point: str, actor: str, /) -> None: ...


class Account(Protocol):
    """Who signed in."""

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> Role: ...

    @property
    def language(self) -> str: ...


class Accounts(Protocol):
    """People's passwords, programs' tokens and the sessions of browsers; secrets are stored as hashes only."""

    async def sign_in(self, name: str, password: str, /) -> tuple[str, Account] | None:
        """A new session's secret and its account; None when name or password is wrong."""
        ...

    async def session(self, secret: str, /) -> Account | None:
        """The account of a session that is neither over nor signed out."""
        ...

    async def sign_out(self, secret: str, /) -> None: ...

    async def token(self, secret: str, /) -> Account | None:
        """The account of a bearer token that was not revoked."""
        ...

    async def set_language(self, name: str, language: str, /) -> None: ...


class Health(Protocol):
    """Whether every supervised loop turns and the journal writes."""

    @property
    def ok(self) -> bool: ...

    @property
    def reasons(self) -> tuple[str, ...]: ...


class Tally(Protocol):
    """The daemon's counters and gauges."""

    def snapshot(self) -> Iterable[Figure]: ...


class Presence(Protocol):
    """Who sits before an open console."""

    def attend(self, console: str, person: str, role: Role) -> AbstractContextManager[None]: ...

    def say(self, console: str, person: str, sound: Sound, position: str = "", /) -> bool: ...

    @property
    def positions(self) -> tuple[Position, ...]: ...


class Silencing(Protocol):
    """The horn of a console, silenced (raises NotStored)."""

    async def silenced(self, actor: str, where: str, heard: Sequence[Heard], others: int, /) -> int: ...


class Connections(Protocol):
    """How the connections fare."""

    def state(self, connection: str, /) -> tuple[bool | None, str]:
        """Whether the way is open (None before the first try), and why not."""
        ...

    def health(self, now: Instant, /) -> Mapping[str, ConnectionHealth]:
        """Those that are polled, by id."""
        ...


class Exports(Protocol):
    """Files that are made while people wait."""

    async def begin(self, order: Order, name: str, who: str, /) -> Export: ...

    def of(self, who: str, /) -> Sequence[Export]: ...

    def find(self, id_: str, who: str, /) -> Export: ...

    def drop(self, export: Export, /) -> None: ...


class Phones(Protocol):
    """A simulated channel whose phones are answered in the console."""

    async def reply(self, address: str, text: str, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the console needs. `phones` are the simulated channels by id; empty where messages are real."""

    site: Site
    live: Live
    alarming: Alarming
    supervision: Supervision
    record: Record
    historian: Historian
    accounts: Accounts
    health: Callable[[], Health]
    tally: Tally
    clock: Clock
    presence: Presence
    silencing: Silencing
    restless: Callable[[AlarmView], Marks]
    """How an alarm behaved in the last hour."""
    servicing: Servicing
    substituting: Substituting
    log: DutyLog
    noting: Noting
    connections: Connections
    exporter: Exporter
    exports: Exports
    phones: Mapping[str, Phones] = field(default_factory=dict)
    quarantine: Callable[[int], Sequence[tuple[Sample, str]]] = lambda limit: ()
    """The last samples, at most so many, that the historian will never take, newest first, with its reasons."""
    lamps: Callable[[str], Sequence[FailedLamp]] = lambda equipment: ()
    """The failed lamps of an equipment with the repair clock of each, the longest first."""
    lit: Callable[[str, float, float], Mapping[date, Mapping[str, Lit]]] = lambda rule, start, end: {}
    """How well the zone of an availability rule was lit in the nights of a span, by window."""
    routers: Sequence[object] = ()
    """Further routers of the composition root, such as the call-back of an SMS provider."""
