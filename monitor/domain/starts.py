"""How often something started lately: short cycling wears a motor out and tells of a leak or a broken float."""

from __future__ import annotations

from typing import NamedTuple

from monitor.domain.conditions import Starts
from monitor.domain.instant import Instant
from monitor.domain.verdict import Seen, Verdict, believed, number


class Count(NamedTuple):
    """Starts within the window as (steady s, how many), and since when nothing was missed."""

    since: float
    last: float | None
    events: tuple[tuple[float, float], ...] = ()

    @property
    def starts(self) -> float:
        """How many."""
        return sum(many for _, many in self.events)


def count(before: Count | None, condition: Starts, seen: Seen, now: Instant) -> tuple[Count | None, Verdict]:
    """Fold one look. What started while nobody looked is not counted, and nothing is clear until a whole window was seen."""
    value = number(seen)
    if value is None:
        return before and before._replace(last=None), Verdict.UNKNOWN
    if before is None or before.last is None:
        now_known = Count(now.steady, value, before.events if before else ())
    else:
        now_known = before._replace(last=value)
        if started := _started(before.last, value, condition.counter):
            now_known = now_known._replace(events=(*before.events, (now.steady, started)))
    oldest = now.steady - condition.window
    if now_known.events and now_known.events[0][0] <= oldest:
        now_known = now_known._replace(events=tuple(one for one in now_known.events if one[0] > oldest))
    return now_known, believed(_verdict(now_known, condition, now.steady), seen[1])


def _started(before: float, now: float, counter: bool) -> float:
    """A counter that went back began anew: what it counted meanwhile is not known."""
    if counter:
        return max(now - before, 0.0)
    return 1.0 if now and not before else 0.0


def _verdict(known: Count, condition: Starts, at: float) -> Verdict:
    if known.starts > condition.limit:
        return Verdict.TRUE
    seen_whole = at - known.since >= condition.window
    return (
        Verdict.FALSE if seen_whole and known.starts <= condition.limit - condition.deadband else Verdict.BAND
    )
