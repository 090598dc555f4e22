"""Rounds: places that a person must have seen within a window of time, and the record that they did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    counts_failed: str | None = None
    """The lighting zone (equipment) of which the answer is the number of failed lamps."""


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

    @property
    def done(self) -> bool:
        """Every checkpoint was seen."""
        return self in (Outcome.IN_TIME, Outcome.LATE)

    @property
    def missed(self) -> bool:
        """Somebody must answer for it."""
        return self in (Outcome.MISSED, Outcome.INCOMPLETE)


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


def attribute(
    round_: Round, windows: Iterable[Window], scans: Iterable[CheckpointScan]
) -> dict[str, dict[str, CheckpointScan]]:
    """Which scan counts for which window: window id -> checkpoint -> its first scan.

    A scan counts once per round, for the earliest window that is open at its time (grace included) and still lacks
    this checkpoint. Where the round asks for `spacing`, a scan sooner than that after the completion before counts for
    nothing. Only the scans matter, not when we heard of them, so a restart or a late upload gives the same answer.
    """
    rows = sorted(windows, key=lambda window: window.start)
    seen: dict[str, dict[str, CheckpointScan]] = {window.id: {} for window in rows}
    wanted = set(round_.checkpoints)
    completed: float | None = None
    for scan in sorted(scans, key=lambda scan: scan.at):
        if scan.checkpoint not in wanted:
            continue
        if completed is not None and scan.at < completed + round_.spacing:
            continue
        window = next((row for row in rows if _takes(row, seen[row.id], scan)), None)
        if window is None:
            continue
        seen[window.id][scan.checkpoint] = scan
        if len(seen[window.id]) == len(wanted):
            completed = scan.at
    return seen


def _takes(window: Window, seen: Mapping[str, CheckpointScan], scan: CheckpointScan) -> bool:
    return window.start <= scan.at < max(window.end, window.grace_until) and scan.checkpoint not in seen


def decide(window: Window, round_: Round, scans: Iterable[CheckpointScan], now: float) -> Outcome:
    """The outcome of one window by the scans that count for it (see `attribute`); `now` is POSIX seconds.

    All checkpoints inside the window: in time. Completed within the grace: late. At the end of the grace some of
    them: incomplete, none: missed. An excuse stays.
    """
    if window.outcome is Outcome.EXCUSED:
        return Outcome.EXCUSED
    firsts: dict[str, float] = {}
    for scan in scans:
        if scan.checkpoint in round_.checkpoints and window.start <= scan.at < max(
            window.end, window.grace_until
        ):
            firsts[scan.checkpoint] = min(scan.at, firsts.get(scan.checkpoint, scan.at))
    if len(firsts) == len(set(round_.checkpoints)):
        return Outcome.IN_TIME if max(firsts.values()) < window.end else Outcome.LATE
    if now < window.grace_until:
        return Outcome.OPEN
    return Outcome.INCOMPLETE if firsts else Outcome.MISSED


class BadAnswer(ValueError):
    """An answer that the checklist does not ask for or cannot take; `item` names it."""

    def __init__(self, item: str, message: str) -> None:
        super().__init__(f"{item}: {message}")
        self.item = item


def remarks(
    items: Sequence[Item], answers: Mapping[str, str | float | bool], sensors: Mapping[str, float]
) -> tuple[str, ...]:
    """What the answers show, each as `item: reason detail`; reasons are not_ok, out_of_range, differs, unanswered.

    `sensors` holds the latest good value of each compared point; a comparison without one is left out. Raises
    BadAnswer for an unknown item or an answer of the wrong kind.
    """
    known = {item.id: item for item in items}
    for name in answers:
        if name not in known:
            raise BadAnswer(name, "the checklist has no such item")
    found: list[str] = []
    for item in items:
        if item.id in answers:
            found += _look(item, answers[item.id], sensors)
        elif item.answer not in (AnswerKind.TEXT, AnswerKind.PHOTO):
            found.append(f"{item.id}: unanswered")
    return tuple(found)


def _look(item: Item, answer: str | float | bool, sensors: Mapping[str, float]) -> list[str]:
    match item.answer:
        case AnswerKind.OK:
            if not isinstance(answer, bool):
                raise BadAnswer(item.id, "answer true when it is in order, false when not")
            return [] if answer else [f"{item.id}: not_ok"]
        case AnswerKind.NUMBER:
            return _look_at_number(item, answer, sensors)
        case AnswerKind.CHOICE if answer not in item.choices:
            raise BadAnswer(item.id, f"choose one of {', '.join(item.choices)}")
        case AnswerKind.TEXT | AnswerKind.PHOTO if not isinstance(answer, str):
            raise BadAnswer(item.id, "answer with text")
    return []


def _look_at_number(item: Item, answer: str | float | bool, sensors: Mapping[str, float]) -> list[str]:
    if isinstance(answer, (bool, str)) or not -1e12 < answer < 1e12:
        raise BadAnswer(item.id, "answer with a number")
    found: list[str] = []
    if item.range and not item.range[0] <= answer <= item.range[1]:
        found.append(f"{item.id}: out_of_range {answer:g} ({item.range[0]:g}..{item.range[1]:g})")
    if item.compare and item.compare.point in sensors:
        sensor = sensors[item.compare.point]
        if abs(answer - sensor) > item.compare.within + 1e-9:
            found.append(f"{item.id}: differs {answer:g} ({item.compare.point} {sensor:g})")
    return found
