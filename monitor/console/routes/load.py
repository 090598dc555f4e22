"""The load that alarms put on the operators, and what would lighten it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from monitor.console.access import Has, Language, Viewer
from monitor.console.problems import Problem
from monitor.console.routes.reports import every_event
from monitor.console.services import Services
from monitor.console.shapes import wording
from monitor.console.times import local_day, parse, stamp
from monitor.domain import kpi
from monitor.domain.flood import SPAN
from monitor.domain.nuisance import BadActor, Delays
from monitor.domain.rules import AlarmRule, Priority
from monitor.engine.alarming import UnknownAlarm

router = APIRouter(prefix="/api/v1/reports", tags=["reports"])

DAYS = 31


class WorstOut(BaseModel):
    """The busiest span."""

    start: str
    count: int


class FloodOut(BaseModel):
    """Ten annunciations in ten minutes began it; `end` is null while it goes on."""

    start: str
    end: str | None
    minutes: float
    count: int


class ProposalOut(BaseModel):
    """What would quieten an alarm: `removed` of `of` trips, the longest of which lasted `longest_lost` seconds."""

    delay: str
    seconds: float
    removed: int
    of: int
    longest_lost: float


class ActorOut(BaseModel):
    """One alarm's part. `chattering`: most annunciations in a minute; `standing_hours`: active since, over a day."""

    alarm: str
    title: str
    equipment: str
    annunciations: int
    chattering: int
    fleeting: int
    standing_hours: float | None
    proposal: ProposalOut | None


class LoadOut(BaseModel):
    """ISA-18.2 section 16.4: the worst first, then means; `aims` are what the standard asks for."""

    start: str
    end: str
    system: str | None
    annunciations: int
    worst_ten_minutes: WorstOut | None
    worst_hour: WorstOut | None
    per_ten_minutes: float
    verdict: str
    """`acceptable`, `manageable` or `too_much`, by the mean rate of one operator position."""
    floods: list[FloodOut]
    flood_share: float
    mix: dict[str, float]
    top_share: float
    chattering: int
    standing: int
    actors: list[ActorOut]
    aims: dict[str, float]


@router.get("/alarms", summary="Alarm load and its worst causes; the last seven days by default")
async def alarm_load(
    _: Viewer,
    services: Has,
    language: Language,
    from_: Annotated[str | None, Query(alias="from")] = None,
    to: Annotated[str | None, Query()] = None,
    system: Annotated[str | None, Query(description="only the alarms of one system, such as lifts")] = None,
) -> LoadOut:
    """At most 31 days. A position that looks after some systems only asks for each of them."""
    now = services.clock.now().wall
    end = min(parse(to, "to"), now) if to else now
    start = parse(from_, "from") if from_ else local_day(end - 6 * 86400, services.site.timezone)[0]
    if not start < end <= start + DAYS * 86400 + 3600:
        raise Problem(422, "invalid", f"`from` must be before `to`, and at most {DAYS} days before it.")
    rules = {rule.id: rule for rule in _rules(services, system)}
    events = [
        event for event in await every_event(services, start, end) if system is None or event.alarm in rules
    ]
    found = kpi.kpis(
        events,
        {id_: Delays(rule.on_delay, rule.off_delay) for id_, rule in rules.items() if not rule.incident},
        start,
        end,
        _already(services, start, None if system is None else rules.keys()),
    )
    return _out(found, services, language, system)


def _rules(services: Services, system: str | None) -> Iterable[AlarmRule]:
    for item in services.site.equipment.values():
        if system is None or item.system == system:
            yield from item.rules


def _already(services: Services, start: float, only: Iterable[str] | None) -> dict[str, float]:
    """Alarms that are active now and have been since before the span."""
    wanted = None if only is None else frozenset(only)
    return {
        view.alarm.id: view.alarm.since
        for view in services.live.alarms()
        if view.alarm.active
        and view.alarm.since is not None
        and view.alarm.since < start
        and (wanted is None or view.alarm.id in wanted)
    }


def _out(found: kpi.Kpis, services: Services, language: str, system: str | None) -> LoadOut:
    rate = found.per_ten_minutes
    return LoadOut(
        start=stamp(found.start),
        end=stamp(found.end),
        system=system,
        annunciations=found.annunciations,
        worst_ten_minutes=_worst(found.worst_ten_minutes),
        worst_hour=_worst(found.worst_hour),
        per_ten_minutes=round(rate, 3),
        verdict="acceptable"
        if rate <= kpi.ACCEPTABLE
        else "manageable"
        if rate <= kpi.MANAGEABLE
        else "too_much",
        floods=[
            FloodOut(
                start=stamp(one.start),
                end=stamp(one.end),
                minutes=round(((one.end or found.end) - one.start) / 60, 1),
                count=one.count,
            )
            for one in found.floods
        ],
        flood_share=found.flood_share,
        mix={priority.value: share for priority, share in found.mix.items()},
        top_share=found.top_share,
        chattering=found.chattering,
        standing=found.standing,
        actors=[_actor(one, services, language) for one in found.actors],
        aims={
            "per_ten_minutes": kpi.ACCEPTABLE,
            "manageable_per_ten_minutes": kpi.MANAGEABLE,
            "flood_share": kpi.FLOOD_SHARE,
            "flood_minutes": SPAN / 60,
            "standing": kpi.STANDING_AIM,
            **{priority.value: kpi.AIM[priority] for priority in Priority},
        },
    )


def _worst(worst: kpi.Worst | None) -> WorstOut | None:
    return WorstOut(start=stamp(worst.start), count=worst.count) if worst else None


def _actor(one: BadActor, services: Services, language: str) -> ActorOut:
    proposal = one.proposal
    return ActorOut(
        alarm=one.alarm,
        title=_title(one.alarm, services, language),
        equipment=one.alarm.partition(".")[0],
        annunciations=one.annunciations,
        chattering=one.chattering,
        fleeting=one.fleeting,
        standing_hours=None if one.standing is None else round(one.standing / 3600, 1),
        proposal=proposal
        and ProposalOut(
            delay=proposal.delay.value,
            seconds=proposal.seconds,
            removed=proposal.removed,
            of=proposal.of,
            longest_lost=round(proposal.longest_lost, 1),
        ),
    )


def _title(alarm: str, services: Services, language: str) -> str:
    """Place and fault; the bare id where the rule is no longer configured."""
    try:
        rule = services.alarming.rule(alarm)
    except UnknownAlarm:
        return alarm
    return wording.message(rule, services.site.equipment.get(rule.equipment), language)
