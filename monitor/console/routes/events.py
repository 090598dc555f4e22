"""The journal of alarm events, for replay."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from monitor.console.access import Has, Language, Viewer
from monitor.console.paging import Cursor, Limit, Listed, fetched
from monitor.console.shapes.alarms import EventOut, event
from monitor.console.times import parse

router = APIRouter(prefix="/api/v1", tags=["events"])


@router.get("/events", summary="Alarm events, newest first unless asked otherwise")
async def events(
    _: Viewer,
    services: Has,
    language: Language,
    from_: Annotated[str | None, Query(alias="from")] = None,
    to: Annotated[str | None, Query()] = None,
    alarm: Annotated[str | None, Query()] = None,
    equipment: Annotated[str | None, Query()] = None,
    oldest_first: Annotated[bool, Query()] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[EventOut]:
    """Every change of every alarm with its person, note, value and quality."""
    page = await fetched(
        services.record.events(
            parse(from_, "from") if from_ else None,
            parse(to, "to") if to else None,
            alarm=alarm,
            equipment=equipment,
            limit=limit,
            cursor=cursor,
            oldest_first=oldest_first,
        )
    )
    return Listed(items=[event(row, services, language) for row in page.items], next=page.next)
