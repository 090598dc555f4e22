"""Password guessing is slowed by name and by address. Pure: `now` is steady time in seconds."""

from __future__ import annotations

from collections import OrderedDict, deque

WINDOW = 300.0
"""Seconds that a failure counts."""
PER_PAIR = 5
"""One name from one address: a person who mistypes, or one guesser."""
PER_ADDRESS = 30
"""One address over all names."""
PER_NAME = 60
"""One name over all addresses: high enough that a stranger cannot lock a person out by a few tries."""
_KEPT = 4096


class Throttle:
    """Failures within the last five minutes, bounded in number."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def wait(self, name: str, address: str, now: float) -> float:
        """Seconds until another attempt is taken; 0 when it may be made now."""
        return max(self._left(key, limit, now) for key, limit in _keys(name, address))

    def failed(self, name: str, address: str, now: float) -> None:
        """A wrong name or password was given."""
        for key, _ in _keys(name, address):
            self._failures.setdefault(key, deque()).append(now)
            self._failures.move_to_end(key)
        while len(self._failures) > _KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """The right password forgives this name at this address."""
        self._failures.pop((name, address), None)

    def _left(self, key: tuple[str, str], limit: int, now: float) -> float:
        failures = self._failures.get(key)
        if not failures:
            return 0.0
        while failures and failures[0] <= now - WINDOW:
            failures.popleft()
        if not failures:
            del self._failures[key]
            return 0.0
        return failures[-limit] + WINDOW - now if len(failures) >= limit else 0.0


def _keys(name: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
    return (((name, address), PER_PAIR), (("", address), PER_ADDRESS), ((name, ""), PER_NAME))
