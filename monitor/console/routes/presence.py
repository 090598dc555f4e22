"""Which consoles are open, and whether their horns can sound."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from monitor.console.access import Has, Viewer
from monitor.console.shapes.presence import PositionOut, position
from monitor.domain.people import Role
from monitor.engine.presence import Sound

router = APIRouter(prefix="/api/v1", tags=["presence"])

ConsoleId = Annotated[str, Field(pattern=r"^[0-9a-z-]{8,40}$")]


class PresenceIn(BaseModel):
    """What a console says of itself. `console` is the id with which it opened its stream."""

    console: ConsoleId
    sound: Sound


class HeardOut(BaseModel):
    """Whether the word counts: not without an open stream of the same id and person."""

    counts: bool


class PositionsOut(BaseModel):
    """All open consoles, the oldest first; short, so not in pages."""

    items: list[PositionOut]


@router.post("/presence", summary="A console tells whether its horn can sound")
async def say(given: PresenceIn, actor: Viewer, services: Has) -> HeardOut:
    """Good for 45 s, and only while the console's stream (`console=` there) is open: say it again every 15 s."""
    heard = services.presence.say(given.console, actor.name, given.sound)
    return HeardOut(counts=heard and actor.role.includes(Role.OPERATOR))


@router.get("/presence", summary="Who sits before an open console")
async def positions(_: Viewer, services: Has) -> PositionsOut:
    """The stream tells the same as topic `position`."""
    return PositionsOut(items=[position(one, services) for one in services.presence.positions])
