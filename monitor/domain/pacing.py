"""How often one person may be written to by one channel: when messages are gathered into one, and what a day holds.

Providers stop delivering to a number that gets too much in a day, and people stop reading long before that. What is
critical never waits and is never held back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.domain.localtime import to_local

BURST = 3
SPAN = 60.0
"""So many messages within so many seconds go out one by one; with the next begins the gathering."""
GATHER = 30.0
"""Seconds between two gathered messages."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a channel allows one person in a calendar day: `daily` texts, of which `reserve` are for critical alarms.

    None: as many as there are.
    """

    daily: int | None = None
    reserve: int = 0

    def spent(self, today: int) -> bool:
        """True when only critical messages may go after `today` texts."""
        return self.daily is not None and today >= self.daily - self.reserve


def next_slot(sent: Iterable[float], wall: float) -> float:
    """When (wall, POSIX s) the next message that can wait may go to somebody who was sent texts at these times.

    Times in the future, which a clock that was set back leaves behind, hold up nothing.
    """
    recent = sorted(at for at in sent if wall - SPAN < at <= wall)
    if len(recent) < BURST:
        return wall
    return max(wall, recent[-1] + GATHER)


def on_the_day_of(sent: Iterable[float], wall: float, timezone: str) -> int:
    """How many of these times fall on the same local day as `wall`."""
    today = to_local(wall, timezone).date()
    return sum(1 for at in sent if abs(at - wall) < 90_000 and to_local(at, timezone).date() == today)
