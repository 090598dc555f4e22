"""Who sits before an open console, and whether its horn can sound. Nothing of it is stored: a restart asks anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from monitor.domain.people import Role
from monitor.engine.tally import Tally
from monitor.ports import Clock

EXPIRY = 45.0
"""Seconds (steady) that a console's word is good for: three of its beats."""


class Sound(StrEnum):
    """What a console says of its horn."""

    ON = "on"
    OFF = "off"
    """A person switched the horn off."""
    BLOCKED = "blocked"
    """The browser lets the page make no sound until somebody touches it."""


@dataclass(frozen=True, slots=True)
class Position:
    """One open console. `since` is POSIX seconds."""

    id: str
    person: str
    role: Role
    sound: Sound
    since: float
    position: str = ""
    """The operator position of the configuration at which it stands; empty where nobody said."""

    @property
    def counts(self) -> bool:
        """True for who may acknowledge; a viewer's screen on the wall has nobody before it who may act."""
        return self.role.includes(Role.OPERATOR)


@dataclass(slots=True)
class _Console:
    """A page with its live line open. `streams` are two for the moment in which it changes its line."""

    person: str
    role: Role
    since: float
    streams: int = 1
    sound: Sound | None = None
    said_at: float = 0.0
    position: str = ""


class Presence:
    """A console is here while its live line is open and it has spoken within `EXPIRY` seconds.

    Without the line it would not hear of an alarm, so nothing that it says of its sound would matter.
    """

    def __init__(self, clock: Clock, tally: Tally) -> None:
        self._clock = clock
        self._tally = tally
        self._consoles: dict[tuple[str, str], _Console] = {}
        self._shown: dict[str, Position] = {}
        self.on_change: Callable[[str, Position | None], None] = lambda id_, position: None
        """Called with a console's id and how it now is; None when it is gone."""
        self._measure()

    @contextmanager
    def attend(self, console: str, person: str, role: Role) -> Iterator[None]:
        """A live line is open; leaving ends the position at once unless the page has opened another."""
        key = (person, console)
        here = self._consoles.get(key)
        if here is None:
            here = self._consoles[key] = _Console(person, role, self._clock.now().wall)
        else:
            here.streams += 1
        try:
            yield
        finally:
            here.streams -= 1
            if not here.streams:
                del self._consoles[key]
                self.look()

    def say(self, console: str, person: str, sound: Sound, position: str = "") -> bool:
        """A console tells of its sound, and at which operator position it stands.

        False when this person has no live line open by that id: it does not count.
        """
        here = self._consoles.get((person, console))
        if here is None:
            return False
        here.sound, here.said_at, here.position = sound, self._clock.now().steady, position
        self.look()
        return True

    @property
    def positions(self) -> tuple[Position, ...]:
        """The consoles that are here, the oldest first."""
        return tuple(sorted(self._shown.values(), key=lambda one: (one.since, one.id)))

    def look(self) -> None:
        """Drop who has fallen silent, and tell of what has changed."""
        now = self._clock.now().steady
        here = {
            id_: Position(id_, one.person, one.role, one.sound, one.since, one.position)
            for (_, id_), one in self._consoles.items()
            if one.sound is not None and now - one.said_at < EXPIRY
        }
        before, self._shown = self._shown, here
        for id_ in before.keys() | here.keys():
            if before.get(id_) != here.get(id_):
                self.on_change(id_, here.get(id_))
        if before != here:
            self._measure()

    def _measure(self) -> None:
        counting = [one.sound for one in self._shown.values() if one.counts]
        for sound in Sound:
            self._tally.set("consoles", counting.count(sound), sound=sound.value)
