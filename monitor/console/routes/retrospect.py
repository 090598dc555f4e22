"""More of what was: amounts counted, hours run and starts, several points side by side and against last week."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from math import isfinite
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
from monitor.domain.duration import parse_duration
from monitor.domain.periods import Period, cut
from monitor.domain.point import Kind, Point, Value
from monitor.engine.exporting import Order, aligned, figure
from monitor.engine.retrospect import Column, Span, activities, table, usages
from monitor.ports import Format

router = APIRouter(prefix="/api/v1/history", tags=["history"])
_DAY = 86_400.0
_MOST_PERIODS = 800
_MOST_COLUMNS = 20

From = Annotated[str | None, Query(alias="from", description="RFC 3339; a week before `to` by default")]
To = Annotated[str | None, Query(description="RFC 3339; now by default")]
Step = Annotated[Period, Query(description="Cut at whole hours, days or months of the site's clock")]
PointId = Annotated[str, Query(description="equipment.point")]


class BreakOut(BaseModel):
    """A step backwards of a counter: full and begun again, set to zero, another meter, or a little slip."""

    at: str
    kind: str
    before: float
    after: float


class UsageOut(BaseModel):
    """What was counted in [start, end). `amount` is null where nothing was shown; `exact` false when a part is unknown."""

    start: str
    end: str
    amount: float | None
    exact: bool
    breaks: list[BreakOut]


class UsagesOut(BaseModel):
    """A counter over time."""

    point: str
    label: str
    unit: str
    items: list[UsageOut]


class ActivityOut(BaseModel):
    """How a signal ran in [start, end): hours on, hours known, starts, and the share of the known time on (0 to 1)."""

    start: str
    end: str
    hours: float
    known_hours: float
    starts: int
    duty: float | None


class ActivitiesOut(BaseModel):
    """A signal over time."""

    point: str
    label: str
    items: list[ActivityOut]


class ColumnOut(BaseModel):
    """One column of a table: a point as it was `shift` seconds before."""

    point: str
    label: str
    unit: str
    shift: float


class RowOut(BaseModel):
    """One bucket of all columns; null where nothing was recorded."""

    start: str
    end: str
    values: list[Value | None]


class TableOut(BaseModel):
    """Several points aligned."""

    columns: list[ColumnOut]
    items: list[RowOut]


class RejectedOut(BaseModel):
    """A reading that stands nowhere but in the quarantine."""

    point: str
    at: str
    value: Value | None
    quality_code: int
    reason: str


class QuarantineOut(BaseModel):
    """Readings that the historian refused for ever."""

    items: list[RejectedOut]


@router.get("/usage", response_model=UsagesOut, summary="What a counter counted, such as kWh a day")
async def history_usage(
    _: Viewer,
    services: Has,
    language: Language,
    point: PointId,
    from_: From = None,
    to: To = None,
    step: Step = Period.DAY,
) -> UsagesOut:
    """A roll-over is counted exactly; of a meter that was set to zero or replaced nothing is invented: see `breaks`."""
    measured = _of_kind(point, Kind.COUNTER, services)
    spans = _periods(from_, to, step, services)
    items = [
        UsageOut(
            start=stamp(span[0] / 1000),
            end=stamp(span[1] / 1000),
            amount=one.amount if one.first_ms != one.last_ms else None,
            exact=one.exact,
            breaks=[
                BreakOut(at=stamp(b.at_ms / 1000), kind=b.kind.value, before=b.before, after=b.after)
                for b in one.breaks
            ],
        )
        for span, one in zip(spans, await usages(services.historian, measured, spans), strict=True)
    ]
    label = pick(measured.label, language, measured.key)
    return UsagesOut(point=point, label=label, unit=measured.unit, items=items)


@router.get("/activity", response_model=ActivitiesOut, summary="Run hours, starts and duty cycle of a signal")
async def history_activity(
    _: Viewer,
    services: Has,
    language: Language,
    point: PointId,
    from_: From = None,
    to: To = None,
    step: Step = Period.DAY,
) -> ActivitiesOut:
    """Time in which nothing is known is neither on nor off."""
    measured = _of_kind(point, Kind.DISCRETE, services)
    spans = _periods(from_, to, step, services)
    items = [
        ActivityOut(
            start=stamp(span[0] / 1000),
            end=stamp(span[1] / 1000),
            hours=one.on_ms / 3_600_000,
            known_hours=one.known_ms / 3_600_000,
            starts=one.starts,
            duty=one.duty,
        )
        for span, one in zip(spans, await activities(services.historian, measured, spans), strict=True)
    ]
    return ActivitiesOut(point=point, label=pick(measured.label, language, measured.key), items=items)


@router.get(
    "/table", response_model=TableOut, summary="Several points in the same buckets, also against last week"
)
async def history_table(
    _: Viewer,
    services: Has,
    language: Language,
    point: Annotated[list[str], Query(description="equipment.point; repeat for more columns")],
    from_: From = None,
    to: To = None,
    buckets: Annotated[int, Query(ge=1, le=2000)] = 168,
    value: Annotated[Literal["mean", "min", "max", "last"], Query()] = "mean",
    compare: Annotated[
        list[str] | None,
        Query(description="each point also as it was so long before, such as 7d; may be repeated"),
    ] = None,
    format: Annotated[Literal["json", "csv", "xlsx", "parquet"], Query()] = "json",
    bom: Annotated[bool, Query(description="Byte order mark, so that a spreadsheet sees UTF-8")] = True,
) -> TableOut | StreamingResponse | FileResponse:
    """One row for each bucket, one column for each point, and for each point again as it was `compare` before."""
    shifts = [0, *(shift_of(text) for text in compare or ())]
    points = [find_point(one, services) for one in dict.fromkeys(point)]
    columns = columns_of(points, shifts)
    span = _span(from_, to, services)
    found = await table(services.historian, columns, span, buckets)
    shown = [
        ColumnOut(point=p.id, label=pick(p.label, language, p.key), unit=p.unit, shift=shift / 1000)
        for p in points
        for shift in shifts
    ]
    rows = [
        RowOut(
            start=stamp(found[0][i].start_ms / 1000),
            end=stamp(found[0][i].end_ms / 1000),
            values=[figure(column[i], value) for column in found],
        )
        for i in range(buckets)
    ]
    if format == "csv":
        return _csv(titles_of(points, shifts), rows, span, services, bom)
    if format != "json":
        order = Order(tuple(columns), titles_of(points, shifts), span, Format(format), which=value)
        name = f"table_{stamp(span[0] / 1000)[:10]}"
        exporter = services.exporter
        return await file_of(
            Format(format),
            name,
            services,
            lambda out: exporter.aligned(order.format, aligned(order, found), out),
        )
    return TableOut(columns=shown, items=rows)


@router.get(
    "/quarantine", response_model=QuarantineOut, summary="Readings that the historian will never take"
)
async def history_quarantine(
    _: Viewer, services: Has, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> QuarantineOut:
    """The newest first, each with the historian's own reason; all of them stand in `quarantine.jsonl`."""
    found = await asyncio.to_thread(services.quarantine, limit)
    return QuarantineOut(
        items=[
            RejectedOut(
                point=sample.point,
                at=stamp(sample.at_ms / 1000),
                # JSON has no number that is none.
                value=sample.value
                if not isinstance(sample.value, float) or isfinite(sample.value)
                else str(sample.value),
                quality_code=sample.quality,
                reason=reason,
            )
            for sample, reason in found
        ]
    )


