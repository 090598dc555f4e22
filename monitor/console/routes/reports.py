"""The service scorecard: each figure with what it is made of."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from monitor.console.access import Has, Language, Viewer
from monitor.console.problems import Problem
from monitor.console.scorecard import Responses, in_use, responses, rounds
from monitor.console.services import Services
from monitor.console.shapes.lamps import LampsOut, lamps
from monitor.console.texts import pick
from monitor.console.times import local_day, parse, stamp
from monitor.domain.alarm import AlarmEvent
from monitor.domain.inspection import Window
from monitor.domain.rules import Priority
from monitor.settings.site import Equipment

router = APIRouter(prefix="/api/v1/reports", tags=["reports"])

DAYS = 31
"""The longest span of one report."""
_HEARTBEAT_MS = 180_000
"""History repeats an unchanged value every minute: three times that without one is silence."""
_ANSWERED = (Priority.CRITICAL, Priority.HIGH)


class ResponseItem(BaseModel):
    """One occurrence and its answer."""

    alarm: str
    occurrence: int
    event: int
    raised_at: str
    minutes: float | None
    by: str | None


class ResponsesOut(BaseModel):
    """Critical and high alarms: minutes from the first annunciation to the acknowledgement."""

    limit_minutes: float
    count: int
    answered: int
    within_limit: int
    waiting: int
    """Not answered, and not late yet."""
    median_minutes: float | None
    worst_minutes: float | None
    items: list[ResponseItem]


class RoundsOut(BaseModel):
    """Windows that were due."""

    due: int
    done: int
    share: float | None
    outcomes: dict[str, int]
    missed: list[str]


class LiftOut(BaseModel):
    """Usable share of the time of which something is known."""

    equipment: str
    name: str
    share: float | None
    down_minutes: float
    seen_share: float
    point: str


class ScorecardOut(BaseModel):
    """The service of a span of time."""

    start: str
    end: str
    grade: str
    lamps: list[LampsOut]
    responses: ResponsesOut
    rounds: RoundsOut
    lifts: list[LiftOut]


@router.get("/scorecard", summary="Lamps, answers, rounds, lifts; the last seven days by default")
async def scorecard(
    _: Viewer,
    services: Has,
    language: Language,
    from_: Annotated[str | None, Query(alias="from")] = None,
    to: Annotated[str | None, Query()] = None,
) -> ScorecardOut:
    """At most 31 days. Lamps are those of this moment, and by window those of the span; everything else is of the span."""
    now = services.clock.now().wall
    end = min(parse(to, "to"), now) if to else now
    start = parse(from_, "from") if from_ else local_day(end - 6 * 86400, services.site.timezone)[0]
    if not start < end <= start + DAYS * 86400 + 3600:
        raise Problem(422, "invalid", f"`from` must be before `to`, and at most {DAYS} days before it.")
    equipment = services.site.equipment.values()
    windows = await _windows(services, start, end)
    return ScorecardOut(
        start=stamp(start),
        end=stamp(end),
        grade=services.site.grade.name,
        lamps=await lamps(services, language, start, end),
        responses=_responses(
            responses(e for e in await every_event(services, start, end) if e.priority in _ANSWERED),
            services.site.grade.urgent_on_site,
            now,
        ),
        rounds=_rounds(windows),
        lifts=[
            await _lift(item, services, start, end, language) for item in equipment if _watched_lift(item)
        ],
    )


async def every_event(services: Services, start: float, end: float) -> list[AlarmEvent]:
    """The journal's events in [start, end) (POSIX s), oldest first, however many pages they take."""
    found: list[AlarmEvent] = []
    cursor: str | None = None
    while True:
        page = await services.record.events(start, end, limit=1000, cursor=cursor, oldest_first=True)
        found.extend(page.items)
        cursor = page.next
        if cursor is None:
            return found


async def _windows(services: Services, start: float, end: float) -> list[Window]:
    found: list[Window] = []
    cursor: str | None = None
    while True:
        page = await services.record.windows(start, end, cursor=cursor)
        found.extend(page.items)
        cursor = page.next
        if cursor is None:
            return found


def _responses(found: Responses, limit: float, now: float) -> ResponsesOut:
    return ResponsesOut(
        limit_minutes=limit / 60,
        count=len(found.items),
        answered=len(found.answered),
        within_limit=found.within(limit),
        waiting=found.waiting(limit, now),
        median_minutes=_minutes(found.median),
        worst_minutes=_minutes(found.worst),
        items=[
            ResponseItem(
                alarm=item.alarm,
                occurrence=item.occurrence,
                event=item.event,
                raised_at=stamp(item.raised_at),
                minutes=_minutes(item.seconds),
                by=item.by,
            )
            for item in found.items
        ],
    )


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 2)


def _rounds(windows: list[Window]) -> RoundsOut:
    found = rounds(windows)
    counts = {outcome.value: n for outcome, n in found.counts.items()}
    return RoundsOut(
        due=found.due, done=found.done, share=found.share, outcomes=counts, missed=list(found.missed)
    )


def _watched_lift(item: Equipment) -> bool:
    return item.system == "lifts" and "fault" in item.source.plan.index


async def _lift(item: Equipment, services: Services, start: float, end: float, language: str) -> LiftOut:
    point = f"{item.id}.fault"
    span = (round(start * 1000), round(end * 1000))
    used = in_use(await services.historian.raw(point, *span), *span, _HEARTBEAT_MS)
    return LiftOut(
        equipment=item.id,
        name=pick(item.name, language, item.id),
        share=used.share,
        down_minutes=round(used.down / 60, 2),
        seen_share=used.seen,
        point=point,
    )
