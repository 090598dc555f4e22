"""Messages to people and from them, and the simulated phones of a site that has them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from monitor.console.access import Has, Operator, Viewer
from monitor.console.paging import Cursor, Limit, Listed, fetched
from monitor.console.problems import Problem
from monitor.console.shapes.messages import InboundOut, NotificationOut, inbound, notification

router = APIRouter(prefix="/api/v1", tags=["messages"])


class PhoneOut(BaseModel):
    """A person's simulated phone."""

    person: str
    name: str
    address: str
    language: str
    roles: list[str]


class Reply(BaseModel):
    """What the person types."""

    text: Annotated[str, Field(min_length=1, max_length=500)]
    channel: str | None = None


@router.get("/messages", response_model=None, summary="Messages, newest first: out (default) or in")
async def messages(
    _: Viewer,
    services: Has,
    direction: Annotated[Literal["out", "in"], Query()] = "out",
    alarm: Annotated[str | None, Query()] = None,
    occurrence: Annotated[int | None, Query(ge=0)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[NotificationOut] | Listed[InboundOut]:
    """`alarm` and `occurrence` narrow the outgoing ones."""
    if direction == "in":
        came = await fetched(services.record.inbound(limit=limit, cursor=cursor))
        return Listed[InboundOut](items=[inbound(row, services) for row in came.items], next=came.next)
    went = await fetched(
        services.record.notifications(alarm=alarm, occurrence=occurrence, limit=limit, cursor=cursor)
    )
    return Listed[NotificationOut](items=[notification(row, services) for row in went.items], next=went.next)


@router.get("/phones", summary="Simulated phones; none where messages are real")
async def phones(_: Viewer, services: Has) -> Listed[PhoneOut]:
    """One for each person with a number."""
    people = services.site.roster.people.values() if services.phones else ()
    return Listed(
        items=[
            PhoneOut(person=p.id, name=p.name, address=p.phone, language=p.language, roles=list(p.roles))
            for p in people
            if p.phone
        ]
    )


@router.post("/phones/{person}/replies", status_code=202, summary="Answer as this person (simulation only)")
async def reply(person: str, given: Reply, _: Operator, services: Has) -> None:
    """The message comes in as from that phone; what became of it shows among the incoming ones."""
    somebody = services.site.roster.people.get(person)
    if somebody is None or not somebody.phone:
        raise Problem(404, "unknown_phone", "Nobody of this id has a phone.")
    channel = given.channel or next(iter(services.phones), "")
    if channel not in services.phones:
        raise Problem(404, "no_simulation", "There is no simulated channel of this name.")
    await services.phones[channel].reply(somebody.phone, given.text)
