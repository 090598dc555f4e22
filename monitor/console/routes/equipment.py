"""Equipment and points."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from monitor.console.access import Engineer, Has, Language, Operator, Viewer
from monitor.console.paging import Cursor, Limit, Listed, cut
from monitor.console.problems import Problem
from monitor.console.services import Services
from monitor.console.shapes.equipment import EquipmentOut, PointOut, equipment, point, points
from monitor.console.times import parse
from monitor.domain.point import Point
from monitor.domain.service import Mode
from monitor.settings.site import Equipment

router = APIRouter(prefix="/api/v1", tags=["equipment"])


@router.get("/equipment", summary="Ledger data and live state")
async def all_equipment(
    _: Viewer,
    services: Has,
    language: Language,
    system: Annotated[str | None, Query()] = None,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> Listed[EquipmentOut]:
    """In the order of the configuration."""
    items = [item for item in services.site.equipment.values() if system in (None, item.system)]
    page, after = cut(items, limit, cursor, lambda item: item.id)
    return Listed(items=[equipment(item, services, language) for item in page], next=after)


@router.get("/equipment/{id}", summary="One equipment")
async def one_equipment(id: str, _: Viewer, services: Has, language: Language) -> EquipmentOut:
    """404 when there is none of this id."""
    return equipment(find_equipment(id, services), services, language)


class ServiceIn(BaseModel):
    """Another mode: `out_of_service` and `commissioning` need an end (RFC 3339) and a reason, `in_service` neither."""

    mode: Mode
    until: str | None = None
    reason: Annotated[str, Field(max_length=2000)] = ""


@router.post("/equipment/{id}/service", summary="Take it out of service or into commissioning, or back")
async def serve(
    id: str, given: ServiceIn, actor: Engineer, services: Has, language: Language
) -> EquipmentOut:
    """Its alarms go on underneath and are told to nobody until the end. 422 names what is missing."""
    item = find_equipment(id, services)
    until = parse(given.until, "until") if given.until else None
    await services.servicing.change(id, given.mode, until, actor.name, given.reason)
    return equipment(item, services, language)


@router.get("/points", summary="Latest values with their quality")
async def all_points(
    _: Viewer,
    services: Has,
    language: Language,
    equipment: Annotated[str | None, Query()] = None,
    quality: Annotated[list[str] | None, Query()] = None,
    limit: Limit = 1000,
    cursor: Cursor = None,
) -> Listed[PointOut]:
    """By equipment, each in its plan's order."""
    owners = [find_equipment(equipment, services)] if equipment else list(services.site.equipment.values())
    found = [p for owner in owners for p in points(owner, services, language)]
    if quality:
        found = [p for p in found if p.quality in quality]
    page, after = cut(found, limit, cursor, lambda p: p.id)
    return Listed(items=page, next=after)


@router.get("/points/{id}", summary="One point")
async def one_point(id: str, _: Viewer, services: Has, language: Language) -> PointOut:
    """404 when there is none of this id."""
    return point(find_point(id, services), services.live.reading(id), services, language)


class SubstituteIn(BaseModel):
    """A value read by eye, or in place of a sensor that cannot be believed, with an end (RFC 3339) and a reason."""

    value: bool | int | float | Annotated[str, Field(max_length=200)]
    until: str
    reason: Annotated[str, Field(max_length=2000)] = ""


@router.post("/points/{id}/substitute", summary="State a value for a point until a time, for a reason")
async def substitute(
    id: str, given: SubstituteIn, actor: Operator, services: Has, language: Language
) -> PointOut:
    """It is uncertain: it may raise an alarm and never clears one. 422 names what is wrong."""
    found = find_point(id, services)
    await services.substituting.state(id, given.value, parse(given.until, "until"), actor.name, given.reason)
    return point(found, services.live.reading(id), services, language)


@router.post("/points/{id}/resume", summary="Let the device speak for the point again")
async def resume(id: str, actor: Operator, services: Has, language: Language) -> PointOut:
    """A repeat is harmless."""
    found = find_point(id, services)
    await services.substituting.resume(id, actor.name)
    return point(found, services.live.reading(id), services, language)


def find_equipment(id_: str, services: Services) -> Equipment:
    """The configured equipment, or a Problem (404)."""
    try:
        return services.site.equipment[id_]
    except KeyError:
        raise Problem(404, "unknown_equipment", "There is no equipment of this id.") from None


def find_point(id_: str, services: Services) -> Point:
    """The configured point, or a Problem (404)."""
    owner, _, key = id_.partition(".")
    item = services.site.equipment.get(owner)
    index = item.source.plan.index.get(key) if item else None
    if item is None or index is None:
        raise Problem(404, "unknown_point", "There is no point of this id.")
    return item.source.plan.points[index]
