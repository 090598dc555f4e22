"""Values that do not move when they should, and flows that do not stop when they should."""

from __future__ import annotations

from typing import NamedTuple

from monitor.domain.conditions import Stuck, Unceasing
from monitor.domain.instant import Instant
from monitor.domain.verdict import Seen, Verdict, believed, number


class Still(NamedTuple):
    """Where a value stands since when (steady s), and whether it was ever seen to move."""

    anchor: float
    since: float
    moved: bool = False


def stuck(before: Still | None, condition: Stuck, seen: Seen, now: Instant) -> tuple[Still | None, Verdict]:
    """Fold one look. Until the first motion is seen nothing is clear: after a restart an alarm stays what it was."""
    value = number(seen)
    if value is None:
        return before, Verdict.UNKNOWN
    if before is None:
        return Still(value, now.steady), believed(Verdict.BAND, seen[1])
    if abs(value - before.anchor) > condition.within:
        return Still(value, now.steady, moved=True), believed(Verdict.FALSE, seen[1])
    if now.steady - before.since >= condition.longer:
        return before, Verdict.TRUE
    return before, believed(Verdict.FALSE if before.moved else Verdict.BAND, seen[1])


class Flow(NamedTuple):
    """Since when (steady s) it has not stopped; for a meter's total, what it was and when that last grew."""

    since: float
    total: float = 0.0
    grew: float = 0.0


def unceasing(
    before: Flow | None, condition: Unceasing, seen: Seen, now: Instant
) -> tuple[Flow | None, Verdict]:
    """Fold one look: TRUE when it has run for the whole window."""
    value = number(seen)
    if value is None:
        return before, Verdict.UNKNOWN
    flow, stopped = (_metered if condition.counter else _flowing)(before, condition, value, now.steady)
    if stopped:
        return None if not condition.counter else flow, believed(stopped, seen[1])
    ran = now.steady - flow.since >= condition.window
    return flow, Verdict.TRUE if ran else believed(Verdict.BAND, seen[1])


def _flowing(
    before: Flow | None, condition: Unceasing, value: float, at: float
) -> tuple[Flow, Verdict | None]:
    if value > condition.limit:
        return before or Flow(at), None
    clear = value <= condition.limit - condition.deadband
    return Flow(at), Verdict.FALSE if clear else Verdict.BAND


def _metered(
    before: Flow | None, condition: Unceasing, value: float, at: float
) -> tuple[Flow, Verdict | None]:
    if before is None or value < before.total:  # the first look, or a meter that began anew
        return Flow(at, value, at), None
    if value > before.total:
        ran_on = at - before.grew < condition.pause
        return Flow(before.since if ran_on else at, value, at), None
    return before, Verdict.FALSE if at - before.grew >= condition.pause else None
