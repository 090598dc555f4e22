"""How long to stay away from a broker, and why. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SOON_S = 1.0
SOON_MAX_S = 60.0
SLOW_S = 30.0
SLOW_MAX_S = 300.0
SETTLED_S = 30.0
"""A link that stood this long was a good one: the next attempt starts from the shortest pause again."""
BRIEF_S = 5.0
"""A link the broker closes sooner than this, again and again, is one that somebody else takes from us."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a link ended or never came about. `stood` is how long it stood in seconds, 0 when it never did.

    `slow` marks what the next attempt will hardly mend: refused credentials, a session taken over.
    """

    reason: str
    stood: float = 0.0
    slow: bool = False
    taken_over: bool = False
    version_unknown: bool = False
    """The broker heard us and did not take our version of the protocol, as far as one can tell."""


class Backoff:
    """Pauses that double from attempt to attempt, each shortened by chance so that clients do not come in step."""

    def __init__(self, chance: Callable[[], float]) -> None:
        """`chance` gives numbers in [0, 1)."""
        self._chance = chance
        self._failures = 0

    def pause(self, ended: Ended) -> float:
        """Seconds to wait after this end."""
        if ended.stood >= SETTLED_S:
            self._failures = 0
        first, longest = (SLOW_S, SLOW_MAX_S) if ended.slow else (SOON_S, SOON_MAX_S)
        longest_now = min(longest, first * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return longest_now * (0.5 + 0.5 * self._chance())
