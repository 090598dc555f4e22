"""Large exports: ordered, made in the background with progress, fetched in one go or, after a broken line, in the rest."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from monitor.console.access import Actor, Has, Viewer
from monitor.console.files import MEDIA, possible
from monitor.console.problems import Problem
from monitor.console.routes.equipment import find_point
from monitor.console.routes.retrospect import columns_of, shift_of, titles_of
from monitor.console.services import Services
from monitor.console.times import parse, stamp
from monitor.engine import exporting
from monitor.engine.exporting import AT_ONCE, Export, Order, TooMany
from monitor.engine.retrospect import Column
from monitor.ports import Format

router = APIRouter(prefix="/api/v1/exports", tags=["history"])
_MOST_POINTS = 200


class ExportIn(BaseModel):
    """What is wanted: every sample of the points, or with `buckets` one row for each stretch of time and a column for each."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    points: Annotated[list[str], Field(min_length=1, max_length=_MOST_POINTS)]
    from_: Annotated[str, Field(alias="from", description="RFC 3339")]
    to: Annotated[str, Field(description="RFC 3339")]
    format: Format = Format.CSV
    bom: bool = True
    buckets: Annotated[int | None, Field(ge=1, le=2000)] = None
    value: Literal["mean", "min", "max", "last"] = "mean"
    compare: Annotated[list[str], Field(max_length=4, description="such as 7d; needs `buckets`")] = []


class ExportOut(BaseModel):
    """How far one is. `share` is 0 to 1; `reason` says what it waits for, or why it failed; `file` is there when it is done."""

    id: str
    name: str
    state: Literal["running", "waiting", "done", "failed", "cancelled"]
    share: float
    rows: int
    bytes: int
    reason: str
    asked_at: str
    file: str | None


class ExportsOut(BaseModel):
    """Your own, the newest first."""

    items: list[ExportOut]


@router.post("", response_model=ExportOut, status_code=202, summary="Have a file of history made")
async def begin(order: ExportIn, actor: Viewer, services: Has) -> ExportOut:
    """At most two are made at a time; a file waits for an hour. A historian that is away is asked again for ten minutes."""
    possible(order.format, services)
    wanted = _order(order, services)
    one = (
        order.points[0]
        if len(order.points) == 1
        else f"{order.points[0].partition('.')[0]}_{len(order.points)}_points"
    )
    name = f"{one}_{order.from_[:10]}_{order.to[:10]}.{order.format.value}"
    try:
        return _shown(await services.exports.begin(wanted, name, actor.name))
    except TooMany:
        raise Problem(429, "exports_busy", f"{AT_ONCE} exports are under way: wait for one to end.") from None
    except OSError as error:
        raise Problem(503, "not_stored", f"The state directory takes nothing: {error.strerror}.") from error


@router.get("", response_model=ExportsOut, summary="Your exports")
async def exports(actor: Viewer, services: Has) -> ExportsOut:
    """The newest first; none outlives the daemon."""
    return ExportsOut(items=[_shown(one) for one in services.exports.of(actor.name)])


@router.get("/{id}", response_model=ExportOut, summary="How far an export is")
async def export(id: str, actor: Viewer, services: Has) -> ExportOut:
    """Ask every second or so."""
    return _shown(_find(id, actor, services))


@router.get("/{id}/file", response_class=FileResponse, summary="The file of an export")
async def file(id: str, actor: Viewer, services: Has) -> FileResponse:
    """Answers to `Range`, so that a download that broke off goes on."""
    found = _find(id, actor, services)
    if found.state is not exporting.State.DONE:
        raise Problem(409, "export_not_done", "This file is not finished.")
    return FileResponse(found.path, media_type=MEDIA[found.order.format], filename=found.name)


@router.delete("/{id}", status_code=204, summary="Stop an export, or throw its file away")
async def drop(id: str, actor: Viewer, services: Has) -> Response:
    """What is dropped is gone."""
    services.exports.drop(_find(id, actor, services))
    return Response(status_code=204)


def _find(id_: str, actor: Actor, services: Services) -> Export:
    try:
        return services.exports.find(id_, actor.name)
    except KeyError:
        raise Problem(404, "unknown_export", "There is no such export; a file waits for an hour.") from None


def _order(wanted: ExportIn, services: Services) -> Order:
    since, until = parse(wanted.from_, "from"), parse(wanted.to, "to")
    if since >= until:
        raise Problem(422, "invalid", "`from` must be before `to`.")
    if wanted.compare and wanted.buckets is None:
        raise Problem(422, "invalid", "`compare` needs `buckets`: single samples stand beside nothing.")
    points = [find_point(one, services) for one in dict.fromkeys(wanted.points)]
    shifts = [0, *map(shift_of, wanted.compare)]
    columns = columns_of(points, shifts) if wanted.buckets else [Column(one.id) for one in points]
    return Order(
        columns=tuple(columns),
        titles=titles_of(points, shifts),
        span=(round(since * 1000), round(until * 1000)),
        format=wanted.format,
        bom=wanted.bom,
        buckets=wanted.buckets,
        which=wanted.value,
    )


def _shown(one: Export) -> ExportOut:
    done = one.state is exporting.State.DONE
    return ExportOut(
        id=one.id,
        name=one.name,
        state=one.state.value,
        share=round(one.share, 4),
        rows=one.rows,
        bytes=one.bytes,
        reason=one.reason,
        asked_at=stamp(one.asked),
        file=f"/api/v1/exports/{one.id}/file" if done else None,
    )
