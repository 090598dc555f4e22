"""The alarm's life: flags, the state name derived from them, and what is written down when it changes.

Names and transitions are those of ISA-18.2-2016 figure 3 / IEC 62682 figure 3 and OPC UA Part 9 section 5.8.
The rules of motion are in `transition.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.domain.rules import AlarmKind, Priority, Verdict
from monitor.domain.suppression import NONE, Suppressions


class AlarmState(StrEnum):
    """The standard's names; always derived, never stored as the truth."""

    NORM = "NORM"
    UNACK = "UNACK"
    ACK = "ACK"
    RTN_UNACK = "RTN_UNACK"
    LATCH_UNACK = "LATCH_UNACK"
    LATCH_ACK = "LATCH_ACK"
    SHELVED = "SHELVED"
    SUPPRESSED = "SUPPRESSED"
    OUT_OF_SERVICE = "OUT_OF_SERVICE"


@dataclass(frozen=True, slots=True)
class Pending:
    """A delay that runs: `due` is steady time in seconds. It never ends on bad data."""

    to: Literal["raise", "clear"]
    due: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """One rule's alarm. `occurrence` counts trips away from NORM, `annunciation` the entries to UNACK within one.

    Times are wall time in POSIX seconds, for people; delays live in `pending`.
    """

    id: str
    priority: Priority
    occurrence: int = 0
    annunciation: int = 0
    active: bool = False
    acknowledged: bool = True
    latched: bool = False
    pending: Pending | None = None
    frozen: bool = False
    """True while the data cannot say: pending delays wait."""
    suppressions: Suppressions = NONE
    raised_at: float | None = None
    """When the occurrence began; raised again before anybody acknowledged its return, it is the same occurrence."""
    active_since: float | None = None
    """When the condition last came: later than `raised_at` where it went away and came back within the occurrence."""
    returned_at: float | None = None
    acknowledged_at: float | None = None
    acknowledged_by: str | None = None
    value: Value | None = None
    """The value that raised this annunciation."""

    @property
    def since(self) -> float | None:
        """When the condition last came (POSIX s); rows of earlier versions have only the occurrence's beginning."""
        return self.raised_at if self.active_since is None else self.active_since

    @property
    def underneath(self) -> AlarmState:
        """The state by the flags alone, whatever hides it."""
        if self.active:
            return AlarmState.ACK if self.acknowledged else AlarmState.UNACK
        if self.latched:
            return AlarmState.LATCH_ACK if self.acknowledged else AlarmState.LATCH_UNACK
        return AlarmState.NORM if self.acknowledged else AlarmState.RTN_UNACK

    @property
    def state(self) -> AlarmState:
        """The state shown to people."""
        if self.suppressions.out_of_service_until is not None:
            return AlarmState.OUT_OF_SERVICE
        if self.suppressions.by_design:
            return AlarmState.SUPPRESSED
        if self.suppressions.shelved_until is not None:
            return AlarmState.SHELVED
        return self.underneath


# Causes: everything that can happen to an alarm.


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule looked at data. `value`, `quality` and `source_time` are what it saw, for the record."""

    verdict: Verdict
    value: Value | None = None
    quality: Quality = Quality.GOOD
    source_time: float | None = None


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Time has passed: pending delays and the ends of suppressions are looked at."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A single event such as a missed round: always a new occurrence, without delay."""

    value: Value | None = None


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """A person has seen *this* annunciation of *this* occurrence."""

    occurrence: int
    annunciation: int
    actor: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reset:
    """A person releases a latched alarm (OPC UA Part 9, Reset)."""

    occurrence: int
    annunciation: int
    actor: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shelve:
    """A person hides the alarm until `until` (wall time, POSIX seconds) for a `reason`; both are mandatory."""

    occurrence: int
    annunciation: int
    until: float
    reason: str
    actor: str
    once: bool = False


@dataclass(frozen=True, slots=True)
class Unshelve:
    """A person ends the shelf early."""

    actor: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SuppressByDesign:
    """Site logic hides or shows the alarm."""

    on: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class TakeOutOfService:
    """A person takes the equipment out of service until `until` (wall time), or back into it with None."""

    until: float | None
    actor: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reprioritise:
    """The rule's priority is another now; a raised one annunciates an acknowledged alarm anew."""

    priority: Priority


@dataclass(frozen=True, slots=True)
class ReAlarm:
    """The re-alarm time of an acknowledged alarm is over (ISA-18.2 re-alarming)."""


Cause = (
    Judged
    | Elapsed
    | Trip
    | Acknowledge
    | Reset
    | Shelve
    | Unshelve
    | SuppressByDesign
    | TakeOutOfService
    | Reprioritise
    | ReAlarm
)


class Refusal(StrEnum):
    """Why a command was not carried out."""

    OLD_OCCURRENCE = "old_occurrence"
    OLD_ANNUNCIATION = "old_annunciation"
    UNKNOWN_OCCURRENCE = "unknown_occurrence"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    STILL_ACTIVE = "still_active"
    NOT_LATCHED = "not_latched"
    END_NOT_IN_FUTURE = "end_not_in_future"
    REASON_MISSING = "reason_missing"
    NOT_SHELVED = "not_shelved"
    NO_TEST = "no_test"
    """Its rule does not ask for tests."""
    END_TOO_FAR = "end_too_far"
    """The site lets nobody shelve for that long."""


class EventCause(StrEnum):
    """What the journal calls the cause of a change."""

    RAISED = "raised"
    RETURNED = "returned"
    TRIPPED = "tripped"
    ACKNOWLEDGED = "acknowledged"
    RESET = "reset"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    SHELF_ENDED = "shelf_ended"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    OUT_OF_SERVICE = "out_of_service"
    IN_SERVICE = "in_service"
    PRIORITY_RAISED = "priority_raised"
    PRIORITY_LOWERED = "priority_lowered"
    RE_ALARMED = "re_alarmed"
    COMMENTED = "commented"
    SILENCED = "silenced"
    """A person silenced the horn of a console while the alarm sounded: nothing of the alarm changed."""
    SUPERSEDED = "superseded"
    RULE_REMOVED = "rule_removed"
    WAS_DOWN = "was_down"
    RELOADED = "reloaded"


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of one alarm, before it gets its number in the journal."""

    cause: EventCause
    before: AlarmState
    after: AlarmState
    occurrence: int
    annunciation: int
    at: Instant
    actor: str | None = None
    note: str = ""
    value: Value | None = None
    quality: Quality = Quality.GOOD
    source_time: float | None = None
    annunciates: bool = False
    """True when people must be told: an entry to UNACK that nothing suppresses."""


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """The journal row: a transition with its number. `at` is wall time, POSIX seconds; `steady` the other clock."""

    sequence: int
    alarm: str
    kind: AlarmKind
    equipment: str
    priority: Priority
    cause: EventCause
    before: AlarmState
    after: AlarmState
    occurrence: int
    annunciation: int
    at: float
    steady: float
    actor: str | None = None
    note: str = ""
    value: Value | None = None
    quality: Quality = Quality.GOOD
    source_time: float | None = None
    annunciates: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """The answer of `transition.step`: the alarm as it now is, what happened in order, or why nothing did."""

    alarm: Alarm
    transitions: tuple[Transition, ...] = ()
    refusal: Refusal | None = None
