"""Inspections: the windows of the rounds, the checkpoints, and a person's check-in at one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from monitor.console.access import Has, Language, Operator, Viewer
from monitor.console.paging import Cursor, Limit, Listed, fetched
from monitor.console.problems import Problem
from monitor.console.services import Services
from monitor.console.shapes.duty import CheckpointOut, RoundOut, ScanOut, checkpoint, scan, window
from monitor.console.times import local_day, parse
from monitor.domain.inspection import BadAnswer, Checkpoint, CheckpointScan, attribute, remarks

router = APIRouter(prefix="/api/v1", tags=["rounds"])

AHEAD = 300.0
"""Seconds by which a phone's clock may be ahead of ours."""


class ScanIn(BaseModel):
    """A check-in. `at` is the phone's time (RFC 3339), `client_id` made by the phone, the same at every repeat."""

    at: str
    answers: dict[str, bool | float | str] = Field(default_factory=dict, max_length=100)
    client_id: Annotated[str, Field(min_length=8, max_length=100, pattern=r"^[A-Za-z0-9_.:-]+$")]


@router.get("/rounds", summary="Windows of the rounds with what was seen; today's by default")
async def rounds(
    _: Viewer,
    services: Has,
    language: Language,
    from_: Annotated[str | None, Query(alias="from")] = None,
    to: Annotated[str | None, Query()] = None,
    round: Annotated[str | None, Query()] = None,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> Listed[RoundOut]:
    """Windows that touch the span, oldest first. Today is the site's day."""
    today = local_day(services.clock.now().wall, services.site.timezone)
    start = parse(from_, "from") if from_ else today[0]
    end = parse(to, "to") if to else today[1]
    page = await fetched(services.record.windows(start, end, round=round, limit=limit, cursor=cursor))
    known = {item.id: item for item in services.site.rounds}
    seen: dict[str, dict[str, CheckpointScan]] = {}
    if page.items:
        earliest, latest = min(w.start for w in page.items), max(w.grace_until for w in page.items)
        scans = await _scans(services, earliest, latest)
        for item in known.values():
            seen |= attribute(item, [w for w in page.items if w.round == item.id], scans)
    items = [window(row, known.get(row.round), seen.get(row.id, {}), services) for row in page.items]
    return Listed(items=items, next=page.next)


async def _scans(services: Services, start: float, end: float) -> list[CheckpointScan]:
    found: list[CheckpointScan] = []
    cursor: str | None = None
    while True:
        page = await services.record.scans(start, end, limit=500, cursor=cursor)
        found.extend(page.items)
        cursor = page.next
        if cursor is None:
            return found


@router.get("/checkpoints", summary="Places that are visited")
async def checkpoints(_: Viewer, services: Has, language: Language) -> Listed[CheckpointOut]:
    """All of them, with their questions."""
    places = services.site.checkpoints.values()
    return Listed(items=[checkpoint(place, services, language) for place in places])


@router.get("/checkpoints/{id}", summary="One place: its questions beside the live values")
async def one(id: str, _: Viewer, services: Has, language: Language) -> CheckpointOut:
    """404 when there is none of this id."""
    return checkpoint(_find(id, services), services, language)


@router.get("/checkpoints/{id}/scans", summary="Who was there, oldest first")
async def scans(
    id: str,
    _: Viewer,
    services: Has,
    from_: Annotated[str | None, Query(alias="from")] = None,
    to: Annotated[str | None, Query()] = None,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> Listed[ScanOut]:
    """The last seven days by default."""
    place = _find(id, services)
    end = parse(to, "to") if to else services.clock.now().wall + AHEAD
    start = parse(from_, "from") if from_ else end - 7 * 86400
    page = await fetched(services.record.scans(start, end, checkpoint=place.id, limit=limit, cursor=cursor))
    return Listed(items=[scan(row, services) for row in page.items], next=page.next)


@router.post("/checkpoints/{id}/scans", status_code=201, summary="Check in; a repeat is harmless")
async def check_in(id: str, given: ScanIn, response: Response, actor: Operator, services: Has) -> ScanOut:
    """201 when it was new; 200 with what was stored when this client_id is known; 409 when that was another place."""
    place = _find(id, services)
    now = services.clock.now().wall
    at = parse(given.at, "at")
    if at > now + AHEAD:
        raise Problem(
            422, "in_the_future", "The time of the check-in lies in the future: look at the phone's clock."
        )
    known = await services.record.scan(given.client_id)
    if known is None:
        _check(place, given)
        row = CheckpointScan(given.client_id, place.id, at, now, actor.name, dict(given.answers))
        stored = (await services.supervision.record_scan(row)).stored
        known = await services.record.scan(given.client_id) or row
        response.status_code = 201 if stored else 200
    else:
        response.status_code = 200
    if known.checkpoint != place.id:
        raise Problem(409, "client_id_taken", "This client_id was used at another checkpoint.")
    return scan(known, services)


def _check(place: Checkpoint, given: ScanIn) -> None:
    """Missing answers are allowed and remarked; wrong ones are refused by name."""
    try:
        remarks(place.items, given.answers, {})
    except BadAnswer as error:
        fault = {"field": f"answers.{error.item}", "message": str(error)}
        raise Problem(422, "invalid", "An answer does not fit its question.", errors=[fault]) from None


def _find(id_: str, services: Services) -> Checkpoint:
    try:
        return services.site.checkpoints[id_]
    except KeyError:
        raise Problem(404, "unknown_checkpoint", "There is no checkpoint of this id.") from None