def _of_kind(point: str, kind: Kind, services: Services) -> Point:
    measured = find_point(point, services)
    if measured.kind is not kind:
        raise Problem(422, "invalid", f"{point} is not a {kind.value} point.")
    return measured


def _span(start: str | None, end: str | None, services: Services) -> Span:
    until = parse(end, "to") if end else services.clock.now().wall
    since = parse(start, "from") if start else until - 7 * _DAY
    if since >= until:
        raise Problem(422, "invalid", "`from` must be before `to`.")
    return round(since * 1000), round(until * 1000)


def _periods(start: str | None, end: str | None, step: Period, services: Services) -> list[Span]:
    since, until = _span(start, end, services)
    # The shortest period is an hour: told before so many are made.
    if step is Period.HOUR and (until - since) / 3_600_000 > _MOST_PERIODS:
        raise Problem(422, "invalid", f"At most {_MOST_PERIODS} periods.")
    periods = cut(since / 1000, until / 1000, step, services.site.timezone)
    if len(periods) > _MOST_PERIODS:
        raise Problem(422, "invalid", f"At most {_MOST_PERIODS} periods.")
    return [(round(a * 1000), round(b * 1000)) for a, b in periods]


def shift_of(text: str) -> int:
    """A duration in ms. Raises Problem."""
    try:
        return round(parse_duration(text) * 1000)
    except ValueError:
        raise Problem(422, "invalid", f"`compare` is a duration such as 7d, not {text!r}.") from None


def columns_of(points: Sequence[Point], shifts: Sequence[int]) -> list[Column]:
    """Each point at each shift. Raises Problem for too many."""
    columns = [Column(one.id, shift) for one in points for shift in shifts]
    if len(columns) > _MOST_COLUMNS:
        raise Problem(422, "invalid", f"At most {_MOST_COLUMNS} columns.")
    return columns


def titles_of(points: Sequence[Point], shifts: Sequence[int]) -> tuple[str, ...]:
    """What stands above the columns of a file."""
    return tuple(
        f"{one.id}{f' {shift / 86_400_000:g} d before' if shift else ''}{f' ({one.unit})' if one.unit else ''}"
        for one in points
        for shift in shifts
    )


def _csv(
    titles: Sequence[str], rows: list[RowOut], span: Span, services: Services, bom: bool
) -> StreamingResponse:
    zone = services.site.timezone

    async def lines() -> AsyncIterator[tuple[Value | None, ...]]:
        yield (f"start ({zone})", "start (UTC)", *titles)
        for row in rows:
            yield (local(parse(row.start, "start"), zone), row.start, *row.values)

    return StreamingResponse(
        csv.encode(lines(), bom=bom),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="table_{stamp(span[0] / 1000)[:10]}.csv"'},
    )
