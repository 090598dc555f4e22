"""Lighting zones for the scorecard: as they are now, and how well they were lit by window over a span."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from pydantic import BaseModel

from monitor.console.night_counts import NightCount, counted, night_counts
from monitor.console.services import Services
from monitor.console.shapes.hours import hours
from monitor.console.texts import pick, say
from monitor.console.times import stamp
from monitor.domain import availability
from monitor.domain.lit import OTHER, Lit, name_of, night_of, whole
from monitor.domain.reading import Grade, Quality
from monitor.domain.rules import AvailabilityBelow
from monitor.settings.site import Equipment


class WindowOut(BaseModel):
    """One window over the nights of the span, weighted by time, telemetry and counts by eye together."""

    hours: str
    limit: float
    share: float | None
    """Surely working; null where nothing was commanded on."""
    at_best: float | None
    worst: float | None
    lit_hours: float
    below_minutes: float
    """How long even the best case was below the limit, by telemetry."""
    nights: int
    counted_nights: int
    """Nights of which somebody counted the failed lamps by eye."""


class LampsOut(BaseModel):
    """One zone now: the surely working share of the lamps commanded on, and which lamps are not."""

    equipment: str
    name: str
    limit: float
    """The one that holds at this hour."""
    commanded_on: int
    working: int
    failed: int
    unknown: int
    commanded: bool | None
    """Null when it is not known whether they should be lit: the zone does not answer."""
    share: float | None
    """Null where nothing is judged: by day, or when `commanded` is not known."""
    at_best: float | None
    failed_points: list[str]
    counted_failed: int | None
    """Failed lamps that somebody counted by eye in the last 36 hours; then the figures above take them in."""
    counted_at: str | None
    counted_by: str | None
    windows: list[WindowOut]
    """The nights of the span, by the windows of the rule's `limit_at`; one for a zone with one limit."""


Windows = Callable[[str, AvailabilityBelow], list[WindowOut]]
"""By the id of the rule and its condition."""


async def lamps(services: Services, language: str, start: float, end: float) -> list[LampsOut]:
    """Every zone of the site; its windows over [start, end) (POSIX s)."""
    lately = await night_counts(services)
    spoken = await counted(services, start, end)
    return [
        found
        for item in services.site.equipment.values()
        for found in _zone(
            item,
            services,
            language,
            lately.get(item.id),
            partial(_windows, services, language, start, end, spoken.get(item.id, ())),
        )
    ]


def _windows(
    services: Services,
    language: str,
    start: float,
    end: float,
    counts: Sequence[NightCount],
    rule: str,
    condition: AvailabilityBelow,
) -> list[WindowOut]:
    by_night = {night_of(one.at, services.site.timezone): one for one in sorted(counts, key=lambda c: c.at)}
    nights = services.lit(rule, start, end)
    limits = [(name_of(of), hours(of, language), limit) for of, limit in condition.limit_at]
    limits.append((OTHER, say(language, "hours.other" if limits else "hours.all"), condition.limit))
    found = []
    for window, words, limit in limits:
        parts: list[Lit] = []
        eyes = 0
        for begun, night in nights.items():
            lit = night.get(window)
            if lit is None:
                continue
            if (count := by_night.get(begun)) is not None:
                lit = lit.counted(count.failed, len(condition.points))
                eyes += 1
            parts.append(lit)
        total = whole(parts)
        found.append(
            WindowOut(
                hours=words,
                limit=limit,
                share=total.lower,
                at_best=total.upper,
                worst=total.worst if parts else None,
                lit_hours=round(total.seconds / 3600, 2),
                below_minutes=round(total.below / 60, 1),
                nights=len(parts),
                counted_nights=eyes,
            )
        )
    return found


def _zone(
    item: Equipment,
    services: Services,
    language: str,
    counted: NightCount | None,
    windows: Windows,
) -> list[LampsOut]:
    latest = {r.point: (r.value, r.quality) for r in services.live.readings(item.id)}
    nothing = (None, Quality.NO_DATA)
    found = []
    for rule in item.rules.ruleset.rules:
        condition = rule.condition
        if not isinstance(condition, AvailabilityBelow):
            continue
        ids = [f"{item.id}.{key}" for key in condition.points]
        on = (
            (True, Quality.GOOD)
            if condition.when is None
            else latest.get(f"{item.id}.{condition.when}", nothing)
        )
        count = availability.count(on, [latest.get(id_, nothing) for id_ in ids])
        seen_lit = count.commanded_on > 0
        if counted is not None:
            count = availability.with_count(count, counted.failed, len(ids))
        lit = count.commanded_on > 0
        failed = [id_ for id_ in ids if seen_lit and latest.get(id_, nothing) == (False, Quality.GOOD)]
        found.append(
            LampsOut(
                equipment=item.id,
                name=pick(item.name, language, item.id),
                limit=condition.limit_now(services.clock.now().wall),
                commanded=on[0] if on[1].grade is Grade.GOOD and isinstance(on[0], bool) else None,
                commanded_on=count.commanded_on,
                working=count.working,
                failed=count.failed,
                unknown=count.unknown,
                share=count.lower if lit else None,
                at_best=count.upper if lit else None,
                failed_points=failed,
                counted_failed=round(counted.failed) if counted else None,
                counted_at=stamp(counted.at) if counted else None,
                counted_by=counted.by if counted else None,
                windows=windows(f"{item.id}.{rule.id}", condition),
            )
        )
    return found
