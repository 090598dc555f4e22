"""Conditions that one look cannot decide: each look is folded into what was seen before.

A pure function of condition, memory, view and instant. The memory of a rule holds a value for each condition over time in it;
until it has seen enough a condition says UNKNOWN or BAND. What outlives a restart is in `keeping`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from monitor.domain import combining, proof, starts, stillness, trend, uptime
from monitor.domain.conditions import AtLeast, MonthlyUptimeBelow, Rate, Starts, Stuck, Unceasing, Unproven
from monitor.domain.instant import Instant
from monitor.domain.rules import AvailabilityBelow, Condition, judge
from monitor.domain.trend import Trend
from monitor.domain.verdict import Verdict, View, number

Memory = dict[Any, Any]
"""By condition over time; empty for a rule that has none."""


def look(condition: Condition, memory: Memory, view: View, now: Instant, *, scanned: bool) -> Verdict:
    """The verdict now; `scanned` is False when no new reading came (only time passed, or the link changed)."""
    match condition:
        case AtLeast(needed, conditions):
            each = [look(one, memory, view, now, scanned=scanned) for one in conditions]
            return combining.at_least(needed, each)
        case Rate():
            return _rate(condition, memory, view, now, scanned)
        case Stuck(when=when):
            if (held := _held(when, memory, condition, view)) is not None:
                return held
            return _folded(memory, condition, *stillness.stuck(*_before(memory, condition, view), now))
        case Starts():
            return _folded(memory, condition, *starts.count(*_before(memory, condition, view), now))
        case Unceasing():
            return _folded(memory, condition, *stillness.unceasing(*_before(memory, condition, view), now))
        case Unproven():
            return _folded(memory, condition, *proof.step(*_before(memory, condition, view), now))
        case AvailabilityBelow(limit_at=hours) if hours:
            return judge(replace(condition, limit=condition.limit_now(now.wall)), view)
        case MonthlyUptimeBelow(down):
            verdict = look(down, memory, view, now, scanned=scanned)
            return _folded(memory, condition, *uptime.step(memory.get(condition), condition, verdict, now))
        case _:
            return judge(condition, view)


def folds(condition: Condition) -> bool:
    """True when a look at it may have to remember something; the verdict of all others is `rules.judge` alone."""
    return isinstance(condition, AtLeast | Rate) or over_time(condition)


def over_time(condition: Condition) -> bool:
    """True when time alone may move its verdict."""
    match condition:
        case AtLeast(_, conditions):
            return any(over_time(one) for one in conditions)
        case AvailabilityBelow(limit_at=hours):
            return bool(hours)
        case Stuck() | Starts() | Unceasing() | Unproven() | MonthlyUptimeBelow():
            return True
        case _:
            return False


def slope(condition: Rate, memory: Memory) -> float | None:
    """The latest slope in the unit per `per` seconds."""
    known: Trend = memory.get(condition, Trend())
    return None if known.slope is None else known.slope * condition.per


def tested(condition: Condition, memory: Memory, now: Instant) -> bool:
    """Somebody tested the sensor now and it spoke; False for a condition that asks for no test."""
    if not isinstance(condition, Unproven):
        return False
    memory[condition] = now.steady
    return True


def proven(condition: Condition, memory: Memory) -> float | None:
    """When the sensor last spoke or was tested (steady, s); None where no test is asked for, or nobody has looked yet."""
    at = memory.get(condition) if isinstance(condition, Unproven) else None
    return at if isinstance(at, float) else None


def _before(memory: Mapping[Any, Any], condition: Any, view: View) -> tuple[Any, Any, Any]:
    return memory.get(condition), condition, view.read(condition.point)


def _folded(memory: Memory, condition: Any, after: Any, verdict: Verdict) -> Verdict:
    memory[condition] = after
    return verdict


def _held(when: Condition | None, memory: Memory, condition: Any, view: View) -> Verdict | None:
    """The verdict while `when` does not hold, None while it does. Nothing is then learned: it begins anew."""
    allowed = Verdict.TRUE if when is None else judge(when, view)
    if allowed is Verdict.TRUE:
        return None
    if allowed is Verdict.UNKNOWN:
        return Verdict.UNKNOWN
    memory.pop(condition, None)
    return Verdict.BAND


def _rate(condition: Rate, memory: Memory, view: View, now: Instant, scanned: bool) -> Verdict:
    if (held := _held(condition.when, memory, condition, view)) is not None:
        return held
    seen = view.read(condition.point)
    known: Trend = memory.get(condition, Trend())
    if scanned:
        memory[condition] = known = trend.take(known, condition, seen, now)
    return Verdict.UNKNOWN if number(seen) is None else trend.judge(known, condition)
