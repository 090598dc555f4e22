"""What was: buckets for drawing, raw samples for looking closely, CSV for the spreadsheet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel

from monitor.console import csv
from monitor.console.access import Has, Language, Viewer
from monitor.console.files import file_of
from monitor.console.problems import Problem
from monitor.console.routes.equipment import find_point
from monitor.console.services import Services
from monitor.console.texts import pick
from monitor.console.times import local, parse, stamp
from monitor.domain.history import Bucket, Sample
from monitor.domain.point import Point, Value
from monitor.domain.reading import Quality
from monitor.ports import Format

router = APIRouter(prefix="/api/v1", tags=["history"])
_HOUR = 3600.0
_PAGE = 5000


class SampleOut(BaseModel):
    """One stored value as it was measured."""

    at: str
    value: Value | None
    quality: str
    reason: str


class BucketOut(BaseModel):
    """A stretch of time; all null and count 0 where nothing was recorded."""

    start: str
    end: str
    min: float | None
    mean: float | None
    max: float | None
    last: Value | None
    count: int
    good_share: float


class HistoryOut(BaseModel):
    """One point over [from, to)."""

    point: str
    label: str
    unit: str
    kind: str
    start: str
    end: str
    items: list[BucketOut] | list[SampleOut]
    next: str | None = None


@router.get("/history", response_model=HistoryOut, summary="Buckets, raw samples, or a file of one point")
async def history(
    _: Viewer,
    services: Has,
    language: Language,
    point: Annotated[str, Query(description="equipment.point")],
    from_: Annotated[
        str | None, Query(alias="from", description="RFC 3339; an hour before `to` by default")
    ] = None,
    to: Annotated[str | None, Query(description="RFC 3339; now by default")] = None,
    buckets: Annotated[int | None, Query(ge=1, le=2000)] = None,
    format: Annotated[Literal["json", "csv", "xlsx", "parquet"], Query()] = "json",
    bom: Annotated[bool, Query(description="Byte order mark, so that a spreadsheet sees UTF-8")] = True,
    limit: Annotated[int, Query(ge=1, le=50_000)] = 5000,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> HistoryOut | StreamingResponse | FileResponse:
    """The time is the device's own where it sent one, else the arrival. Raw samples come oldest first."""
    measured = find_point(point, services)
    end = parse(to, "to") if to else services.clock.now().wall
    start = parse(from_, "from") if from_ else end - _HOUR
    if start >= end:
        raise Problem(422, "invalid", "`from` must be before `to`.")
    span = (round(start * 1000), round(end * 1000))
    if format == "csv":
        return _csv(measured, span, buckets, bom, services, language)
    if format != "json":
        kind, exporter, historian = Format(format), services.exporter, services.historian
        name = f"{point}_{stamp(start)[:10]}"
        return await file_of(
            kind, name, services, lambda out: exporter.samples(historian, kind, [point], span, out)
        )
    items: list[BucketOut] | list[SampleOut]
    after = None
    if buckets:
        items = [_bucket(b) for b in await services.historian.buckets(point, *span, buckets)]
    else:
        samples, after = await _page(point, span, _position(cursor), limit, services)
        items = [_sample(s) for s in samples]
    return HistoryOut(
        point=point,
        label=pick(measured.label, language, measured.key),
        unit=measured.unit,
        kind=measured.kind.value,
        start=stamp(start),
        end=stamp(end),
        items=items,
        next=after,
    )


def _position(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.isdigit():
        raise Problem(422, "invalid", "This cursor is not one of ours.")
    return int(cursor)


async def _page(
    point: str, span: tuple[int, int], after: int | None, limit: int, services: Services
) -> tuple[list[Sample], str | None]:
    """The value that held when the span began comes first on the first page only."""
    start = span[0] if after is None else after + 1
    # One for the sample before the start, one to see whether there is more.
    found = list(await services.historian.raw(point, start, span[1], limit + 2))
    if after is not None:
        found = [sample for sample in found if sample.at_ms >= start]
    page = found[:limit]
    return page, str(page[-1].at_ms) if len(found) > limit else None


def _sample(sample: Sample) -> SampleOut:
    quality = Quality.from_code(sample.quality)
    return SampleOut(
        at=stamp(sample.at_ms / 1000), value=sample.value, quality=quality.grade.value, reason=quality.reason
    )


def _bucket(bucket: Bucket) -> BucketOut:
    return BucketOut(
        start=stamp(bucket.start_ms / 1000),
        end=stamp(bucket.end_ms / 1000),
        min=bucket.minimum,
        mean=bucket.mean,
        max=bucket.maximum,
        last=bucket.last,
        count=bucket.count,
        good_share=bucket.good_share,
    )


def _csv(
    point: Point, span: tuple[int, int], buckets: int | None, bom: bool, services: Services, language: str
) -> StreamingResponse:
    rows = _bucket_rows(point, span, buckets, services) if buckets else _sample_rows(point, span, services)
    name = f"{point.id}_{stamp(span[0] / 1000)[:10]}.csv"
    return StreamingResponse(
        csv.encode(rows, bom=bom),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Content-Language": language},
    )


async def _sample_rows(
    point: Point, span: tuple[int, int], services: Services
) -> AsyncIterator[tuple[Value | None, ...]]:
    zone = services.site.timezone
    yield (f"time ({zone})", "time (UTC)", "point", "value", "unit", "quality", "reason")
    after: int | None = None
    while True:
        samples, more = await _page(point.id, span, after, _PAGE, services)
        for s in samples:
            at, quality = s.at_ms / 1000, Quality.from_code(s.quality)
            yield (
                local(at, zone),
                stamp(at),
                point.id,
                s.value,
                point.unit,
                quality.grade.value,
                quality.reason,
            )
        if more is None:
            return
        after = int(more)


async def _bucket_rows(
    point: Point, span: tuple[int, int], buckets: int, services: Services
) -> AsyncIterator[tuple[Value | None, ...]]:
    zone = services.site.timezone
    yield (
        f"start ({zone})",
        "start (UTC)",
        "point",
        "min",
        "mean",
        "max",
        "last",
        "unit",
        "count",
        "good_share",
    )
    for b in await services.historian.buckets(point.id, *span, buckets):
        at = b.start_ms / 1000
        figures = (b.minimum, b.mean, b.maximum, b.last)
        yield (local(at, zone), stamp(at), point.id, *figures, point.unit, b.count, b.good_share)
