"""Rounds: places that a person must have seen within a window of time, and the record that they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.domain.point import Text
from monitor.domain.rules import Priority


class AnswerKind(StrEnum):
    """What a checklist item takes for an answer."""

    OK = "ok"
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class Compare:
    """A number read by eye should lie within `within` of what the sensor says."""

    point: str
    within: float


@dataclass(frozen=True, slots=True)
class Item:
    """One question at a checkpoint: only what sensors cannot see, or what should be compared with them."""

    id: str
    ask: Text
    answer: AnswerKind = AnswerKind.OK
    unit: str = ""
    range: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    compare: Compare | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place that is visited. `token` is what the code at the door holds."""

    id: str
    name: str
    location: str = ""
    equipment: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    token: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """A tour of checkpoints, either at fixed local times or `times_a_day` with `spacing` (s) between completions.

    `windows` are minutes after local midnight, half-open; an end at or before its start is on the next day.
    `grace` in seconds.
    """

    id: str
    name: str
    checkpoints: tuple[str, ...]
    windows: tuple[tuple[int, int], ...] = ()
    times_a_day: int = 0
    spacing: float = 0.0
    grace: float = 0.0
    role: str = ""
    priority: Priority = Priority.HIGH


class Outcome(StrEnum):
    """What became of one window of one round."""

    OPEN = "open"
    IN_TIME = "in_time"
    LATE = "late"
    INCOMPLETE = "incomplete"
    MISSED = "missed"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True)
class Window:
    """One window of one round, as stored: UTC in POSIX seconds, made from local time when it was planned.

    `grace_until` is when an unfinished window is judged. The rows are the truth, the scheduler is not.
    """

    id: str
    round: str
    start: float
    end: float
    grace_until: float
    outcome: Outcome = Outcome.OPEN
    decided_at: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CheckpointScan:
    """A person was at a checkpoint. `client_id` makes a repeated upload harmless.

    `at` is when it happened (POSIX s, from the phone), `received_at` when we heard of it.
    """

    client_id: str
    checkpoint: str
    at: float
    received_at: float
    actor: str
    answers: Mapping[str, str | float | bool] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    """What the answers showed: out of range, differs from the sensor, not ok."""
