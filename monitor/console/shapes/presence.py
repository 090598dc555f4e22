"""Open consoles for people and programs."""

from __future__ import annotations

from pydantic import BaseModel

from monitor.console.services import Services
from monitor.console.shapes.messages import person
from monitor.console.times import stamp
from monitor.engine.presence import Position


class PositionOut(BaseModel):
    """One open console."""

    id: str
    name: str
    """The name that is signed in; a person's own where the roster has it."""
    role: str
    sound: str
    """on, off (a person switched the horn off), blocked (the browser waits for a touch)."""
    counts: bool
    """A position of the control room: operator or higher."""
    since: str | None
    position: str
    """The operator position of the configuration at which it stands; empty where nobody said."""


def position(one: Position, services: Services) -> PositionOut:
    """The console as others see it."""
    return PositionOut(
        id=one.id,
        name=person(one.person, services) or one.person,
        role=one.role.value,
        sound=one.sound.value,
        counts=one.counts,
        since=stamp(one.since),
        position=one.position,
    )
