"""Who is told about an alarm, when, by which channel, and when a step becomes unnecessary."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.domain.notification import Unless
from monitor.domain.rules import AlarmKind, Priority


@dataclass(frozen=True, slots=True)
class Match:
    """Which alarms a policy is for. An empty set matches everything."""

    priorities: frozenset[Priority] = frozenset()
    kinds: frozenset[AlarmKind] = frozenset()
    systems: frozenset[str] = frozenset()
    equipment: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """`after` seconds of steady time after the annunciation, tell `role` by `channel`, unless it has become needless."""

    after: float
    role: str
    channel: str
    unless: Unless | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The first policy that matches an alarm is followed. `over` sends one message when it returned to normal."""

    match: Match
    steps: tuple[EscalationStep, ...]
    over: bool = False
    name: str = field(default="")
