"""A checked configuration: frozen values, nothing left to be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.domain.causes import CauseRule
from monitor.domain.duty import Roster
from monitor.domain.escalation import Policy
from monitor.domain.inspection import Checkpoint, Round
from monitor.domain.point import Text
from monitor.domain.positions import OperatorPosition
from monitor.domain.rules import AlarmRule
from monitor.domain.ruleset import EquipmentRules
from monitor.domain.source import EquipmentSource
from monitor.domain.urgency import GradeClock
from monitor.domain.weekly import Weekly


@dataclass(frozen=True, slots=True)
class Grade:
    """A service-grade profile: what the contract promises. `lamps` is a share (0 to 1), clocks in seconds."""

    name: str
    lamps: float
    urgent_on_site: float
    lamp_repair: float
    fault_repair: float

    @property
    def clocks(self) -> Mapping[GradeClock, float]:
        """Its times by the names that cards use."""
        return {clock: getattr(self, clock.value) for clock in GradeClock}


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret read from the credentials directory; shows itself only when asked."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "********"


@dataclass(frozen=True, slots=True)
class Connection:
    """One bus, gateway or broker. `settings` is an instance of its driver's connection model."""

    id: str
    driver: str
    settings: Any


@dataclass(frozen=True, slots=True)
class Channel:
    """One way of telling people. `settings` is an instance of its notifier's model."""

    id: str
    notifier: str
    settings: Any


@dataclass(frozen=True, slots=True)
class Equipment:
    """One piece of equipment with its ledger card, its points where the driver finds them, and its alarm rules."""

    id: str
    name: Text
    type: str
    type_title: Text
    system: str
    location: str
    connection: str
    source: EquipmentSource
    rules: EquipmentRules
    ledger: Mapping[str, str] = field(default_factory=dict)
    fed_by: str | None = None
    """The board that gives it power."""


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """Where the record is kept: `sqlite:FILE` relative to the state directory, or `postgresql://...`.

    A password is never in the URL: it is here.
    """

    url: str
    username: str | None = None
    password: Secret | None = None


@dataclass(frozen=True, slots=True)
class HistorianSettings:
    """Where readings are kept; `retention` of raw values in seconds."""

    url: str
    retention: float
    token: Secret | None = None
    username: str | None = None
    password: Secret | None = None


@dataclass(frozen=True, slots=True)
class Drill:
    """The weekly test: `sms` sends one message to `role` by each of `channels`, `horn` sounds the consoles.

    `within` is how long (s) a receipt, or somebody's acknowledgement, may take. None: not tested.
    """

    sms: Weekly | None
    role: str
    channels: tuple[str, ...]
    horn: Weekly | None
    within: float


@dataclass(frozen=True, slots=True)
class Site:
    """Everything one daemon watches."""

    id: str
    name: Text
    timezone: str
    language: str
    grade: Grade
    journal: JournalSettings
    historian: HistorianSettings
    listen: tuple[str, int]
    connections: Mapping[str, Connection]
    channels: Mapping[str, Channel]
    equipment: Mapping[str, Equipment]
    roster: Roster
    policies: tuple[Policy, ...]
    checkpoints: Mapping[str, Checkpoint]
    rounds: tuple[Round, ...]
    directory: Path
    drill: Drill | None = None
    shelf_max: float = 86400.0
    """Seconds that an alarm may be shelved at most."""
    round_rules: tuple[AlarmRule, ...] = ()
    """One for each round, `ROUND.missed`: kind inspection, an incident that Watchroom itself reports."""
    causes: tuple[CauseRule, ...] = ()
    """Alarms that explain others."""
    positions: tuple[OperatorPosition, ...] = ()
    """The desks of the control room; none configured is one for the whole site."""
    notices: tuple[str, ...] = ()
    """What `check` says beside the errors: a shipped type replaced by the site's own, an unused connection."""
