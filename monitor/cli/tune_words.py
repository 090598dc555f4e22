"""What `watchroom tune` says, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from monitor.domain.conditions import MonthlyUptimeBelow, Unceasing, Unproven
from monitor.domain.nuisance import FEW
from monitor.domain.point import Kind, Point
from monitor.domain.rules import AlarmRule
from monitor.domain.tuning import BEARABLE, LEARNED, Candidate, Difference, Gone, Load, load
from monitor.engine.tuning import Past

MOST: Final = 20
"""Trips of a kind that are named."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The rule over `span` (POSIX s), and each change that was tried beside it; those that are proposed, best first."""

    rule: AlarmRule
    span: tuple[float, float]
    timezone: str
    points: Sequence[Point]
    past: Past
    made: tuple[tuple[Candidate, Difference], ...]
    proposing: bool

    def lines(self) -> list[str]:
        """For people."""
        start, end = self.span
        head = (
            f"{self.rule.id}, {self._when(start)} to {self._when(end)} ({self.timezone}): "
            f"{self.past.samples:,} recorded values judged"
        )
        body = self._proposals() if self.proposing else self._change(*self.made[0])
        return [head, *body, *(f"note: {note}" for note in self.notes())]

    def plain(self) -> dict[str, Any]:
        """For programs; times in POSIX seconds, lengths in seconds."""
        return {
            "rule": self.rule.id,
            "start": self.span[0],
            "end": self.span[1],
            "samples": self.past.samples,
            "before": _load(self._now()),
            "proposing": self.proposing,
            "changes": [_plain(one, made) for one, made in self.made],
            "notes": self.notes(),
        }

    def notes(self) -> list[str]:
        """What the history cannot say."""
        notes = []
        share = self.past.unseen / (self.span[1] - self.span[0])
        if self.past.unseen:
            notes.append(
                f"for {length(self.past.unseen)} ({share:.1%}) a value was missing or bad: a gap neither raises nor clears"
            )
        if self.past.empty:
            notes.append(f"nothing was recorded of {', '.join(self.past.empty)}")
        texts = [point.id for point in self.points if point.kind is Kind.TEXT]
        if texts:
            notes.append(
                f"{', '.join(texts)} is text, which not every historian keeps: what is missing is a gap"
            )
        if isinstance(self.rule.condition, Unproven | MonthlyUptimeBelow):
            notes.append("what the rule had seen before the period is not known here: it begins anew")
        return notes

    def _now(self) -> Load:
        return load(self.past.trips[0], self.span[1])

    def _change(self, one: Candidate, made: Difference) -> list[str]:
        return [
            "",
            f"{_name(one)}: {verdict(made)}",
            "",
            *_table(made),
            *self._list("removed", made.removed),
            *self._list("new", made.new),
        ]

    def _proposals(self) -> list[str]:
        now = self._now()
        as_it_is = f"as it is: {_count(len(now.trips))}, {length(now.in_alarm)} in alarm, worst ten minutes {_worst(now)}"
        learned = [pair for pair in self.made if pair[0].field == LEARNED]
        quieter = [pair for pair in self.made if pair[0].field != LEARNED]
        lines = [as_it_is, *(_floor(*pair) for pair in learned)]
        if not self.made:
            lines.append(self._nothing(len(now.trips)))
        if quieter:
            lines.append("what quietens most without losing an alarm over 60 s:")
            lines += [f"  {_name(one)}: {verdict(made)}" for one, made in quieter]
        return [*lines, *(self._how(one) for one, _ in self.made[:1])]

    def _how(self, one: Candidate) -> str:
        rule_id = self.rule.id.partition(".")[2]
        return f"to see which: --set {one.field}={one.text}; to keep it: set: {{{rule_id}.{one.field}: {one.text}}}"

    def _nothing(self, trips: int) -> str:
        if isinstance(self.rule.condition, Unceasing):
            return "its nights teach no other limit: fewer than three were seen, they say the same, or it is a meter's total"
        if trips < FEW:
            return "it tripped too seldom for a habit: no delay is proposed"
        return "no usual delay or deadband removes anything without losing an alarm over 60 s"

    def _list(self, title: str, found: Sequence[Gone]) -> list[str]:
        if not found:
            return []
        many = f" ({MOST} of {len(found)}, the longest first)" if len(found) > MOST else ""
        return ["", f"{title}{many}:", *(f"  {self._when(one.at)}  {_gone(one)}" for one in found[:MOST])]

    def _when(self, at: float) -> str:
        return datetime.fromtimestamp(at, ZoneInfo(self.timezone)).isoformat(" ", "seconds")


def verdict(made: Difference) -> str:
    """`131 of 143 gone, no alarm over 60 s lost`."""
    parts = [f"{len(made.removed)} of {len(made.before.trips)} gone", _lost(made)]
    if made.new:
        parts.append(f"{len(made.new)} new")
    if made.later > 0:
        parts.append(f"those that stay are told up to {length(made.later)} later")
    return ", ".join(parts)


def _lost(made: Difference) -> str:
    if not made.lost:
        return "no alarm lost"
    if made.longest_lost <= BEARABLE:
        return f"no alarm over 60 s lost (the longest {length(made.longest_lost)})"
    long = sum(1 for one in made.lost if one.held > BEARABLE)
    return f"LOSES {_count(long, 'alarm')} over 60 s, the longest {length(made.longest_lost)}"


def _floor(one: Candidate, made: Difference) -> str:
    """What the learned limit would have raised."""
    would = f"{_count(len(made.after.trips))} instead of {len(made.before.trips)}"
    return f"the nights' own floor and half as much again, {_name(one)}: {would} ({verdict(made)})"


def length(seconds: float) -> str:
    """Such as `43 s`, `12 min` or `1 h 5 min`."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours} h {minutes} min" if minutes else f"{hours} h") if hours else f"{minutes} min"


def _name(one: Candidate) -> str:
    return f"{one.field} {one.text}".strip()


def _count(many: int, what: str = "trip") -> str:
    return f"{many} {what}{'' if many == 1 else 's'}"


def _gone(one: Gone) -> str:
    return f"{length(one.held)}{', while another stood' if one.joined else ''}"


def _worst(of: Load) -> str:
    return str(of.worst_ten_minutes.count if of.worst_ten_minutes else 0)


def _table(made: Difference) -> list[str]:
    before, after = made.before, made.after
    rows = (
        ("", "as it is", "changed"),
        ("trips", str(len(before.trips)), str(len(after.trips))),
        ("time in alarm", length(before.in_alarm), length(after.in_alarm)),
        ("worst ten minutes", _worst(before), _worst(after)),
    )
    return [f"{name:<20}{old:>14}{new:>14}" for name, old, new in rows]


def _load(of: Load) -> dict[str, Any]:
    worst = of.worst_ten_minutes
    return {
        "trips": len(of.trips),
        "in_alarm": round(of.in_alarm, 3),
        "worst_ten_minutes": {"start": worst.start, "count": worst.count} if worst else None,
    }


def _plain(one: Candidate, made: Difference) -> dict[str, Any]:
    return {
        "change": _name(one),
        "after": _load(made.after),
        "removed": len(made.removed),
        "lost": len(made.lost),
        "longest_lost": round(made.longest_lost, 3),
        "new": len(made.new),
        "later": round(made.later, 3),
        "removed_trips": [_trip(gone) for gone in made.removed[:MOST]],
        "new_trips": [_trip(gone) for gone in made.new[:MOST]],
    }


def _trip(gone: Gone) -> dict[str, Any]:
    return {"at": gone.at, "held": round(gone.held, 3), "joined": gone.joined}
