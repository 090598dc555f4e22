"""The horn of a console was silenced: who, where, what was sounding."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from monitor.console.access import Has, Viewer
from monitor.console.routes.alarms import SeenAlarm
from monitor.console.routes.presence import ConsoleId, standing
from monitor.console.services import Services
from monitor.console.texts import pick
from monitor.engine.silencing import Heard

router = APIRouter(prefix="/api/v1", tags=["presence"])


class SilenceIn(BaseModel):
    """What sounded when somebody silenced it: the most urgent by name, the others by number."""

    console: ConsoleId
    items: Annotated[list[SeenAlarm], Field(max_length=500)]
    others: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class SilenceOut(BaseModel):
    """How many alarms have it in their record now; those that were acknowledged meanwhile do not."""

    recorded: int


@router.post("/silence", summary="Write down that the horn of a console was silenced")
async def silence(given: SilenceIn, actor: Viewer, services: Has) -> SilenceOut:
    """The console is silent already. Acknowledges nothing; in each alarm's record as `silenced`, and in the audit."""
    heard = [Heard(one.id, one.occurrence, one.annunciation) for one in given.items]
    where = _where(given.console, actor.name, services)
    return SilenceOut(recorded=await services.silencing.silenced(actor.name, where, heard, given.others))


def _where(console: str, person: str, services: Services) -> str:
    """The operator position by its name in the site's language, else the console by the beginning of its id."""
    found = standing(console, person, services)
    if found is None:
        return f"console {console[:8]}"
    return pick(found.name, services.site.language, found.id)
