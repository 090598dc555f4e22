"""Which consoles are open, and whether their horns can sound."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from monitor.console.access import Has, Viewer
from monitor.console.services import Services
from monitor.console.shapes.presence import PositionOut, position
from monitor.domain.people import Role
from monitor.domain.positions import OperatorPosition
from monitor.engine.presence import Sound

router = APIRouter(prefix="/api/v1", tags=["presence"])

ConsoleId = Annotated[str, Field(pattern=r"^[0-9a-z-]{8,40}$")]


class PresenceIn(BaseModel):
    """What a console says of itself. `console` is the id with which it opened its stream, `position` the operator
    position of the configuration at which it stands; one that is not configured counts as none."""

    console: ConsoleId
    sound: Sound
    position: Annotated[str, Field(max_length=100)] = ""


class HeardOut(BaseModel):
    """Whether the word counts: not without an open stream of the same id and person."""

    counts: bool


class PositionsOut(BaseModel):
    """All open consoles, the oldest first; short, so not in pages."""

    items: list[PositionOut]


@router.post("/presence", summary="A console tells whether its horn can sound")
async def say(given: PresenceIn, actor: Viewer, services: Has) -> HeardOut:
    """Good for 45 s, and only while the console's stream (`console=` there) is open: say it again every 15 s."""
    known = given.position if any(one.id == given.position for one in services.site.positions) else ""
    before = next((one for one in services.presence.positions if one.id == given.console), None)
    heard = services.presence.say(given.console, actor.name, given.sound, known)
    if heard and before is not None and (before.sound is Sound.OFF) is not (given.sound is Sound.OFF):
        action = "horn.off" if given.sound is Sound.OFF else "horn.on"
        await services.noting.note(actor.name, action, known or f"console {given.console[:8]}")
    return HeardOut(counts=heard and actor.role.includes(Role.OPERATOR))


def standing(console: str, person: str, services: Services) -> OperatorPosition | None:
    """The operator position at which a person's open console stands."""
    here = {one.id: one for one in services.site.positions}
    places = (
        one.position for one in services.presence.positions if (one.id, one.person) == (console, person)
    )
    return here.get(next(places, ""))


@router.get("/presence", summary="Who sits before an open console")
async def positions(_: Viewer, services: Has) -> PositionsOut:
    """The stream tells the same as topic `position`."""
    return PositionsOut(items=[position(one, services) for one in services.presence.positions])
