"""Work orders, the roster, and what one shift tells the next."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from monitor.console.access import Has, Language, Operator, Viewer
from monitor.console.paging import Cursor, Limit, Listed, fetched
from monitor.console.problems import Problem
from monitor.console.routes.equipment import find_equipment
from monitor.console.shapes.duty import HandoverOut, LogOut, OrderOut, handover, log_entry, order
from monitor.console.shapes.roster import RosterOut, roster
from monitor.console.times import parse
from monitor.domain.workorder import OrderState

router = APIRouter(prefix="/api/v1", tags=["duty"])

Title = Annotated[str, Field(min_length=1, max_length=200)]
Prose = Annotated[str, Field(max_length=10_000)]


class OrderIn(BaseModel):
    """A repair to be done. `alarm` names the alarm it comes from; without `due` the service grade decides."""

    title: Title
    equipment: str = ""
    alarm: str | None = None
    due: str | None = None


class Move(BaseModel):
    """The next state of a work order, with a remark."""

    state: OrderState
    note: Prose = ""


class HandoverIn(BaseModel):
    """What the next shift must know."""

    text: Annotated[str, Field(min_length=1, max_length=10_000)]


@router.get("/orders", summary="Work orders, newest first")
async def orders(
    _: Viewer,
    services: Has,
    language: Language,
    open_only: Annotated[bool, Query()] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[OrderOut]:
    """`open_only` leaves out the verified and the cancelled."""
    page = await fetched(services.record.orders(open_only=open_only, limit=limit, cursor=cursor))
    return Listed(items=[order(row, services, language) for row in page.items], next=page.next)


@router.post("/orders", status_code=201, summary="Open a work order")
async def open_order(given: OrderIn, actor: Operator, services: Has, language: Language) -> OrderOut:
    """The title must say something; equipment and alarm must exist when they are named."""
    if not given.title.strip():
        raise Problem(422, "reason_missing", "A title is required.")
    if given.equipment:
        find_equipment(given.equipment, services)
    origin = "person"
    if given.alarm:
        origin = f"alarm:{given.alarm}#{services.alarming.alarm(given.alarm).occurrence}"
    row = await services.supervision.open_order(
        title=given.title.strip(),
        equipment=given.equipment or (services.alarming.rule(given.alarm).equipment if given.alarm else ""),
        actor=actor.name,
        origin=origin,
        due=parse(given.due, "due") if given.due else None,
    )
    return order(row, services, language)


@router.post("/orders/{id}/move", summary="On site, repaired, verified, cancelled")
async def move_order(id: str, given: Move, actor: Operator, services: Has, language: Language) -> OrderOut:
    """404 for an unknown order, 422 for a step that cannot follow."""
    try:
        row = await services.supervision.move_order(id, given.state, actor.name, given.note.strip())
    except LookupError:
        raise Problem(404, "unknown_order", "There is no open work order of this id.") from None
    return order(row, services, language)


@router.get("/roster", summary="Who is on duty now and in the coming days")
async def duty(_: Viewer, services: Has, days: Annotated[int, Query(ge=1, le=31)] = 7) -> RosterOut:
    """Half-open shifts in the site's local time."""
    return roster(services.site.roster, services.clock.now().wall, days)


class LogIn(BaseModel):
    """What no alarm says. `equipment` where it is about one."""

    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    equipment: str = ""


@router.get("/log", summary="The duty log, newest first")
async def log_entries(
    _: Viewer,
    services: Has,
    language: Language,
    from_: Annotated[str | None, Query(alias="from")] = None,
    to: Annotated[str | None, Query()] = None,
    equipment: Annotated[str | None, Query()] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[LogOut]:
    """Entries are added, never changed."""
    page = await fetched(
        services.record.log(
            parse(from_, "from") if from_ else None,
            parse(to, "to") if to else None,
            equipment=equipment,
            limit=limit,
            cursor=cursor,
        )
    )
    return Listed(items=[log_entry(row, services, language) for row in page.items], next=page.next)


@router.post("/log", status_code=201, summary="Write into the duty log")
async def write_log(given: LogIn, actor: Operator, services: Has, language: Language) -> LogOut:
    """404 for an equipment that does not exist."""
    if not given.text.strip():
        raise Problem(422, "reason_missing", "A text is required.")
    if given.equipment:
        find_equipment(given.equipment, services)
    return log_entry(await services.log.write(actor.name, given.text, given.equipment), services, language)


@router.get("/handovers", summary="Handovers, newest first")
async def handovers(
    _: Viewer, services: Has, limit: Limit = 50, cursor: Cursor = None
) -> Listed[HandoverOut]:
    """What each shift told the next."""
    page = await fetched(services.record.handovers(limit=limit, cursor=cursor))
    return Listed(items=[handover(row, services) for row in page.items], next=page.next)


@router.post("/handovers", status_code=201, summary="Tell the next shift")
async def hand_over(given: HandoverIn, actor: Operator, services: Has) -> HandoverOut:
    """Stored with the number of alarms that are open now."""
    if not given.text.strip():
        raise Problem(422, "reason_missing", "A text is required.")
    return handover(await services.supervision.hand_over(actor.name, given.text.strip()), services)
