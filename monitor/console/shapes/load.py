"""The load of alarms on operators, for people and programs."""

from __future__ import annotations

from pydantic import BaseModel

from monitor.console.services import Services
from monitor.console.shapes import wording
from monitor.console.times import stamp
from monitor.domain import kpi
from monitor.domain.flood import SPAN
from monitor.domain.nuisance import BadActor
from monitor.domain.rules import Priority
from monitor.engine.alarming import UnknownAlarm


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


class DeskLoadOut(BaseModel):
    """One operator position beside the others."""

    id: str
    name: str
    annunciations: int
    per_ten_minutes: float
    verdict: str
    worst_ten_minutes: WorstOut | None
    worst_hour: WorstOut | None
    floods: int
    flood_share: float


class LoadOut(BaseModel):
    """ISA-18.2 section 16.4: the worst first, then means; `aims` are what the standard asks for."""

    start: str
    end: str
    system: str | None
    position: str | None
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
    positions: list[DeskLoadOut]
    """Each operator position of the configuration in the same span; empty where none is configured."""


def load(
    found: kpi.Kpis,
    services: Services,
    language: str,
    *,
    system: str | None,
    position: str | None,
    desks: list[DeskLoadOut],
) -> LoadOut:
    """The figures of one position, or of the whole site, with each position's beside them."""
    return LoadOut(
        start=stamp(found.start),
        end=stamp(found.end),
        system=system,
        position=position,
        annunciations=found.annunciations,
        worst_ten_minutes=_worst(found.worst_ten_minutes),
        worst_hour=_worst(found.worst_hour),
        per_ten_minutes=round(found.per_ten_minutes, 3),
        verdict=_verdict(found),
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
        positions=desks,
    )


def desk(id_: str, name: str, found: kpi.Kpis) -> DeskLoadOut:
    """One position's figures in short."""
    return DeskLoadOut(
        id=id_,
        name=name,
        annunciations=found.annunciations,
        per_ten_minutes=round(found.per_ten_minutes, 3),
        verdict=_verdict(found),
        worst_ten_minutes=_worst(found.worst_ten_minutes),
        worst_hour=_worst(found.worst_hour),
        floods=len(found.floods),
        flood_share=found.flood_share,
    )


def _verdict(found: kpi.Kpis) -> str:
    rate = found.per_ten_minutes
    return "acceptable" if rate <= kpi.ACCEPTABLE else "manageable" if rate <= kpi.MANAGEABLE else "too_much"


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
