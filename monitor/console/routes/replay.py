"""The past: the site at one moment, and what changed from one to another."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from monitor.console.access import Has, Language, Viewer
from monitor.console.problems import Problem
from monitor.console.routes.equipment import find_equipment
from monitor.console.services import Services
from monitor.console.shapes.lanes import LanesOut, lanes_out
from monitor.console.shapes.replay import MomentOut, StepsOut, duty_at, moment_out, step
from monitor.console.times import parse, stamp
from monitor.domain.point import Point
from monitor.engine import playing, replaying
from monitor.engine.lanes import lanes

router = APIRouter(prefix="/api/v1", tags=["replay"])

WEEK = 7 * 86_400.0
LONGEST = 3600.0
"""Seconds that one question for steps may span."""


@router.get("/replay", summary="The site as it was at a moment")
async def moment(
    _: Viewer,
    services: Has,
    language: Language,
    at: Annotated[str, Query(description="RFC 3339; not in the future")],
    equipment: Annotated[str | None, Query(description="Points of this one only")] = None,
    values: Annotated[bool, Query(description="false: what people did, without any point")] = True,
) -> MomentOut:
    """Values with their quality as the historian knows them, alarms and messages as the journal does.

    Points have the last value before `at`, stale after a silence of 2.5 heartbeats (or as long as they may be silent).
    """
    when = _past(at, "at", services)
    points = _points(equipment, services) if values else []
    found = await replaying.moment(services.record, services.historian, points, when)
    return moment_out(found, duty_at(when, services), services, language)


@router.get("/replay/steps", summary="What changed between two moments, in order, for playing")
async def steps(
    _: Viewer,
    services: Has,
    language: Language,
    from_: Annotated[str, Query(alias="from", description="RFC 3339; what happened after it")],
    to: Annotated[str, Query(description="RFC 3339; at most an hour later")],
    every: Annotated[
        float, Query(ge=0.1, le=600, description="Seconds: of values only the last change in each")
    ] = 1.0,
    equipment: Annotated[str | None, Query(description="Points of this one only")] = None,
    limit: Annotated[
        int, Query(ge=1, le=10_000, description="About so many steps, never within an instant")
    ] = 5000,
) -> StepsOut:
    """Apply them to the moment `from` in order; go on with `next`."""
    start, end = parse(from_, "from"), _past(to, "to", services)
    if not start < end <= start + LONGEST:
        raise Problem(422, "invalid", "`from` must be before `to`, by at most an hour.")
    points = _points(equipment, services)
    played = await playing.play(
        services.record, services.historian, points, (start, end), every=every, limit=limit
    )
    return StepsOut(
        start=stamp(start),
        until=stamp(played.until),
        items=[step(change, services, language) for change in played.changes],
        next=stamp(played.until) if played.until < end else None,
    )


@router.get("/replay/lanes", summary="One equipment over time: its alarms as bars, and what people did")
async def over_time(
    _: Viewer,
    services: Has,
    language: Language,
    equipment: Annotated[str, Query()],
    from_: Annotated[str, Query(alias="from", description="RFC 3339")],
    to: Annotated[str, Query(description="RFC 3339; at most a week later")],
) -> LanesOut:
    """Values over the same span come from `/history`."""
    start, end = parse(from_, "from"), _past(to, "to", services)
    if not start < end <= start + WEEK:
        raise Problem(422, "invalid", "`from` must be before `to`, by at most a week.")
    item = find_equipment(equipment, services)
    places = frozenset(c.id for c in services.site.checkpoints.values() if item.id in c.equipment)
    found = await lanes(services.record, item.id, places, start, end)
    return lanes_out(found, (start, end), services, language)


def _past(text: str, field: str, services: Services) -> float:
    """A time that has come: nothing is known of the future."""
    at = parse(text, field)
    if at > services.clock.now().wall + 1:
        raise Problem(422, "not_yet", "Nothing is known of the future.")
    return at


def _points(equipment: str | None, services: Services) -> list[Point]:
    items = [find_equipment(equipment, services)] if equipment else services.site.equipment.values()
    return [point for item in items for point in item.source.plan.points]
